//go:build linux

package load

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"strings"
)

// variants is the number of different messages of a [Compressed].
const variants = 64

// A Compressed is an [Exchange] of text that comes back as it is, and is compressed by the client, and
// by the server if that agreed to it.
type Compressed struct{ Event string }

// prose returns the nth text, about 2 KiB: longer than what any of the servers leaves uncompressed.
func prose(n int) string {
	words := strings.Fields("the server of a small town sends each message to those who asked for it and to nobody else " +
		"because order content and time matter more than speed while a client that is slow must not delay another")
	var b strings.Builder
	for i := 0; b.Len() < 2000; i++ {
		fmt.Fprintf(&b, "%s %s ", words[(i*i+n*7+i*n)%len(words)], words[(i*3+n)%len(words)])
		if i%5 == 0 {
			fmt.Fprintf(&b, "%04d ", (n*977+i*131)%10000)
		}
	}
	return strings.TrimSpace(b.String())
}

func (e *Compressed) prepare(target *Target) exchanger {
	x := &compressedExchange{deflate: target.Deflate}
	for n := range variants {
		text := target.Dialect.wrap(e.Event, form{text: []byte(prose(n))}).text
		x.texts[n] = text
		x.first, x.payloads[n] = opText, text
		if target.Deflate {
			x.first, x.payloads[n] = opText|rsv1Bit, deflate(text)
		}
	}
	return x
}

type compressedExchange struct {
	deflate  bool
	first    byte             // of each frame
	texts    [variants][]byte // as they come back
	payloads [variants][]byte // as they are sent
	// known has compressed answers that have been inflated and compared once. A server that keeps no
	// context compresses a text in the same way each time, so comparing with this is as good.
	known [variants][]byte
}

func (x *compressedExchange) variant(c *client, n int) int { return (c.index*5 + n) % variants }

func (x *compressedExchange) append(dst []byte, c *client, n int) []byte {
	return appendFrame(dst, x.first, c.mask, x.payloads[x.variant(c, n)])
}

func (x *compressedExchange) check(c *client, m message, n int) (whole bool, err error) {
	i := x.variant(c, n)
	if m.opcode != opText || (m.compressed && !x.deflate) {
		return false, fmt.Errorf("the server sent %s, where text was expected", m)
	}
	text := m.payload
	if m.compressed {
		if string(m.payload) == string(x.known[i]) {
			return true, nil
		}
		if text, err = inflate(m.payload); err != nil {
			return false, fmt.Errorf("the server sent %s, which cannot be inflated: %w", m, err)
		}
	}
	if !bytes.Equal(text, x.texts[i]) {
		return false, fmt.Errorf("the server sent %q, where %q was expected", cut(text), cut(x.texts[i]))
	}
	if m.compressed {
		x.known[i] = bytes.Clone(m.payload)
	}
	return true, nil
}

// tail is the end of a deflate block, which compressed messages leave out (RFC 7692 §7.2.1).
const tail = "\x00\x00\xff\xff"

// deflate returns the payload of a compressed message.
func deflate(text []byte) []byte {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.DefaultCompression)
	if err == nil {
		if _, err = w.Write(text); err == nil {
			err = w.Flush()
		}
	}
	if err != nil {
		panic(err) // a Buffer does not fail
	}
	return bytes.TrimSuffix(b.Bytes(), []byte(tail))
}

// inflate returns the text of a compressed message.
func inflate(payload []byte) ([]byte, error) {
	const finalBlock = "\x01\x00\x00\xff\xff" // empty, and the last
	r := flate.NewReader(io.MultiReader(bytes.NewReader(payload), strings.NewReader(tail+finalBlock)))
	return io.ReadAll(io.LimitReader(r, maxAnswer))
}
