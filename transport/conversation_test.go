package transport

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A fakeConversation is a Conversation that tells a test of its calls, and checks that they keep the
// contract.
type fakeConversation struct {
	t       testing.TB
	request *Request

	// What it does; fixed before Open. nil: nothing.
	onConnected func(p *fakeConversation)
	onReceive   func(p *fakeConversation, batch []Message)
	takes       func(p *fakeConversation, batch []Message) (taken int) // in place of onReceive, which takes all
	onDrained   func(p *fakeConversation)
	worker      Worker // nil: itself

	received []Message // what onReceive has put there, if anything
	session  *Session
	opened   chan *Session
	closed   chan closed

	busy, over, ending atomic.Bool
}

type closed struct {
	code   int
	reason string
}

func newConversation(t testing.TB) *fakeConversation {
	return &fakeConversation{t: t, opened: make(chan *Session, 1), closed: make(chan closed, 1)}
}

// echoConversation returns a fakeConversation that sends back what it receives.
func echoConversation(t testing.TB) *fakeConversation {
	p := newConversation(t)
	p.onReceive = echo
	return p
}

func echo(p *fakeConversation, batch []Message) {
	for _, m := range batch {
		if m.Binary {
			p.session.SendBinary(m.Data)
		} else {
			p.session.SendText(string(m.Data))
		}
	}
	p.session.Flush()
}

// enter checks that no other call is under way, and that Disconnected has not come.
func (p *fakeConversation) enter(what string) {
	if p.over.Load() {
		p.t.Errorf("%s after Disconnected", what)
	}
	if !p.busy.CompareAndSwap(false, true) {
		p.t.Errorf("%s while another call is under way", what)
	}
}

func (p *fakeConversation) Connected(s *Session) {
	p.enter("Connected")
	p.session = s
	p.opened <- s
	if p.onConnected != nil {
		p.onConnected(p)
	}
	p.busy.Store(false)
}

func (p *fakeConversation) Receive(batch []Message) (taken int) {
	p.enter("Receive")
	defer p.busy.Store(false)
	if p.session == nil || len(batch) == 0 {
		p.t.Errorf("Receive of %d messages, session %v", len(batch), p.session)
	}
	if p.takes != nil {
		return p.takes(p, batch)
	}
	if p.onReceive != nil {
		p.onReceive(p, batch)
	}
	return len(batch)
}

func (p *fakeConversation) ReceiveInRound(batch []Message) (taken int) { return p.Receive(batch) }

func (p *fakeConversation) Worker() Worker {
	if p.worker != nil {
		return p.worker
	}
	return p
}

func (p *fakeConversation) Round(f func()) bool {
	f()
	return true
}

func (p *fakeConversation) Ending() {
	p.enter("Ending")
	p.ending.Store(true)
	p.busy.Store(false)
	p.session.Resume()
}

func (p *fakeConversation) Drained() {
	if p.over.Load() {
		p.t.Error("Drained after Disconnected")
	}
	if p.onDrained != nil {
		p.onDrained(p)
	}
}

func (p *fakeConversation) Disconnected(code int, reason string) {
	p.enter("Disconnected")
	p.over.Store(true)
	if p.session.ReadyState() != 3 || p.session.SendText("x") {
		p.t.Error("the session is open in Disconnected")
	}
	p.closed <- closed{code, reason}
}

// http returns the request's head as net/http reads it.
func (p *fakeConversation) http() *http.Request {
	p.t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(p.request.Head + "\r\n")))
	if err != nil {
		p.t.Fatalf("%q: %v", p.request.Head, err)
	}
	return r
}

// await returns what comes from the channel, and fails the test if nothing comes in time.
func await[T any](t testing.TB, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(limit):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

func (p *fakeConversation) wantClosed(code int, reason string) {
	p.t.Helper()
	if got := await(p.t, p.closed); got != (closed{code, reason}) {
		p.t.Errorf("Disconnected with %d %q, want %d %q", got.code, got.reason, code, reason)
	}
}

// A fakeHandler serves "a" with fakePeers that the test makes, and has names that fail.
type fakeHandler struct {
	options      Options // zero: the server's
	conversation func() *fakeConversation
	open         func(ctx context.Context, p *fakeConversation) (Answer, error) // nil: go ahead
	opens        atomic.Int32
}

func (h *fakeHandler) Resource(name string) (Resource, error) {
	switch name {
	case "a", "_default":
		return fakeResource{h, name}, nil
	case "broken":
		return nil, errors.New("a secret reason")
	case "unavailable":
		return nil, ErrUnavailable
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func (h *fakeHandler) Name() string { return "a" }

// A fakeResource is a resource of a fakeHandler with another name.
type fakeResource struct {
	*fakeHandler
	name string
}

func (r fakeResource) Name() string { return r.name }

func (h *fakeHandler) Options() *Options { return resourceOptions(h.options) }

// resourceOptions returns what Resource.Options returns for these options.
func resourceOptions(own Options) *Options {
	if reflect.ValueOf(own).IsZero() {
		return nil
	}
	return own.WithDefaults()
}

func (h *fakeHandler) Open(ctx context.Context, r *Request) (Conversation, Answer, error) {
	h.opens.Add(1)
	p := h.conversation()
	p.request = r
	if h.open == nil {
		return p, Answer{}, nil
	}
	answer, err := h.open(ctx, p)
	return p, answer, err
}

// oneConversation is a handler for a test with one client.
func oneConversation(p *fakeConversation) *fakeHandler {
	return &fakeHandler{conversation: func() *fakeConversation { return p }}
}

// serve starts a server on loopback, and returns it and its address.
func serve(t testing.TB, o Options, h Handler) (*Server, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, l, o, h), l.Addr().String()
}

func serveOn(t testing.TB, l net.Listener, o Options, h Handler) *Server {
	t.Helper()
	o.NoEventLoop = o.NoEventLoop || *goroutines
	return serveAsTold(t, l, o, h)
}

// serveAsTold is serveOn without regard to -goroutines.
func serveAsTold(t testing.TB, l net.Listener, o Options, h Handler) *Server {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := NewServer(o, h)
	s.noEarly = *netHTTP
	serveServerOn(t, l, s)
	return s
}

// serveServer serves at an address of its own until the test ends.
func serveServer(t testing.TB, s *Server) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serveServerOn(t, l, s)
	return l.Addr().String()
}

func serveServerOn(t testing.TB, l net.Listener, s *Server) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		s.Shutdown(ctx)
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error("Serve returned ", err)
		}
	})
}

// A logBuffer keeps the log for a test to read.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logBuffer) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// A pipeListener accepts ends of net.Pipe, which work in a synctest bubble.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

// dial returns a client whose other end the listener accepts.
func (l *pipeListener) dial(t testing.TB) *client {
	ours, theirs := net.Pipe()
	l.conns <- theirs
	return newClient(t, ours)
}

// waitFor polls ok, for what has no channel.
func waitFor(t testing.TB, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatal("it did not come to pass")
		}
		<-time.After(time.Millisecond)
	}
}
