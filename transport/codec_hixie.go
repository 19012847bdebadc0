package transport

import (
	"net/http"

	"node.websocket/transport/hixie"
	"node.websocket/transport/socket"
	"node.websocket/transport/websocket"
)

// A hixieOpening is the handshake of hixie-76 or hixie-75.
type hixieOpening struct {
	h *hixie.Handshake
}

func (o hixieOpening) asked() asked {
	version := "hixie-76"
	if o.h.Draft == 75 {
		version = "hixie-75"
	}
	return asked{transportWebSocket, version, o.h.Origins, o.h.Protocols}
}

func (o hixieOpening) answer(_ *Options, secure bool, protocol string, header http.Header) ([]byte, error) {
	var head [512]byte
	return o.h.AppendResponse(head[:0], secure, protocol, header)
}

func (o hixieOpening) codec(options *Options) codec {
	return &hixieCodec{decoder: hixie.Decoder{Limit: options.MaxMessage, Draft: o.h.Draft}, draft: o.h.Draft}
}

// A hixieCodec is the codec of hixie-76 and hixie-75.
type hixieCodec struct {
	decoder hixie.Decoder
	draft   int
	decoded []hixie.Message // empty; kept for reuse
}

func (c *hixieCodec) feed(dst []websocket.Message, p []byte) ([]websocket.Message, error) {
	var err error
	c.decoded, err = c.decoder.Feed(c.decoded, p)
	for _, m := range c.decoded {
		if m.Close {
			dst = append(dst, websocket.Message{Opcode: websocket.Close})
		} else {
			dst = append(dst, websocket.Message{Opcode: websocket.Text, Payload: m.Payload})
		}
	}
	clear(c.decoded)
	if c.decoded = c.decoded[:0]; cap(c.decoded) > maxFrames {
		c.decoded = nil
	}
	return dst, err
}

func (c *hixieCodec) unfinished() bool { return c.decoder.Unfinished() }

func (c *hixieCodec) futile() int { return 0 } // there are no fragments

func (*hixieCodec) text(dst []byte, data string) []byte { return hixie.AppendText(dst, data) }

func (c *hixieCodec) prepared(p *Prepared) *socket.Buffer { return p.encoded(formHixie, c) }

// The following methods are for what these drafts lack: they are not called, or append nothing.

func (*hixieCodec) binary(dst, _ []byte) []byte { return dst }
func (*hixieCodec) ping(dst, _ []byte) []byte   { return dst }
func (*hixieCodec) pong(dst, _ []byte) []byte   { return dst }

func (c *hixieCodec) close(dst []byte, _ int, _ string) []byte {
	if c.draft == 75 {
		return dst
	}
	return hixie.AppendClose(dst)
}

func (c *hixieCodec) lacks() lack {
	if c.draft == 75 {
		return lacksBinary | lacksPing | lacksClose
	}
	return lacksBinary | lacksPing
}
