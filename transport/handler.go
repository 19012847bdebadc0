package transport

import (
	"context"
	"errors"
	"net/http"
)

// Message is a whole data message. The text of a message that is not Binary is valid UTF-8.
//
// It is an alias of an unnamed struct so that a package that does not import this one can have the
// identical type.
type Message = struct {
	Binary bool
	Data   []byte
	Owned  bool // the receiver may keep Data, and change it
}

// ErrUnavailable is returned by a Handler for a resource that is not served for a while. Its
// clients are told to come again in a minute.
var ErrUnavailable = errors.New("the resource is not served for a while; try again in a minute")

// A Handler finds resources. Its methods may be called from several goroutines at once.
type Handler interface {
	// Resource returns the resource with a name, or one that serves more than that name, and starts it if
	// necessary. The name is a path that was decoded once and put into lower case, without the slash before
	// it: "chat", "a/b", and "_default" for the path "/". A backslash in it is a slash that was encoded, and
	// so a part of its segment. It has at most 200 bytes, no control character, no empty segment and no
	// segment "." or ".."; anything else a client may have chosen, and the Handler must check it by its
	// own rule.
	//
	// An error that is fs.ErrNotExist is answered with 404, one that is ErrUnavailable with 503, and any
	// other with 500. The client never sees its text, which the Handler has to log.
	Resource(name string) (Resource, error)
}

// A Resource serves the sessions of one name. Its methods may be called from several goroutines at
// once.
type Resource interface {
	// Name returns the resource's name for the log. It is that of the path, unless the resource serves several
	// paths: "rooms/[id]" for "rooms/42". It does not change.
	Name() string

	// Options returns the options of this resource's sessions, made by Options.WithDefaults; nil means the
	// Server's. They must not change: it is called for each handshake, so a Resource makes them once. The
	// options that concern a connection before it has asked for a resource (TLS, ProxyProtocol, NoDrafts,
	// MaxConnections, …) are the Server's in any case.
	Options() *Options

	// Open makes the other side of a session, and decides about its handshake. It may wait: ctx ends when
	// the client has hung up, or after Options.HandshakeTimeout. An error is answered with 500, or with
	// 503 if ctx has ended. The client never sees its text, which the Resource has to log.
	//
	// The Conversation is then Connected, unless the Answer refuses or the handshake fails later: then it
	// is dropped without a call.
	Open(ctx context.Context, r *Request) (Conversation, Answer, error)
}

// A Request is a handshake before it is answered. The Resource may keep it.
type Request struct {
	ID string // of the session; cannot be guessed
	// Head is the first line of the request and those of its headers, each of which ends in "\r\n". The
	// names are in any case, there may be spaces around the values, and a name with several values has
	// several lines. Cookies that are withheld are not in it, nor is anything else that is not for modules.
	Head          string
	Resource      string   // the name of the Resource
	Path          string   // of the URI, percent-decoded, as it was written: "/Chat"; a backslash is a slash that was encoded
	Origin        string   // as the client sent it; "" if it sent none
	Host          string   // as the client sent it, with the port if there was one
	RemoteAddress string   // of the client, without its port
	Transport     string   // what carries the session: "websocket"
	Version       string   // of the protocol: "13"
	Secure        bool     // over TLS
	Protocols     []string // subprotocols that the client offers, its favourite first
	Framed        bool     // client.js alone: messages that begin with a zero byte are frames, in both directions
	MaxMessage    int      // of Options; the Conversation checks the data of frames, which may be a little longer
	Recovery      string   // client.js alone: unguessable, and the same whenever this client connects again; "" if it does not
}

// An Answer is a Resource's decision about a handshake. The zero value lets it go ahead.
type Answer struct {
	// Status, if not 0, refuses the handshake with this status (200–599), Header and Body.
	Status int
	Body   string
	// Header is added to the response. A field that belongs to the handshake or to the framing of HTTP
	// (Connection, Content-Length, …) and a control character are mistakes, which are logged and answered
	// with 500.
	Header http.Header
	// Protocol is the subprotocol. One that was not offered is a mistake, which is logged and answered
	// with 500. "" means the client's favourite among Options.Protocols, or none.
	Protocol string
}
