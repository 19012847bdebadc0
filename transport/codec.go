package transport

import "node.websocket/transport/websocket"

// maxOverhead is the most bytes that a codec adds to a message.
const maxOverhead = 10

// A codec says how messages look on the wire, in one version of the protocol. feed belongs to the goroutine that reads; the others keep no
// state that feed changes, and are called with the session's mu held.
type codec interface {
	// feed is websocket.Decoder's Feed.
	feed(dst []websocket.Message, p []byte) ([]websocket.Message, error)

	text(dst []byte, data string) []byte
	binary(dst []byte, data []byte) []byte
	ping(dst []byte, data []byte) []byte // at most MaxControlPayload bytes of data
	pong(dst []byte, data []byte) []byte // at most MaxControlPayload bytes of data
	close(dst []byte, code int, reason string) []byte
}

// rfc6455 is the codec of version 13, without extensions.
type rfc6455 struct {
	decoder websocket.Decoder
}

func (c *rfc6455) feed(dst []websocket.Message, p []byte) ([]websocket.Message, error) {
	return c.decoder.Feed(dst, p)
}

func (*rfc6455) text(dst []byte, data string) []byte {
	return websocket.AppendFrame(dst, websocket.Text, data)
}

func (*rfc6455) binary(dst, data []byte) []byte {
	return websocket.AppendFrame(dst, websocket.Binary, data)
}

func (*rfc6455) ping(dst, data []byte) []byte {
	return websocket.AppendFrame(dst, websocket.Ping, data)
}

func (*rfc6455) pong(dst, data []byte) []byte {
	return websocket.AppendFrame(dst, websocket.Pong, data)
}

func (*rfc6455) close(dst []byte, code int, reason string) []byte {
	return websocket.AppendClose(dst, code, reason)
}
