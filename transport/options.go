package transport

import (
	"crypto/tls"
	"io/fs"
	"log/slog"
	"net/netip"
	"slices"
	"time"
)

// The defaults of those Options that users set by name.
const (
	DefaultMaxMessage    = 1 << 20   // bytes
	DefaultResponseLimit = 128 << 10 // bytes
	DefaultHeartbeat     = 25 * time.Second
)

// Options are what a Server is made with. The zero value works.
type Options struct {
	// Origins are the origins whose pages may connect, as in "https://example.com" or "null"; "*" is any. None: any. Those that are not
	// ValidOrigin allow nobody.
	Origins []string
	// Protocols are the subprotocols that are served, unless a resource answers for itself. None: no subprotocol is agreed on.
	Protocols []string
	// Compression has messages compressed (permessage-deflate, RFC 7692) for the clients that offer it. Those of less than 256 bytes never are.
	Compression bool
	// ContextTakeover has compressed messages refer back to earlier ones, for the clients that allow it: less to send, for three times the work and up
	// to 40 KiB for each session. False: an idle session holds nothing for its compression.
	ContextTakeover bool
	// NoDrafts has only version 13 served, not the drafts before it, which old browsers and televisions speak.
	NoDrafts bool
	// Transports are those that are served, of "websocket", "xhr-streaming", "xhr-polling", "eventsource", "htmlfile" and "jsonp-polling". None: all.
	Transports []string
	// Public has the pages for plain GETs. nil: none, every plain GET of something else than a resource is a 404.
	Public fs.FS
	// Log takes what happens to clients. nil: slog.Default().
	Log *slog.Logger

	// TLS is how TLS is spoken; then nothing else is served. It needs a certificate, and protocols for ALPN: "h2" and "http/1.1", or one of
	// them. nil: plain HTTP.
	TLS *tls.Config
	// ProxyProtocol has every connection begin with a PROXY header (version 1 or 2), which names the client. It is taken from
	// TrustedProxies alone, if there are any; others send none.
	ProxyProtocol bool
	// TrustedProxies are the addresses of the proxies in front of the server, whose word on the client's address, and on whether it has TLS, is
	// believed. None: the client is who connects.
	TrustedProxies []netip.Prefix

	// MaxMessage is the most bytes of one message, after reassembly; a client that sends more is closed with 1009. 0: 1 MiB.
	MaxMessage int
	// MaxQueue is how many bytes may wait for a client; one that has more when a further message is sent is closed as slow. Over HTTP/2 it
	// is four times as many, since there the kernel holds none of them. 0: 1 MiB.
	MaxQueue int
	// HighWater is how many bytes may wait until sending returns false, and until the client is not read until it has taken some. 0: 64 KiB.
	HighWater int
	// ResponseLimit is how many bytes go into one response that streams; then the client has to ask again, so that neither it nor a proxy keeps
	// all that was ever sent. 0: 128 KiB.
	ResponseLimit int
	// MaxHeader is the most bytes of a request's head; more is a 431. It cannot be less than 4 KiB. 0: 16 KiB.
	MaxHeader int
	// MaxConnections is the most sessions at once, handshakes under way included; one more is a 503. 0: 100,000.
	MaxConnections int

	// Cookie has clients without a WebSocket keep the cookie JSESSIONID, by which load balancers know where a session is.
	Cookie bool

	// HandshakeTimeout is how long a connection's first bytes, the handshake of TLS and a request may each take to arrive, and how long a resource may take to answer it. 0: 10 s.
	HandshakeTimeout time.Duration
	// Heartbeat is the silence after which a client is sent a ping. 0: 25 s. Negative: never.
	Heartbeat time.Duration
	// HeartbeatTimeout is how long after a ping a client that stays silent is held for dead, and how long one that has
	// something to take may take nothing. 0: 20 s.
	HeartbeatTimeout time.Duration
	// CloseTimeout is how long a client may take to answer a close, and then to hang up. 0: 5 s.
	CloseTimeout time.Duration
	// UnclaimedTimeout is how long a session without a WebSocket lives while no request is there to take what is sent. 0: 5 s.
	UnclaimedTimeout time.Duration
}

// leastHeader is what net/http reads of a request's head in any case.
const leastHeader = 4 << 10

// WithDefaults returns o with defaults in place of the zero values that stand for them.
func (o Options) WithDefaults() *Options {
	if len(o.Origins) == 0 {
		o.Origins = []string{"*"}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	setDefault(&o.MaxMessage, DefaultMaxMessage)
	setDefault(&o.MaxQueue, 1<<20)
	setDefault(&o.HighWater, 64<<10)
	setDefault(&o.ResponseLimit, DefaultResponseLimit)
	setDefault(&o.MaxHeader, 16<<10)
	setDefault(&o.MaxConnections, 100_000)
	setDefault(&o.HandshakeTimeout, 10*time.Second)
	setDefault(&o.Heartbeat, DefaultHeartbeat)
	setDefault(&o.HeartbeatTimeout, 20*time.Second)
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
