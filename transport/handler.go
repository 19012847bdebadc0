package transport

import (
	"context"
	"errors"
	"net/http"
)

// Message is one whole data message. The text of one that is not Binary is valid UTF-8.
//
// It is an alias of an unnamed struct so that a package that does not import this one can have the identical type.
type Message = struct {
	Binary bool
	Data   []byte
}

// ErrUnavailable is what a Handler returns for a resource that is not served for a while: its clients are told to come again in a minute.
var ErrUnavailable = errors.New("the resource is not served for a while; try again in a minute")

// Handler finds what serves a resource. Its methods are called from any goroutine, at the same time.
type Handler interface {
	// Resource returns what serves a name, and starts it if need be. The name is a path that was decoded once and put
	// into lower case, without the slash before it: "chat", "a/b", and "_default" for the path "/". It has at most 200
	// bytes, no control character, no backslash, no empty segment and no segment "." or ".."; anything else a client may
	// have chosen, and the Handler has to check it against its own rule.
	// An error that is fs.ErrNotExist is answered with 404, one that is ErrUnavailable with 503, any other with 500, without its text, which is the Handler's to log.
	Resource(name string) (Resource, error)
}

// Resource is what serves the sessions of one name. Its methods are called from any goroutine, at the same time.
type Resource interface {
	// Options returns the options of this resource's sessions, as Options.WithDefaults makes them; nil means the Server's. They must
	// not change: a Resource makes them once, not for each call, since it is asked at each handshake. What concerns a connection before
	// it has asked for a resource (TLS, ProxyProtocol, NoDrafts, MaxConnections, …) is the Server's in any case.
	Options() *Options

	// Open makes the other side of a session, and says whether its handshake goes ahead. It may wait: ctx ends when the client has
	// hung up, or after Options.HandshakeTimeout. An error is answered with 500 (503 if ctx has ended), without its text, which is
	// the Resource's to log.
	//
	// A Conversation that is returned is Connected, unless the Answer refuses, or the handshake fails after it: then it is dropped.
	Open(ctx context.Context, r *Request) (Conversation, Answer, error)
}

// Request is a handshake, before it is answered. It is the Resource's to keep.
type Request struct {
	ID            string        // of the session; cannot be guessed
	HTTP          *http.Request // as it came; its context is over when Open has returned
	Resource      string        // the name, as Handler.Resource got it
	Path          string        // of the URI, percent-decoded, as it was written: "/Chat"
	Origin        string        // as the client sent it; "" if it sent none
	Host          string        // as the client sent it, with the port if there was one
	RemoteAddress string        // of the client, without its port
	Transport     string        // what carries the session: "websocket"
	Version       string        // of the protocol: "13"
	Secure        bool          // over TLS
	Protocols     []string      // subprotocols that the client offers, its favourite first
}

// Answer is a Resource's word on a handshake. The zero value lets it go ahead.
type Answer struct {
	// Status, if not 0, refuses the handshake with that status (200–599), Header and Body.
	Status int
	Body   string
	// Header is sent along. It cannot set what belongs to the handshake or to HTTP's framing (Connection, Content-Length, …), nor
	// contain control characters; that is logged, and answered with 500.
	Header http.Header
	// Protocol is the subprotocol, one of those offered; anything else is logged, and answered with 500.
	// "": the client's favourite among Options.Protocols, or none.
	Protocol string
}
