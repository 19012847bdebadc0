package runtime

import "net/http"

// Message is one data message of a client. It is an alias of an unnamed struct on purpose: transport declares the
// same one, and the two are the identical type although neither package imports the other.
type Message = struct {
	Binary bool   // else Data is valid UTF-8
	Data   []byte // valid until the call that delivers it returns
}

// Prepared is a message that is encoded once for all who are sent it. What it is, only the session knows.
type Prepared any

// A Session is what carries a connection: what the runtime needs of transport. Every method may be called from any
// goroutine, never blocks on the network, and never calls into the runtime before it returns.
type Session interface {
	// SendText and SendBinary queue one message. They return false when the queue is over its high-water mark (the
	// message is queued all the same, and Drained follows) or when the session is no longer open (it is not).
	SendText(data string) bool
	SendBinary(data []byte) bool
	// SendPrepared is SendText or SendBinary of what Options.Prepare was given.
	SendPrepared(p Prepared) bool
	// Flush writes what is queued, as far as that goes without waiting.
	Flush()
	// Close starts the closing handshake behind what is queued. Terminate cuts the session at once.
	Close(code int, reason string)
	Terminate()
	// Abandon is Close for a session whose runtime may never return from a call: it ends although that is under way, and
	// Disconnected need not be waited for.
	Abandon(code int, reason string)
	Ping(data []byte)
	ReadyState() int // 0 to 3, as WebSocket.readyState
	BufferedAmount() int
	Protocol() string // the subprotocol that was chosen, or ""
	// Resume has the session offer again what [Conn.Receive] did not take, on another goroutine: it calls Receive, or
	// Disconnected. A Resume that comes before the Receive that falls short has returned counts as well.
	Resume()
}

// A Request is the handshake of a connection. It is fixed once Open was called.
type Request struct {
	ID            string // unguessable, unique in this process
	Method        string
	URL           string // as the client sent it
	Path          string // decoded
	Query         map[string][]string
	Header        http.Header
	Origin        string
	Host          string
	RemoteAddress string // without the port
	Secure        bool
	Transport     string // "websocket", …
	Version       string // "13", …; "" where the transport has none
	HTTPVersion   string // "1.1", "2.0"
}

// An Answer is what a module says to a handshake.
type Answer struct {
	Status   int         // not 0: refused with this status, Header and Body
	Header   http.Header // may be nil; not checked, because the transport has to do that for any Answer
	Body     string
	Protocol string // the subprotocol that the module chose, or ""
}
