package transport

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"node.websocket/transport/websocket"
)

// A frameCase is a case of websocket/testdata/frames. The tests of package websocket explain the
// notation.
type frameCase struct {
	Name  string
	Limit int
	Draft bool
	Offer string
	In    []string
	Want  []string
	Code  int
	At    int
}

// TestFrameCases sends the cases of the decoder to a server, whole, in halves and byte by byte,
// plain and over TLS, and checks which messages its conversation receives and how the client is
// closed.
func TestFrameCases(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("websocket/testdata/frames/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases: ", err)
	}
	for _, overTLS := range []bool{false, true} {
		var now frameCase
		conversations := make(chan *fakeConversation, 1)
		h := limitedHandler{&fakeHandler{conversation: func() *fakeConversation {
			p := newConversation(t)
			p.onReceive = func(p *fakeConversation, batch []Message) {
				for _, m := range batch {
					p.received = append(p.received, Message{Binary: m.Binary, Data: slices.Clone(m.Data)})
				}
			}
			conversations <- p
			return p
		}}, &now}
		o, connect := Options{}, dial
		if overTLS {
			o.TLS, connect = testTLS(t), dialTLS
		}
		_, address := serve(t, o, h)
		ran := 0
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var cases []frameCase
			if err := json.Unmarshal(text, &cases); err != nil {
				t.Fatal(file, ": ", err)
			}
			for _, now = range cases {
				stream, _ := parseFrames(t, now.In)
				for _, size := range []int{max(len(stream), 1), max(len(stream)/2, 1), 1} {
					if size == 1 && len(stream) > 300 {
						continue // there are shorter ones of each kind
					}
					ran++
					if err := runFrameCase(t, connect(t, address), conversations, now, stream, size); err != nil {
						t.Fatalf("%s, %s, TLS %v, %d bytes at a time: %v", filepath.Base(file), now.Name, overTLS, size, err)
					}
				}
			}
		}
		if ran < 500 {
			t.Errorf("only %d runs", ran)
		}
	}
}

// A limitedHandler has the options of the case that runs.
type limitedHandler struct {
	*fakeHandler
	now *frameCase
}

func (h limitedHandler) Resource(string) (Resource, error) { return h, nil }
func (h limitedHandler) Options() *Options {
	return Options{MaxMessage: h.now.Limit, Compression: true, ContextTakeover: true}.WithDefaults()
}

func runFrameCase(t *testing.T, c *client, conversations chan *fakeConversation, now frameCase, stream []byte, size int) error {
	defer c.conn.Close()
	lines := ""
	if now.Offer != "" {
		lines = "Sec-WebSocket-Extensions: " + now.Offer + "\r\n"
	}
	request := handshake("/a", lines)
	if now.Draft {
		request = strings.Replace(request, "Version: 13", "Version: 8", 1)
	}
	c.raw([]byte(request))
	c.accepted()
	conversation := await(t, conversations)
	for rest := stream; len(rest) > 0; rest = rest[min(size, len(rest)):] {
		if _, err := c.conn.Write(rest[:min(size, len(rest))]); err != nil {
			break // it was closed for a fault
		}
	}
	if now.Code == 0 {
		c.conn.(interface{ CloseWrite() error }).CloseWrite()
	}
	closedWith := 0
	for {
		op, payload, err := c.read()
		if err != nil {
			if now.Code == 0 && !errors.Is(err, io.EOF) {
				return err
			}
			break
		}
		if op == websocket.Close && len(payload) >= 2 {
			closedWith = int(binary.BigEndian.Uint16([]byte(payload)))
		}
	}
	c.conn.Close()
	await(t, conversation.closed) // after all calls of Receive
	got := conversation.received
	_, want := parseFrames(t, now.Want)
	if now.Code != 0 && closedWith != now.Code && !(now.Draft && now.Code == websocket.CloseTooBig && closedWith == 1004) {
		return errors.New("closed with " + strconv.Itoa(closedWith) + ", want " + strconv.Itoa(now.Code))
	}
	same := slices.EqualFunc(got, want, func(a, b Message) bool { return a.Binary == b.Binary && string(a.Data) == string(b.Data) })
	if !same {
		return errors.New(strconv.Itoa(len(got)) + " messages, want " + strconv.Itoa(len(want)) + ", or others than these")
	}
	return nil
}

