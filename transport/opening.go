package transport

import (
	"errors"
	"net/http"
	"strconv"

	"node.websocket/transport/hixie"
	"node.websocket/transport/websocket"
)

// An opening is a client's handshake whose form is right: one of those of a WebSocket, or the first
// request of a session without one.
type opening interface {
	// asked returns what the handshake asks for.
	asked() asked
	// answer makes the head of the answer, with the module's subprotocol, or "", and header. The error
	// tells what is wrong with these.
	answer(o *Options, secure bool, protocol string, header http.Header) (head []byte, err error)
	// codec makes the codec of the session. It is called after answer.
	codec(o *Options) codec
}

// asked has the fields that every handshake has, in its own form.
type asked struct {
	transport string   // "websocket"
	version   string   // of the protocol: "13"; "" if there is none
	origins   []string // the values of the header that has the origin
	protocols []string // the offered subprotocols, the client's favourite first
}

// isOpening reports whether a request asks for a WebSocket. If it does not, it asks for a page.
//
// A key, which only a handshake has, is enough, because a proxy that was not told to pass on
// Upgrade removes it. The client is then refused with the reason, and that is logged; a page would
// be a riddle.
func isOpening(r *http.Request) bool {
	return websocket.IsUpgrade(r) || websocket.IsConnect(r) || r.ProtoMajor < 2 && len(r.Header["Sec-Websocket-Key"]) > 0
}

// open checks a request that asks for a WebSocket.
func (s *Server) open(r *http.Request) (opening, *refusal) {
	extensions := r.Header["Sec-Websocket-Extensions"]
	if websocket.IsConnect(r) {
		h, err := websocket.CheckConnect(r)
		if err != nil {
			return nil, refusalOf(err)
		}
		return &connect{upgrade: upgrade{h, extensions}}, nil
	}
	if !s.options.NoDrafts && hixie.IsHandshake(r) {
		h, err := hixie.CheckHandshake(r)
		if err != nil {
			return nil, refusalOf(err)
		}
		return hixieOpening{h}, nil
	}
	versions := []int{13, 8, 7}
	if s.options.NoDrafts {
		versions = versions[:1]
	}
	h, err := websocket.CheckHandshake(r, versions...)
	if err != nil {
		return nil, refusalOf(err)
	}
	return &upgrade{h, extensions}, nil
}

// refusalOf returns the refusal of a handshake for an error of its protocol's package.
func refusalOf(err error) *refusal {
	status, why, header := http.StatusBadRequest, "the handshake is wrong", http.Header(nil)
	if e, ok := errors.AsType[*websocket.HandshakeError](err); ok {
		status, why, header = e.Status, e.Message, e.Header
	} else if e, ok := errors.AsType[*hixie.HandshakeError](err); ok {
		status, why, header = e.Status, e.Message, e.Header
	}
	f := refuse(status, why)
	f.header = header
	return f
}

// An upgrade is the handshake of version 13, and of the drafts 8 and 7.
type upgrade struct {
	h          *websocket.Handshake
	extensions []string // as offered
}

func (u *upgrade) asked() asked {
	return asked{transportWebSocket, strconv.Itoa(u.h.Version), u.h.Origins, u.h.Protocols}
}

// agree negotiates the extensions. It precedes the answer.
func (u *upgrade) agree(o *Options) {
	if o.Compression {
		u.h.Deflate = websocket.NegotiateDeflate(u.extensions, o.ContextTakeover)
	}
}

func (u *upgrade) answer(o *Options, _ bool, protocol string, header http.Header) ([]byte, error) {
	u.agree(o)
	var head [512]byte
	return u.h.AppendResponse(head[:0], protocol, header)
}

func (u *upgrade) codec(o *Options) codec { return newFrameCodec(u.h, o) }
