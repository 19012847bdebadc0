package transport

import (
	"log/slog"
	"net/http"

	"node.websocket/transport/websocket"
)

// streamQueue is the multiple of MaxQueue that may wait for a stream. A stream cannot be written without
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

// checkExtended answers those requests with :protocol that are for no WebSocket, and reports whether r is
// one. RFC 8441 §4 wants :protocol on a CONNECT alone, with :scheme, :path and :authority. What lacks them is
// malformed, and its stream is reset (RFC 9113 §8.1.1): net/http has done so without :path. The code of the
// reset is INTERNAL_ERROR, because net/http has no other for its handlers.
//
// A missing :scheme cannot be told from a valid one. net/http checks it in requests other than CONNECT
// alone, and all that it keeps of it is Request.TLS, which is set if the scheme is https on a connection
// with TLS. In clear text, none, "http" and "https" therefore look the same. Over TLS, none and "http" do,
// and a proxy that takes ws from its clients may well pass "http" on.
func (s *Server) checkExtended(w http.ResponseWriter, r *http.Request) (answered bool) {
	protocol, extended := r.Header[":protocol"]
	if !extended || r.ProtoMajor < 2 {
		return false
	}
	malformed := ""
	switch {
	case r.Method != http.MethodConnect:
		malformed = ":protocol is for CONNECT"
	case r.Host == "":
		malformed = ":authority is missing"
	case !websocket.IsConnect(r):
		s.refuse(w, r, refuse(http.StatusNotImplemented, "the only :protocol here is websocket"))
		return true
	}
	if malformed == "" {
		return false
	}
	s.log.Debug("a stream was reset", slog.String("client", r.RemoteAddr), slog.String("cause", malformed), slog.Any("protocol", protocol))
	panic(http.ErrAbortHandler)
}

// http2Config has the limits of HTTP/2 connections.
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
