package runtime

import "net/http"

// Message is one data message of a client. It is an alias of an unnamed struct so that transport can
// declare the identical type although neither package imports the other.
type Message = struct {
	Binary bool   // if false, Data is valid UTF-8
	Data   []byte // valid until the call that delivers it returns, unless Owned
	Owned  bool   // the receiver may keep Data, and change it
}

// Prepared is a message that is encoded at most once for all its receivers. Only the session looks
// into it.
type Prepared any

// A Session carries a connection. Its methods may be called from any goroutine. They do not wait for
// the network, and do not call into the runtime before they return.
type Session interface {
	// SendText queues a text message. It returns false if the queue is over its high-water mark, in
	// which case the message is queued and Drained follows, and if the session is not open, in which
	// case the message is dropped.
	SendText(data string) bool
	// SendBinary is SendText for a binary message. It does not keep data.
	SendBinary(data []byte) bool
	// SendPrepared is SendText or SendBinary for a message that Options.Prepare has made ready.
	SendPrepared(p Prepared) bool
	// Flush writes queued messages, as far as that is possible without waiting.
	Flush()
	// Close starts the closing handshake, after the queued messages.
	Close(code int, reason string)
	// Terminate ends the session at once.
	Terminate()
	// Abandon is Close for a session whose runtime may never return from a call. The session ends
	// without waiting for that call or for Disconnected.
	Abandon(code int, reason string)
	// Ping queues a ping with up to 125 bytes of data (RFC 6455 §5.5.2).
	Ping(data []byte)
	// ReadyState returns 0 to 3, as WebSocket.readyState does.
	ReadyState() int
	// BufferedAmount returns the number of bytes that are queued and not written.
	BufferedAmount() int
	// Protocol returns the subprotocol that was chosen, or "".
	Protocol() string
	// Resume makes the session call Receive again, on another goroutine, with the messages that it did
	// not take, or call Disconnected if there are none and the session is over. Resume may be called
	// before the Receive that took too few has returned.
	Resume()
}

// A Request is the handshake of a connection, which is kept as long as that.
type Request struct {
	ID string // unguessable, unique in this process
	// Head is the first line of the HTTP request and those of its headers, each of which ends in "\r\n". The
	// names are in any case, and a name with several values has several lines.
	Head          string
	Path          string // percent-decoded; a backslash is a slash that was encoded, and so a part of its segment
	Origin        string
	RemoteAddress string // without the port
	Secure        bool
	Transport     string // "websocket", …
	Version       string // "13", …; "" where the transport has none
	Framed        bool   // messages that begin with a zero byte are frames, in both directions
	MaxMessage    int    // the most bytes of the data of a frame; 0: any
	Recovery      string // unguessable, the same for all connections of a client that can recover messages; "" for others
}

// An Answer is a module's answer to a handshake.
type Answer struct {
	Status   int         // 0 accepts; otherwise the handshake is refused with Status, Header and Body
	Header   http.Header // may be nil; checked by transport, not here
	Body     string
	Protocol string // the subprotocol that the module chose, or ""
}
