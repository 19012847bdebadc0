package websocket

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// The cases in testdata write frames as words:
//
//	text "hello"             a masked frame with FIN; also binary, cont, close, ping, pong, op3 …
//	text+ "hel"              without FIN: more follows
//	close 1000 "bye"         a number is a close code, two bytes
//	text 70000*"a" <c3 a9>   a payload is any number of strings, hex in <>, each with a count if need be
//	rsv1 len16 unmasked …    rsv1, rsv2 and rsv3 set a bit; len16 and len64 force a length's form; unmasked leaves the mask out
//	hex 81 85                bytes as they are
//
// The expected messages are written in the same way.

// frameKey masks all frames of the notation. It is the one of the examples in RFC 6455 §5.7.
var frameKey = [4]byte{0x37, 0xfa, 0x21, 0x3d}

var opcodeNames = map[string]Opcode{
	"cont": Continuation, "text": Text, "binary": Binary, "close": Close, "ping": Ping, "pong": Pong,
	"op3": 3, "op4": 4, "op5": 5, "op6": 6, "op7": 7, "op11": 11, "op12": 12, "op13": 13, "op14": 14, "op15": 15,
}

// parseFrame returns a frame in the notation, as a client sends it and as a message.
func parseFrame(t testing.TB, s string) (wire []byte, m Message) {
	t.Helper()
	if digits, ok := strings.CutPrefix(s, "hex "); ok {
		return parseHex(t, digits), Message{}
	}
	first, mask, form := byte(finBit), byte(maskBit), ""
	for {
		word, rest, _ := strings.Cut(s, " ")
		s = rest
		switch word {
		case "rsv1":
			first |= 0x40
		case "rsv2":
			first |= 0x20
		case "rsv3":
			first |= 0x10
		case "unmasked":
			mask = 0
		case "len16", "len64":
			form = word
		default:
			name, more := strings.CutSuffix(word, "+")
			if more {
				first &^= finBit
			}
			op, ok := opcodeNames[name]
			if !ok {
				t.Fatalf("no such opcode: %q", word)
			}
			m = Message{Opcode: op, Payload: parsePayload(t, rest)}
			n := len(m.Payload)
			wire = append(wire, first|byte(op))
			switch {
			case form == "len64" || form == "" && n > 0xffff:
				wire = append(wire, mask|127)
				wire = binary.BigEndian.AppendUint64(wire, uint64(n))
			case form == "len16" || n > 125:
				wire = append(wire, mask|126, byte(n>>8), byte(n))
			default:
				wire = append(wire, mask|byte(n))
			}
			if mask == 0 {
				return append(wire, m.Payload...), m
			}
			wire = append(wire, frameKey[:]...)
			for i, b := range m.Payload {
				wire = append(wire, b^frameKey[i%4])
			}
			return wire, m
		}
	}
}

// parsePayload parses what follows a frame's name.
func parsePayload(t testing.TB, s string) []byte {
	t.Helper()
	payload := []byte{}
	for s = strings.TrimLeft(s, " "); s != ""; s = strings.TrimLeft(s, " ") {
		count := 1
		digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
		if digits > 0 {
			n, err := strconv.Atoi(s[:digits])
			if err != nil {
				t.Fatal(err)
			}
			if s = s[digits:]; !strings.HasPrefix(s, "*") {
				payload = append(payload, byte(n>>8), byte(n))
				continue
			}
			count, s = n, s[1:]
		}
		var part []byte
		if inner, rest, ok := strings.Cut(s, ">"); ok && s[0] == '<' {
			part, s = parseHex(t, inner[1:]), rest
		} else {
			quoted, err := strconv.QuotedPrefix(s)
			if err != nil {
				t.Fatalf("payload %q: %v", s, err)
			}
			text, err := strconv.Unquote(quoted)
			if err != nil {
				t.Fatalf("payload %q: %v", s, err)
			}
			part, s = []byte(text), s[len(quoted):]
		}
		for range count {
			payload = append(payload, part...)
		}
	}
	return payload
}

func parseHex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return b
}

// readCases reads a file of testdata.
func readCases[T any](t testing.TB, file string) (cases []T) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&cases); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return cases
}

func (m Message) String() string {
	if len(m.Payload) > 80 {
		return fmt.Sprintf("%d %.80q… (%d bytes)", m.Opcode, m.Payload, len(m.Payload))
	}
	return fmt.Sprintf("%d %q", m.Opcode, m.Payload)
}
