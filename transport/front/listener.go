package front

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"node.websocket/transport/proxy"
)

// Options are what a Listener is made with.
type Options struct {
	// Log takes what is dropped.
	Log *slog.Logger
	// TLS is how TLS is spoken; then nothing else is handed on. nil: plain HTTP.
	TLS *tls.Config
	// ProxyProtocol has every connection begin with a PROXY header. It is taken from TrustedProxies alone, if there are any; others send none.
	ProxyProtocol  bool
	TrustedProxies []netip.Prefix
	// PolicyHosts are the hosts whose Flash movies may connect; "*" is any.
	PolicyHosts []string
	// PolicyPort, if not 0, has only Flash answered, with a policy for this port.
	PolicyPort int
	// Timeout is how long the first bytes of a connection may take.
	Timeout time.Duration
	// MaxPending is the most connections that are looked at at once.
	MaxPending int
}

// trustsProxy says whether a PROXY header is taken from an address: from all, or from those that are trusted.
func (o *Options) trustsProxy(a net.Addr) bool {
	if len(o.TrustedProxies) == 0 {
		return true
	}
	host, _, err := net.SplitHostPort(a.String())
	if err != nil {
		host = a.String()
	}
	return proxy.Trusted(o.TrustedProxies, host)
}

// A Listener stands between a listener and net/http: it looks at the first bytes of each connection and hands on what is HTTP, or TLS
// around it. What is something else (a PROXY header, a Flash client's question) it sees to itself.
//
// Each connection is looked at in a goroutine of its own, so that one which is silent holds nobody up.
type Listener struct {
	// Fixed.
	net.Listener
	options Options
	ready   chan arrived
	done    chan struct{} // closed by Close

	mu sync.Mutex

	// Guarded by mu.
	closed bool
	looked map[net.Conn]struct{} // those that are being looked at; Close closes them
}

// arrived is what Accept returns.
type arrived struct {
	conn net.Conn
	err  error
}

// lookLinger is how long one that gets an answer instead of a session may take to hang up.
const lookLinger = time.Second

// New starts the goroutine that accepts.
func New(l net.Listener, o Options) *Listener {
	f := &Listener{
		Listener: l, options: o,
		ready: make(chan arrived), done: make(chan struct{}), looked: make(map[net.Conn]struct{}),
	}
	go f.accept()
	return f
}

// Accept returns the next connection that is HTTP or TLS, and what the listener says is wrong with it.
func (f *Listener) Accept() (net.Conn, error) {
	select {
	case a := <-f.ready:
		return a.conn, a.err
	case <-f.done:
		return nil, net.ErrClosed
	}
}

// Close ends Accept, and every connection that has not been handed on.
func (f *Listener) Close() error {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return nil
	}
	f.closed = true
	left := f.looked
	f.looked = nil
	f.mu.Unlock()
	close(f.done)
	for c := range left {
		c.Close()
	}
	return f.Listener.Close()
}

// Done returns a channel that is closed by Close.
func (f *Listener) Done() <-chan struct{} { return f.done }

// accept takes connections until the listener fails for good.
func (f *Listener) accept() {
	for {
		c, err := f.Listener.Accept()
		if err == nil {
			if f.begin(c) {
				go f.look(c)
			} else {
				c.Close()
			}
			continue
		}
		select {
		case f.ready <- arrived{nil, err}: // who accepts waits a while after an error that passes
		case <-f.done:
			return
		}
		if !IsTemporary(err) {
			return
		}
	}
}

// IsTemporary says whether a listener's error is one that passes, such as having no file descriptors left. net/http asks the same way.
func IsTemporary(err error) bool {
	e, ok := errors.AsType[interface {
		error
		Temporary() bool
	}](err)
	return ok && e.Temporary()
}

// begin notes a connection that will be looked at. It is false if there are too many, or if the front is closed.
func (f *Listener) begin(c net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || len(f.looked) >= f.options.MaxPending {
		return false
	}
	f.looked[c] = struct{}{}
	return true
}

// end is the end of looking. It is false if Close has closed the connection meanwhile.
func (f *Listener) end(c net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.looked, c)
	return !f.closed
}

// look reads what a connection begins with, and hands it on.
func (f *Listener) look(c net.Conn) {
	next, err := f.recognize(newArrival(c))
	if err != nil {
		f.drop(c, err)
	}
	if !f.end(c) || next == nil {
		c.Close()
		return
	}
	select {
	case f.ready <- arrived{next, nil}:
	case <-f.done:
		c.Close()
	}
}

// drop says why a connection is not served. One that went without having said anything, as browsers' spare ones do, is no news.
func (f *Listener) drop(c net.Conn, err error) {
	level := slog.LevelDebug
	if _, ok := errors.AsType[*proxy.HeaderError](err); ok {
		level = slog.LevelWarn
	}
	f.options.Log.LogAttrs(context.Background(), level, "dropped", slog.String("client", c.RemoteAddr().String()), slog.String("error", err.Error()))
}

// recognize returns what is to be handed on, if anything. It takes at most Timeout.
func (f *Listener) recognize(a *arrival) (net.Conn, error) {
	o := &f.options
	a.SetReadDeadline(time.Now().Add(o.Timeout))
	if o.ProxyProtocol && o.trustsProxy(a.Conn.RemoteAddr()) {
		if err := a.readProxyHeader(); err != nil {
			return nil, err
		}
	}
	if o.PolicyPort != 0 {
		return nil, a.answerFlash(flashPolicy(o.PolicyHosts, o.PolicyPort), o.Timeout)
	}
	first, err := a.peek(1)
	if err != nil {
		return nil, err
	}
	switch {
	case first[0] == flashRequest[0]:
		return nil, a.answerFlash(flashPolicy(o.PolicyHosts, portOf(a.LocalAddr())), o.Timeout)
	case o.TLS == nil:
		a.SetReadDeadline(time.Time{})
		return a, nil
	case first[0] == tlsHandshake:
		a.SetReadDeadline(time.Time{})
		return tls.Server(a, o.TLS), nil
	case 'A' <= first[0] && first[0] <= 'Z': // the method of a request
		if err := a.say(notTLS, o.Timeout); err != nil {
			return nil, err
		}
	}
	return nil, errNotTLS
}

// tlsHandshake is the type of the record that a ClientHello comes in (RFC 8446 §5.1).
const tlsHandshake = 0x16

var errNotTLS = errors.New("this port speaks TLS, and the client does not")

// notTLS is the answer to plain HTTP on a port for TLS.
const notTLS = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n" +
	"this port speaks TLS: use https:// and wss:// instead of http:// and ws://\n"
