package transport

import "net/http"

// streamQueue is how many times MaxQueue may wait for a stream. A stream cannot be written without
// waiting, so it may take nothing during a turn, and it has no buffer of the kernel, which holds
// megabytes for other connections.
const streamQueue = 4

// A connect is the handshake of a WebSocket on a stream of HTTP/2 (RFC 8441).
type connect struct {
	upgrade
	header http.Header // of the answer
}

// answer makes the header, and no head, which HTTP/2 has not.
func (c *connect) answer(o *Options, _ bool, protocol string, header http.Header) (_ []byte, err error) {
	c.agree(o)
	c.header, err = c.h.ConnectHeader(protocol, header)
	return nil, err
}

// http2Config is how HTTP/2 is spoken.
func http2Config(o *Options) *http.HTTP2Config {
	return &http.HTTP2Config{
		MaxConcurrentStreams: 250,
		// So much is received for a session that waits for its module. The others on the connection are
		// held up only if more than sixty wait: the connection may have the most that net/http allows.
		MaxReceiveBufferPerStream:     64 << 10,
		MaxReceiveBufferPerConnection: 4<<20 - 1,
		// A client that takes not a single byte is gone.
		WriteByteTimeout: o.HeartbeatTimeout,
	}
}