// parseFrames returns the frames of a case as a client sends them, and the data messages among
// them.
func parseFrames(t *testing.T, frames []string) (stream []byte, messages []Message) {
	t.Helper()
	opcodes := map[string]byte{"cont": 0, "text": 1, "binary": 2, "close": 8, "ping": 9, "pong": 10}
	for _, s := range frames {
		if digits, ok := strings.CutPrefix(s, "hex "); ok {
			stream = append(stream, fromHex(t, digits)...)
			continue
		}
		first, mask, form, word := byte(0x80), byte(0x80), "", ""
		for word == "" {
			var next string
			next, s, _ = strings.Cut(s, " ")
			switch next {
			case "rsv1":
				first |= 0x40
			case "rsv2":
				first |= 0x20
			case "rsv3":
				first |= 0x10
			case "unmasked":
				mask = 0
			case "len16", "len64":
				form = next
			default:
				word = next
			}
		}
		name, more := strings.CutSuffix(word, "+")
		if more {
			first &^= 0x80
		}
		op, ok := opcodes[name]
		if !ok {
			n, err := strconv.Atoi(strings.TrimPrefix(name, "op"))
			if err != nil {
				t.Fatalf("no such opcode: %q", name)
			}
			op = byte(n)
		}
		payload := parsePayload(t, s)
		if op == 1 || op == 2 {
			messages = append(messages, Message{Binary: op == 2, Data: payload})
		}
		n := len(payload)
		stream = append(stream, first|op)
		switch {
		case form == "len64" || form == "" && n > 0xffff:
			stream = binary.BigEndian.AppendUint64(append(stream, mask|127), uint64(n))
		case form == "len16" || n > 125:
			stream = binary.BigEndian.AppendUint16(append(stream, mask|126), uint16(n))
		default:
			stream = append(stream, mask|byte(n))
		}
		key := [4]byte{}
		if mask != 0 {
			key = [4]byte{0x37, 0xfa, 0x21, 0x3d}
			stream = append(stream, key[:]...)
		}
		for i, b := range payload {
			stream = append(stream, b^key[i&3])
		}
	}
	return stream, messages
}

// parsePayload parses strings, hex in <> and close codes, each with an optional count.
func parsePayload(t *testing.T, s string) []byte {
	t.Helper()
	payload := []byte{}
	for s = strings.TrimLeft(s, " "); s != ""; s = strings.TrimLeft(s, " ") {
		count := 1
		if digits := len(s) - len(strings.TrimLeft(s, "0123456789")); digits > 0 {
			n, err := strconv.Atoi(s[:digits])
			if err != nil {
				t.Fatal(err)
			}
			if s = s[digits:]; !strings.HasPrefix(s, "*") {
				payload = binary.BigEndian.AppendUint16(payload, uint16(n))
				continue
			}
			count, s = n, s[1:]
		}
		part := ""
		if inner, rest, ok := strings.Cut(s, ">"); ok && s[0] == '<' {
			part, s = string(fromHex(t, inner[1:])), rest
		} else {
			quoted, err := strconv.QuotedPrefix(s)
			if err != nil {
				t.Fatalf("%q: %v", s, err)
			}
			s = s[len(quoted):]
			if part, err = strconv.Unquote(quoted); err != nil {
				t.Fatalf("%q: %v", quoted, err)
			}
		}
		payload = append(payload, strings.Repeat(part, count)...)
	}
	return payload
}

func fromHex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return b
}
