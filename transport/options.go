package transport

import (
	"crypto/tls"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"time"
)

// The defaults of those Options that users set by name.
const (
	DefaultMaxMessage     = 1 << 20   // bytes
	DefaultMaxQueue       = 1 << 20   // bytes
	DefaultHighWater      = 64 << 10  // bytes
	DefaultResponseLimit  = 128 << 10 // bytes
	DefaultMaxConnections = 100_000
	DefaultHeartbeat      = 25 * time.Second
	DefaultPongTimeout    = 20 * time.Second

	DefaultHandshakeTimeout = 10 * time.Second
)

// Options configure a Server. The zero value works.
type Options struct {
	// Origins are the origins whose pages may connect, such as "https://example.com" or "null"; "*"
	// is any. None means any. An entry that is not a ValidOrigin allows nobody.
	Origins []string
	// Protocols are the subprotocols that are served, unless a resource decides for itself. None
	// means that no subprotocol is agreed.
	Protocols []string
	// Compression allows compressed messages (permessage-deflate, RFC 7692), for clients that offer
	// it. Messages of less than 256 bytes are never compressed.
	Compression bool
	// ContextTakeover allows compressed messages to refer back to earlier ones, for clients that
	// allow it: there is less to send, for three times the work and up to 40 KiB for each session.
	// Without it, an idle session holds nothing for its compression.
	ContextTakeover bool
	// NoDrafts means that only version 13 is served, without the drafts before it, which old
	// browsers and televisions speak.
	NoDrafts bool
	// NoEventLoop means that each connection is read by a goroutine of its own, even where an event loop
	// could read it: on Linux, over HTTP/1.1, with TLS or without.
	NoEventLoop bool
	// Transports are the transports that are served, of those that the function Transports returns.
	// None means all.
	Transports []string
	// Public holds the pages. nil means that there are none, and that a plain GET of anything but a
	// resource is a 404.
	Public fs.FS
	// Metrics answers a GET of /metrics, unless a page or a module has that path. nil means that nothing does.
	Metrics http.Handler
	// AccessLog makes a line of the log for each answer to plain HTTP: pages and what modules answer. WebSockets and other
	// sessions have theirs in any case.
	AccessLog bool
	// Log gets what happens to clients. nil means slog.Default().
	Log *slog.Logger

	// TLS configures TLS; plain HTTP is then refused. It needs a certificate, and "h2", "http/1.1"
	// or both as NextProtos. nil means plain HTTP.
	TLS *tls.Config
	// ProxyProtocol means that a connection begins with a PROXY header (version 1 or 2), which
	// names the client: each one, or, if there are TrustedProxies, each one from these.
	ProxyProtocol bool
	// TrustedProxies are the addresses of the proxies in front of the server, which are believed
	// what they say of the client's address and of its TLS. None means that the client is whoever
	// connects.
	TrustedProxies []netip.Prefix

	// MaxMessage is the most bytes of a message, reassembled and inflated. A client that sends more
	// is closed with 1009. 0 means DefaultMaxMessage.
	MaxMessage int
	// MessageRate and ByteRate are the most messages, and bytes of messages, that a client may send in a
	// second, on average over ten seconds. One that sends more is closed with 1008. Pings and pongs count
	// as well. 0 means any number.
	MessageRate, ByteRate int
	// MaxQueue is the queue length in bytes above which a client is closed as slow when a further
	// message is sent to it. Over HTTP/2 it is four times as much, because there the kernel holds
	// nothing, and all sessions of a connection together hold no more than that beyond their HighWater:
	// those with the longest queues are closed. 0 means DefaultMaxQueue.
	MaxQueue int
	// DropSlow means that a message beyond MaxQueue is dropped and counted, and its client not closed. What a
	// limit of memory requires is done all the same.
	DropSlow bool
	// HighWater is the queue length in bytes above which a Send returns false and the client is not
	// read. 0 means DefaultHighWater, and more than MaxQueue means MaxQueue.
	HighWater int
	// ResponseLimit is the most bytes of a streaming response. Then the client must make another
	// request, so that neither it nor a proxy keeps all that was ever sent. 0 means
	// DefaultResponseLimit.
	ResponseLimit int
	// MaxHeader is the most bytes of a request's head, at least 4 KiB. A longer one is a 431. 0
	// means 16 KiB.
	MaxHeader int
	// MaxConnections is the most sessions at once, including handshakes and requests of a Responder under way. One more is a
	// 503. It is also the most connections that have not become a session: for one more, that which has waited
	// longest for its next request is closed, and if none waits, the new one. 0 means DefaultMaxConnections.
	MaxConnections int
	// MaxPerAddress is the most of these sessions, handshakes and requests that one client's address may have,
	// or one /64 of IPv6. One more is a 503. Unless they come from TrustedProxies, as many more connections,
	// but at least 32, may be without a request; one more is closed. 0 means any number.
	MaxPerAddress int

	// Cookie means that clients without a WebSocket are sent the cookie JSESSIONID, which load
	// balancers use to find the server of a session.
	Cookie bool

	// HandshakeTimeout bounds the time that the first bytes of a connection, the handshake of TLS, and a
	// request may each take to arrive, and that of a resource's answer to a handshake. 0
	// means DefaultHandshakeTimeout.
	HandshakeTimeout time.Duration
	// Heartbeat is the silence after which a client is sent a ping. 0 means DefaultHeartbeat, and a
	// negative one never.
	Heartbeat time.Duration
	// HeartbeatTimeout is the time that a client may stay silent after a ping, or take
	// nothing of what is sent, until it counts as dead. 0 means DefaultPongTimeout.
	HeartbeatTimeout time.Duration
	// IdleTimeout is the time without a message after which a client is closed with 1000. Pings and pongs are none,
	// and time in which the client is not read does not count. 0 means for ever.
	IdleTimeout time.Duration
	// CloseTimeout is the time that a client has to answer a close, and then to hang up. 0 means 5
	// s.
	CloseTimeout time.Duration
	// ShutdownSpread is the time over which Shutdown closes the sessions, so that their clients do not all
	// connect again at once. 0 means that it closes all at once.
	ShutdownSpread time.Duration
	// UnclaimedTimeout is the life of a session without a WebSocket while no request takes what
	// is sent. 0 means 5 s.
	UnclaimedTimeout time.Duration
}

