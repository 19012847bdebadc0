package transport

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// services is a Handler of several resources, each of which makes a conversation for every session.
type services map[string]*service

// A service is a Resource that keeps what it has opened.
type service struct {
	t            testing.TB
	options      Options // zero: the server's
	conversation func() *fakeConversation
	opened       chan *fakeConversation
	opens        atomic.Int32
	answer       Answer
}

func newService(t testing.TB, o Options, act func(p *fakeConversation, batch []Message)) *service {
	return &service{t: t, options: o, opened: make(chan *fakeConversation, 2000), conversation: func() *fakeConversation {
		p := newConversation(t)
		p.onReceive = act
		return p
	}}
}

func (h services) Resource(name string) (Resource, error) {
	if s := h[name]; s != nil {
		return namedService{s, name}, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// A namedService is a service as a Resource.
type namedService struct {
	*service
	name string
}

func (s namedService) Name() string { return s.name }

func (s *service) Options() *Options { return resourceOptions(s.options) }

func (s *service) Open(_ context.Context, r *Request) (Conversation, Answer, error) {
	s.opens.Add(1)
	p := s.conversation()
	p.request = r
	s.opened <- p
	return p, s.answer, nil
}

// A web makes requests to a server.
type web struct {
	t      testing.TB
	base   string // "http://127.0.0.1:1234"
	client *http.Client
	server *Server // of some tests
}

func newWeb(t testing.TB, base string) *web {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 100
	t.Cleanup(transport.CloseIdleConnections)
	return &web{t: t, base: base, client: &http.Client{Transport: transport, Timeout: limit}}
}

// do makes a request with header fields such as "Origin: http://a.com". The response's body has not
// been read.
func (w *web) do(method, path, body string, header ...string) *http.Response {
	w.t.Helper()
	r, err := w.try(context.Background(), method, path, body, header...)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *web) try(ctx context.Context, method, path, body string, header ...string) (*http.Response, error) {
	q, err := http.NewRequestWithContext(ctx, method, w.base+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	for _, field := range header {
		name, value, _ := strings.Cut(field, ": ")
		q.Header.Set(name, value)
	}
	r, err := w.client.Do(q)
	if err == nil {
		w.t.Cleanup(func() { r.Body.Close() })
	}
	return r, err
}

// want makes a request, and expects this status and body.
func (w *web) want(method, path, body string, status int, answer string, header ...string) *http.Response {
	w.t.Helper()
	r := w.do(method, path, body, header...)
	got, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != status || string(got) != answer {
		w.t.Fatalf("%s %s: %d %.300q, error %v; want %d %.300q", method, path, r.StatusCode, got, err, status, answer)
	}
	return r
}

// wantNext expects that the body continues with next.
func wantNext(t testing.TB, r *http.Response, next string) {
	t.Helper()
	p := make([]byte, len(next))
	n, err := io.ReadFull(r.Body, p)
	if err != nil || string(p) != next {
		t.Fatalf("%.300q, error %v; want %.300q", p[:n], err, next)
	}
}

// wantOver expects the end of the body.
func wantOver(t testing.TB, r *http.Response) {
	t.Helper()
	if p, err := io.ReadAll(r.Body); err != nil || len(p) > 0 {
		t.Fatalf("%.300q, error %v; want the end", p, err)
	}
}

var sessionNumber atomic.Int64

// newSession returns a path below a resource that names a new session.
func newSession() string { return fmt.Sprintf("/000/session-%d", sessionNumber.Add(1)) }

// dialContext is for an http.Transport.
func (l *pipeListener) dialContext(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// remembered returns how many sessions of requests the server knows, including those that have
// ended.
func (s *Server) remembered() int {
	s.relays.mu.Lock()
	defer s.relays.mu.Unlock()
	return len(s.relays.all)
}
