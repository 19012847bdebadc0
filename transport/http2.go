package transport

import "net/http"

// streamQueue is how many times MaxQueue may wait for a stream. It cannot be written without waiting, so while a turn lasts, nothing of what it
// sends may be taken; and there is no buffer of the kernel behind it, which holds megabytes of other connections.
const streamQueue = 4

// A connect is the handshake of a WebSocket on a stream of HTTP/2 (RFC 8441).
type connect struct {
	upgrade
	header http.Header // of the answer
}

// answer makes the header, and no head: that is HTTP/2's.
func (c *connect) answer(o *Options, _ bool, protocol string, header http.Header) (_ []byte, err error) {
	c.agree(o)
	c.header, err = c.h.ConnectHeader(protocol, header)
	return nil, err
}

// http2Config is how HTTP/2 is spoken.
func http2Config(o *Options) *http.HTTP2Config {
	return &http.HTTP2Config{
		MaxConcurrentStreams: 250,
		// What is received of a session that waits for its module is at most so much, and the others of its connection are held up only if more
		// than sixty wait: the connection's share is the most that net/http allows.
		MaxReceiveBufferPerStream:     64 << 10,
		MaxReceiveBufferPerConnection: 4<<20 - 1,
		// One who takes not a byte is gone.
		WriteByteTimeout: o.HeartbeatTimeout,
	}
}
