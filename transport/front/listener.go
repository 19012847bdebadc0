package front

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"node.websocket/transport/proxy"
)

// Options configure a Listener.
type Options struct {
	// Log gets a line for each connection that is dropped, and two for each time in which none can be
	// accepted. It is required.
	Log *slog.Logger
	// TLS configures TLS; plain HTTP is then refused. nil means plain HTTP.
	TLS *tls.Config
	// ProxyProtocol means that a connection begins with a PROXY header: each one, or, if there are
	// TrustedProxies, each one from these.
	ProxyProtocol  bool
	TrustedProxies []netip.Prefix
	// PolicyHosts are the hosts whose Flash movies may connect; "*" is any.
	PolicyHosts []string
	// PolicyPort, if not 0, means that Flash's requests alone are answered, with a policy for this port.
	PolicyPort int
	// Early, if not nil, is offered each connection without TLS that begins with GET, with the bytes that
	// have come, which are valid until it calls Skip or returns. It reports whether it has taken the
	// connection; otherwise Accept returns it. It is called on the goroutine that has waited for these
	// bytes, and may take its time. Close does not close the connection any more.
	Early func(c net.Conn, first []byte) bool

	// Timeout bounds the time until the first bytes of a connection have arrived, and until an answer is taken.
	Timeout time.Duration
	// MaxPending is the most connections whose first bytes are waited for at once. One more is closed.
	MaxPending int
	// Crowded, if not nil, is called for each connection that is closed for that. It must not wait.
	Crowded func()

	// Enter, if not nil, reports whether one more connection of an address may wait; one that may not is closed.
	// Leave is then called with the address when it does not wait any more. Neither is asked about connections
	// that begin with a PROXY header, whose clients are not known yet. They must not wait.
	Enter func(net.Addr) bool
	Leave func(net.Addr)
}

// trustsProxy reports whether a connection from this address begins with a PROXY header.
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

// A Listener looks at the first bytes of each connection that the listener inside accepts. Its Accept
// returns those that are HTTP, or TLS around it. Each connection has a goroutine until then, so that a
// silent one holds up no other.
type Listener struct {
	// Fixed after New.
	net.Listener
	options Options
	ready   chan arrived
	done    chan struct{} // closed by Close
	next    chan net.Conn // for a goroutine that has looked at another connection before

	spare   atomic.Int32 // goroutines that wait for next
	pending atomic.Int32 // connections that are accepted, and neither taken nor dropped

	mu sync.Mutex

	// Guarded by mu.
	closed  bool
	stopped bool                  // by StopAccepting
	looked  map[net.Conn]struct{} // connections whose first bytes have not come; Close closes them
}

// An arrived is a result of Accept.
type arrived struct {
	conn net.Conn
	err  error
}

// maxSpare is the most goroutines that wait for their next connection. Their stacks have grown to what a
// handshake needs; growing a new one costs as much as the rest of it. The garbage collector shrinks those
// that are not used.
const maxSpare = 4

// lookLinger is the time that a client that is answered here has to hang up.
const lookLinger = time.Second

// New returns a Listener for the connections of l, and starts to accept them. Close ends it.
func New(l net.Listener, o Options) *Listener {
	f := &Listener{
		Listener: l, options: o,
		ready: make(chan arrived), done: make(chan struct{}), next: make(chan net.Conn), looked: make(map[net.Conn]struct{}),
	}
	go f.accept()
	return f
}

// Accept returns the next connection that is HTTP or TLS. The error is that of the listener inside,
// which has failed for good, or net.ErrClosed after Close.
func (f *Listener) Accept() (net.Conn, error) {
	select {
	case a := <-f.ready:
		return a.conn, a.err
	case <-f.done:
		return nil, net.ErrClosed
	}
}

// Close closes the listener inside and every connection that Accept has not returned.
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

// StopAccepting closes the listener inside, and leaves the connections that it has accepted to Accept,
// which does not return an error before Close. Pending tells how many they are.
func (f *Listener) StopAccepting() error {
	f.mu.Lock()
	f.stopped = true
	f.mu.Unlock()
	return f.Listener.Close()
}

// Pending returns the number of connections that the listener inside has accepted and that have been
// neither taken nor dropped.
func (f *Listener) Pending() int { return int(f.pending.Load()) }

// Done returns a channel that is closed by Close.
func (f *Listener) Done() <-chan struct{} { return f.done }

