package transport

import (
	"node.websocket/transport/socket"
	"node.websocket/transport/sockjs"
	"node.websocket/transport/websocket"
)

// elements is the codec of a relay. The out-queue gets elements of SockJS, one a line, and
// receivers make frames of them.
type elements struct {
	extended bool // the client is client.js
}

func (*elements) lacks() lack { return 0 }

func (*elements) feed(dst []websocket.Message, p []byte) ([]websocket.Message, error) {
	return dst, nil
}

func (*elements) unfinished() bool { return false } // bodies have limits of their own

func (*elements) futile() int { return 0 } // bodies are counted as they are delivered

func (*elements) text(dst []byte, data string) []byte { return sockjs.AppendText(dst, data) }

func (e *elements) binary(dst, data []byte) []byte { return sockjs.AppendBinary(dst, data, e.extended) }

func (e *elements) prepared(p *Prepared) *socket.Buffer {
	if e.extended {
		return p.encoded(formExtendedElement, e)
	}
	return p.encoded(formElement, e)
}

func (*elements) ping(dst, _ []byte) []byte { return append(dst, sockjs.Heartbeat+"\n"...) }

func (*elements) pong(dst, _ []byte) []byte { return dst }

func (*elements) close(dst []byte, code int, reason string) []byte {
	return append(sockjs.AppendClose(dst, code, sockjs.CutReason(reason)), '\n')
}
