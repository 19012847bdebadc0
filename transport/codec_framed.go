package transport

import (
	"net/http"
	"strings"

	"node.websocket/transport/socket"
	"node.websocket/transport/sockjs"
	"node.websocket/transport/websocket"
)

// A framed is the codec of SockJS inside a WebSocket: each text of the WebSocket is a frame of
// SockJS or, from the client, an array of messages.
type framed struct {
	codec // of the WebSocket
	limit int

	// Guarded by the session's mu.
	scratch []byte

	// Only in feed.
	raw   []websocket.Message
	empty int // frames without a message, for futile
}

// What is wrong with a client's frames, as the close that tells it. A WebSocket's own frames are right
// then, so what is not JSON is a protocol error (RFC 6455 §7.4.1).
var (
	errFramedJSON   = &websocket.CloseError{Code: websocket.CloseProtocolError, Reason: sockjs.ErrJSON.Error()}
	errFramedBinary = &websocket.CloseError{Code: websocket.CloseProtocolError, Reason: "SockJS has no binary messages"}
	errTooBig       = &websocket.CloseError{Code: websocket.CloseTooBig, Reason: "message too big"}
)

func (f *framed) feed(dst []websocket.Message, p []byte) ([]websocket.Message, error) {
	var err error
	f.raw, err = f.codec.feed(f.raw[:0], p)
	defer clear(f.raw)
	for _, m := range f.raw {
		switch {
		case m.Opcode == websocket.Binary:
			return dst, errFramedBinary
		case m.Opcode != websocket.Text:
			dst = append(dst, m)
			continue
		}
		d := sockjs.Decoder{Limit: f.limit, Single: true}
		wrong := d.Feed(m.Payload)
		if wrong == nil {
			wrong = d.End()
		}
		switch wrong {
		case sockjs.ErrPayload:
			f.empty++
			continue // SockJS ignores empty frames
		case sockjs.ErrJSON:
			return dst, errFramedJSON
		}
		before := len(dst)
		for text, ok := d.Next(); ok; text, ok = d.Next() {
			dst = append(dst, websocket.Message{Opcode: websocket.Text, Payload: text.Data})
		}
		if len(dst) == before {
			f.empty++
		}
		if wrong != nil {
			return dst, errTooBig
		}
	}
	return dst, err
}

func (f *framed) futile() int {
	n := f.empty
	f.empty = 0
	return n + f.codec.futile()
}

func (f *framed) text(dst []byte, data string) []byte {
	f.scratch = sockjs.AppendTextFrame(f.scratch[:0], data)
	return f.frame(dst)
}

// binary sends base64 in a text, because SockJS has no binary messages.
func (f *framed) binary(dst, data []byte) []byte {
	f.scratch = sockjs.AppendBinaryFrame(f.scratch[:0], data)
	return f.frame(dst)
}

// prepared returns the frame of SockJS, encoded as a text of the WebSocket.
func (f *framed) prepared(p *Prepared) *socket.Buffer { return f.codec.prepared(p.sockJS()) }

// ping sends the heartbeats of both: the client's script sees SockJS's, and its browser answers the
// WebSocket's.
func (f *framed) ping(dst, data []byte) []byte {
	return f.codec.text(f.codec.ping(dst, data), sockjs.Heartbeat)
}

// close sends the close of SockJS and then that of the WebSocket. After a fault of the WebSocket
// itself, it sends only the latter.
func (f *framed) close(dst []byte, code int, reason string) []byte {
	switch code {
	case websocket.CloseProtocolError, websocket.CloseInvalidPayload, websocket.CloseTooBig:
	default:
		f.scratch = sockjs.AppendClose(f.scratch[:0], code, sockjs.CutReason(reason))
		dst = f.frame(dst)
	}
	return f.codec.close(dst, code, reason)
}

func (f *framed) frame(dst []byte) []byte {
	dst = f.codec.text(dst, string(f.scratch))
	if cap(f.scratch) > socket.MinBuffer {
		f.scratch = nil // or an idle session would keep the size of its biggest message
	}
	return dst
}

// A probed is the codec of a WebSocket of client.js. It sends the client's first message back,
// because some proxies let a handshake through and nothing after it, and so the client knows.
type probed struct {
	codec
	session *Session // nil: the first message has arrived
	most    int      // bytes of a message that is no frame; the codec's own limit is ownRoom more
	framed  bool
}

// A probe is a short text with this prefix.
const (
	probePrefix = "o:"
	mostProbe   = 64
)

func (p *probed) feed(dst []websocket.Message, data []byte) ([]websocket.Message, error) {
	start := len(dst)
	dst, err := p.codec.feed(dst, data)
	for i := start; i < len(dst); i++ {
		m := dst[i]
		if m.Opcode != websocket.Text && m.Opcode != websocket.Binary {
			continue
		}
		if s := p.session; s != nil {
			p.session = nil
			if m.Opcode == websocket.Text && len(m.Payload) <= mostProbe && strings.HasPrefix(string(m.Payload), probePrefix) {
				s.enqueueText(string(m.Payload))
				s.Flush()
				dst = append(dst[:i], dst[i+1:]...)
				i--
				continue
			}
		}
		if isTooBig(m.Payload, p.most, p.framed) {
			return dst[:i], errTooBig
		}
	}
	return dst, err
}

// sockJSCodec returns the codec that the client of a WebSocket speaks, on top of c or c itself, and
// what it is greeted with.
func sockJSCodec(c codec, s *Session, o *Options, r *http.Request, e *endpoint) (_ codec, greeting []byte) {
	if e != nil && e.session != "" {
		if frames, ok := c.(*frameCodec); ok {
			frames.decoder.Limit = sockjs.BodyLimit(o.MaxMessage)
		}
		return &framed{codec: c, limit: o.MaxMessage}, c.text(nil, sockjs.Open)
	}
	own := ownQuery(r)
	if own.Get("nws") != "1" {
		return c, nil
	}
	switch c := c.(type) {
	case *frameCodec:
		c.decoder.Limit += ownRoom
	case *hixieCodec:
		c.decoder.Limit += ownRoom
	}
	return &probed{codec: c, session: s, most: o.MaxMessage, framed: own.Get("frames") == "1"}, nil
}