// accept takes connections until the listener fails for good. After a temporary error it waits a while.
func (f *Listener) accept() {
	short := shortage{log: f.options.Log, where: f.Addr().String()}
	defer short.stop()
	pause := leastPause
	for {
		c, err := f.Listener.Accept()
		if err == nil {
			pause = leastPause
			if !f.register(c) {
				c.Close()
				continue
			}
			select {
			case f.next <- c:
			default:
				go f.lookOn(c)
			}
			continue
		}
		if !isTemporary(err) {
			if f.hasStopped() {
				return
			}
			select {
			case f.ready <- arrived{nil, err}:
			case <-f.done:
			}
			return
		}
		short.failed(err)
		select {
		case <-time.After(pause):
			pause = min(2*pause, mostPause)
		case <-f.done:
			return
		}
	}
}

// hasStopped reports whether StopAccepting was called.
func (f *Listener) hasStopped() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stopped
}

// isTemporary reports whether err is a transient Accept error, such as EMFILE, by the same rule as
// net/http's.
func isTemporary(err error) bool {
	e, ok := errors.AsType[interface {
		error
		Temporary() bool
	}](err)
	return ok && e.Temporary()
}

// register adds a connection. It returns false if there are too many, or if the Listener is closed.
func (f *Listener) register(c net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	if len(f.looked) >= f.options.MaxPending {
		if f.options.Crowded != nil {
			f.options.Crowded()
		}
		return false
	}
	if f.counts(c) && !f.options.Enter(c.RemoteAddr()) {
		return false
	}
	f.looked[c] = struct{}{}
	f.pending.Add(1)
	return true
}

// counts reports whether Options.Enter is asked about a connection.
func (f *Listener) counts(c net.Conn) bool {
	o := &f.options
	return o.Enter != nil && !(o.ProxyProtocol && o.trustsProxy(c.RemoteAddr()))
}

// unregister removes a connection. It returns false if Close has closed it meanwhile.
func (f *Listener) unregister(c net.Conn) bool {
	if f.counts(c) {
		f.options.Leave(c.RemoteAddr())
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.looked, c)
	return !f.closed
}

// lookOn looks at a connection, and then at others, as long as few enough do so.
func (f *Listener) lookOn(c net.Conn) {
	for {
		f.look(c)
		if f.spare.Add(1) > maxSpare {
			f.spare.Add(-1)
			return
		}
		select {
		case c = <-f.next:
			f.spare.Add(-1)
		case <-f.done:
			return
		}
	}
}

// get is the beginning of the requests that Options.Early is offered.
var get = []byte("GET ")

// look reads a connection's first bytes, and has Accept return it if they are HTTP or TLS.
func (f *Listener) look(c net.Conn) {
	defer f.pending.Add(-1)
	next, err := f.recognize(newArrival(c))
	if err != nil {
		f.drop(c, err)
	}
	if !f.unregister(c) || next == nil {
		c.Close()
		return
	}
	if f.options.Early != nil {
		if a, ok := next.(*arrival); ok && bytes.HasPrefix(a.seen.B[a.read:], get) && f.options.Early(a, a.seen.B[a.read:]) {
			return
		}
	}
	select {
	case f.ready <- arrived{next, nil}:
	case <-f.done:
		c.Close()
	}
}

// drop logs why a connection is not served. Only a wrong PROXY header is a warning: connections that
// end without a byte, such as browsers' spare ones, are common.
func (f *Listener) drop(c net.Conn, err error) {
	level := slog.LevelDebug
	if _, ok := errors.AsType[*proxy.HeaderError](err); ok {
		level = slog.LevelWarn
	}
	f.options.Log.LogAttrs(context.Background(), level, "dropped", slog.String("client", c.RemoteAddr().String()), slog.String("error", err.Error()))
}

// recognize returns the connection for Accept, or nil if it has been answered here. It takes at most
// Timeout for the first bytes, and as long for an answer.
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
		if err := a.splitHello(); err != nil {
			return nil, err
		}
		a.SetReadDeadline(time.Time{})
		return tls.Server(a, o.TLS), nil
	case 'A' <= first[0] && first[0] <= 'Z': // an HTTP method
		if err := a.say(notTLS, o.Timeout); err != nil {
			return nil, err
		}
	}
	return nil, errNotTLS
}

// tlsHandshake is the type of the record with a ClientHello (RFC 8446 §5.1).
const tlsHandshake = 0x16

var errNotTLS = errors.New("this port speaks TLS, and the client does not")

// notTLS is the answer to plain HTTP on a port for TLS.
const notTLS = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n" +
	"this port speaks TLS: use https:// and wss:// instead of http:// and ws://\n"