// leastHeader is the length of a request's head that net/http reads in any case.
const leastHeader = 4 << 10

// WithDefaults returns a copy of o, with the defaults in place of the zero values that stand for
// them.
func (o Options) WithDefaults() *Options {
	if len(o.Origins) == 0 {
		o.Origins = []string{"*"}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	setDefault(&o.MaxMessage, DefaultMaxMessage)
	setDefault(&o.MaxQueue, DefaultMaxQueue)
	setDefault(&o.HighWater, DefaultHighWater)
	o.HighWater = min(o.HighWater, o.MaxQueue)
	setDefault(&o.ResponseLimit, DefaultResponseLimit)
	setDefault(&o.MaxHeader, 16<<10)
	setDefault(&o.MaxConnections, DefaultMaxConnections)
	setDefault(&o.HandshakeTimeout, DefaultHandshakeTimeout)
	setDefault(&o.Heartbeat, DefaultHeartbeat)
	setDefault(&o.HeartbeatTimeout, DefaultPongTimeout)
	setDefault(&o.CloseTimeout, 5*time.Second)
	setDefault(&o.UnclaimedTimeout, 5*time.Second)
	o.Origins = slices.Clone(o.Origins)
	o.Protocols = slices.Clone(o.Protocols)
	if len(o.Transports) == 0 {
		o.Transports = allTransports
	}
	o.Transports = slices.Clone(o.Transports)
	return &o
}

// serves reports whether a transport is served.
func (o *Options) serves(transport string) bool { return slices.Contains(o.Transports, transport) }

func setDefault[T int | time.Duration](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}
