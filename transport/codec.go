package transport

import (
	"math/bits"

	"node.websocket/transport/socket"
	"node.websocket/transport/websocket"
)

// maxOverhead is the most bytes that a codec adds to a message.
const maxOverhead = 10

// A codec encodes and decodes messages in one version of the protocol. feed belongs to the
// goroutine that reads. The other methods share no state with it, and are called with the session's
// mu held.
type codec interface {
	// feed is as the Feed of websocket.Decoder.
	feed(dst []websocket.Message, p []byte) ([]websocket.Message, error)
	// unfinished reports whether a part of a message has been fed. It belongs to the same goroutine.
	unfinished() bool
	// futile returns how many things have been fed since it was last called that cost as much as a message and are
	// none, such as an empty fragment. It belongs to the same goroutine.
	futile() int

	text(dst []byte, data string) []byte
	binary(dst []byte, data []byte) []byte
	ping(dst []byte, data []byte) []byte // at most MaxControlPayload bytes of data
	pong(dst []byte, data []byte) []byte // at most MaxControlPayload bytes of data
	close(dst []byte, code int, reason string) []byte

	// prepared returns what text or binary would append for the message. It is made once for all codecs
	// that encode the message alike, and shared. nil means that this codec must encode for itself.
	prepared(p *Prepared) *socket.Buffer

	// lacks returns what the version of the protocol does not have.
	lacks() lack
}

// A lack is a set of features that a version of the protocol does not have.
type lack uint8

const (
	lacksBinary lack = 1 << iota // all messages are text
	lacksPing                    // a silent client cannot be asked whether it is there
	lacksClose                   // only the end of the connection closes it
)

// A frameCodec is the codec of version 13 and of the drafts 8 and 7, with or without
// permessage-deflate.
type frameCodec struct {
	decoder    websocket.Decoder
	compressor *websocket.Compressor // nil: nothing is compressed
	form       form                  // of its messages; 0: they refer back to earlier ones
}

// newFrameCodec returns the codec for what the handshake has agreed on.
func newFrameCodec(h *websocket.Handshake, o *Options) *frameCodec {
	c := &frameCodec{
		decoder:    websocket.Decoder{Limit: o.MaxMessage, Deflate: h.Deflate, Draft: h.Version != 13},
		compressor: websocket.NewCompressor(h.Deflate, websocket.DeflateOptions{ContextTakeover: o.ContextTakeover}),
		form:       formFrame,
	}
	switch {
	case c.compressor == nil:
	case c.compressor.Stateless():
		c.form = formDeflate + form(bits.Len(uint(h.Deflate.ServerWindow())))
	default:
		c.form = 0
	}
	return c
}

func (c *frameCodec) feed(dst []websocket.Message, p []byte) ([]websocket.Message, error) {
	return c.decoder.Feed(dst, p)
}

func (c *frameCodec) unfinished() bool { return c.decoder.Unfinished() }

func (c *frameCodec) futile() int {
	n := int(c.decoder.Short)
	c.decoder.Short = 0
	return n
}

func (c *frameCodec) text(dst []byte, data string) []byte {
	return websocket.AppendCompressed(dst, c.compressor, websocket.Text, data)
}

func (c *frameCodec) binary(dst, data []byte) []byte {
	return websocket.AppendCompressed(dst, c.compressor, websocket.Binary, data)
}

func (c *frameCodec) prepared(p *Prepared) *socket.Buffer {
	if c.form == 0 {
		return nil
	}
	return p.encoded(c.form, c)
}

func (*frameCodec) ping(dst, data []byte) []byte {
	return websocket.AppendFrame(dst, websocket.Ping, data)
}

func (*frameCodec) pong(dst, data []byte) []byte {
	return websocket.AppendFrame(dst, websocket.Pong, data)
}

func (*frameCodec) lacks() lack { return 0 }

func (c *frameCodec) close(dst []byte, code int, reason string) []byte {
	if c.decoder.Draft {
		return websocket.AppendDraftClose(dst, code, reason)
	}
	return websocket.AppendClose(dst, code, reason)
}
