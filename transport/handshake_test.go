package transport

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"node.websocket/transport/websocket"
)

func TestEcho(t *testing.T) {
	t.Parallel()
	conversation := echoConversation(t)
	s, address := serve(t, Options{}, oneConversation(conversation))
	c := dial(t, address).open("/A?x=1", "Origin: http://a.com\r\n")
	r := conversation.request
	if r.Resource != "a" || r.Path != "/A" || r.Origin != "http://a.com" || r.Host != "localhost" || r.RemoteAddress != "127.0.0.1" ||
		r.Transport != "websocket" || r.Version != "13" || r.Secure || len(r.ID) < 22 || conversation.http().URL.RawQuery != "x=1" {
		t.Errorf("request %+v", r)
	}
	await(t, conversation.opened)
	if s.Clients() != 1 {
		t.Errorf("%d clients", s.Clients())
	}
	c.send(websocket.Text, "hello")
	c.want(websocket.Text, "hello")
	c.send(websocket.Binary, "\x00\xff")
	c.want(websocket.Binary, "\x00\xff")
	if conversation.session.ID() != r.ID || conversation.session.Protocol() != "" || conversation.session.ReadyState() != 1 {
		t.Error("the session is not as it was asked for")
	}
	waitFor(t, func() bool { return idle(conversation.session) })
	c.close(1000, "bye")
	c.wantClose(1000)
	conversation.wantClosed(1000, "bye")
	c.wantEnd()
	if s.Clients() != 0 {
		t.Errorf("%d clients after the end", s.Clients())
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	public := fstest.MapFS{"index.html": {Data: []byte("<!doctype html>")}}
	var log logBuffer
	h := &fakeHandler{conversation: func() *fakeConversation { return newConversation(t) }, options: Options{Origins: []string{"http://a.com"}}}
	_, address := serve(t, Options{Public: public, Log: log.logger()}, h)

	valid := handshake("/a")
	for _, test := range []struct {
		name, request string
		status        int
		header        string
	}{
		{"path with dots", handshake("/../a"), 400, ""},
		{"path with encoded dots", handshake("/%2e%2e/a"), 400, ""},
		{"path with NUL", handshake("/a%00"), 400, ""},
		{"path with backslash", handshake("/a%5cb"), 400, ""},
		{"path with bad escape", handshake("/a%zz"), 400, ""},
		{"trailing slash", handshake("/a/"), 404, ""},
		{"unknown", handshake("/unknown"), 404, ""},
		{"broken", handshake("/broken"), 500, ""},
		{"origin", handshake("/a", "Origin: http://b.com\r\n"), 403, ""},
		{"origin twice", handshake("/a", "Origin: http://a.com\r\nOrigin: http://a.com\r\n"), 403, ""},
		{"method", strings.Replace(valid, "GET", "POST", 1), 405, "Allow"},
		{"HTTP/1.0", strings.Replace(valid, "HTTP/1.1", "HTTP/1.0", 1), 505, ""},
		{"no host", strings.Replace(valid, "Host: localhost\r\n", "", 1), 400, ""},
		{"no upgrade", strings.Replace(valid, "Upgrade: websocket\r\n", "", 1), 426, "Upgrade"},
		{"no connection", strings.Replace(valid, "Connection: Upgrade\r\n", "", 1), 400, ""},
		{"no key", strings.Replace(valid, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "", 1), 400, ""},
		{"short key", strings.Replace(valid, "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZQ==", 1), 400, ""},
		{"version 12", strings.Replace(valid, "Version: 13", "Version: 12", 1), 426, "Sec-Websocket-Version"},
		{"no version", strings.Replace(valid, "Sec-WebSocket-Version: 13\r\n", "", 1), 426, "Upgrade"},
		{"body", handshake("/a", "Content-Length: 3\r\n") + "abc", 400, ""},
		{"big header", handshake("/a", "X: "+strings.Repeat("x", 16<<10)+"\r\n"), 431, ""},
		{"not HTTP", "\x16\x03\x01 that is not HTTP at all\r\n\r\n", 400, ""}, // with less, net/http waits whether it becomes HTTP/2
	} {
		t.Run(test.name, func(t *testing.T) {
			c := dial(t, address)
			c.raw([]byte(test.request))
			var raw strings.Builder // ReadResponse takes Connection away
			r, err := http.ReadResponse(bufio.NewReader(io.TeeReader(c.in, &raw)), nil)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(r.Body)
			if err != nil || r.StatusCode != test.status {
				t.Errorf("%s, error %v; want %d", r.Status, err, test.status)
			}
			if lines := strings.Count(strings.TrimSuffix(string(body), "\n"), "\n"); len(body) == 0 || lines > 0 || strings.Contains(string(body), "secret") {
				t.Errorf("body %q; want one line", body)
			}
			if got := r.Header.Get("Content-Type"); got != "text/plain; charset=utf-8" && test.name != "no host" {
				t.Errorf("Content-Type %q", got)
			}
			if test.header != "" && r.Header.Get(test.header) == "" {
				t.Errorf("no %s in %v", test.header, r.Header)
			}
			if (r.Header.Get("Upgrade") != "") != strings.Contains(raw.String(), "Connection: Upgrade\r\n") {
				t.Errorf("Upgrade and Connection: Upgrade go together (RFC 9110 §7.8): %s", raw.String())
			}
			if r.Header.Get("Sec-Websocket-Accept") != "" || r.Header.Get("Connection") != "close" && !r.Close {
				t.Errorf("header %v; want the connection closed, and not upgraded", r.Header)
			}
			c.wantEnd()
		})
	}
	if n := h.opens.Load(); n != 0 {
		t.Errorf("%d instances were made", n)
	}
	if got := log.String(); !strings.Contains(got, `msg=refused resource=/a `) || !strings.Contains(got, `cause="the origin is not allowed" origin=http://b.com`) {
		t.Errorf("log: %s", got)
	}
}

func TestOpenAnswers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		answer Answer
		err    error
		status int
		body   string
	}{
		{"throws", Answer{}, errors.New("a secret reason"), 500, "the module failed\n"},
		{"refuses", Answer{Status: 401, Body: "no\nway", Header: http.Header{"Www-Authenticate": {"Basic"}, "content-type": {"text/html"}}}, nil, 401, "no\nway"},
		{"refuses with nothing", Answer{Status: 204}, nil, 204, ""},
		{"refuses with 101", Answer{Status: 101}, nil, 500, "the module failed\n"},
		{"refuses with 1000", Answer{Status: 1000}, nil, 500, "the module failed\n"},
		{"forges a line", Answer{Status: 401, Header: http.Header{"A": {"b\r\nc: d"}}}, nil, 500, "the module failed\n"},
		{"forges a line of the 101", Answer{Header: http.Header{"A": {"b\r\nc: d"}}}, nil, 500, "the module failed\n"},
		{"forges a line in a name", Answer{Header: http.Header{"A: b\r\nC": {""}}}, nil, 500, "the module failed\n"},
		{"frames the answer", Answer{Status: 401, Body: "no", Header: http.Header{"Content-Length": {"100"}}}, nil, 500, "the module failed\n"},
		{"protocol not offered", Answer{Protocol: "z"}, nil, 500, "the module failed\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			conversation := newConversation(t)
			h := oneConversation(conversation)
			h.open = func(context.Context, *fakeConversation) (Answer, error) { return test.answer, test.err }
			var log logBuffer
			_, address := serve(t, Options{Log: log.logger()}, h)
			c := dial(t, address)
			c.raw([]byte(handshake("/a", "Sec-WebSocket-Protocol: x, y\r\n")))
			r, err := http.ReadResponse(c.in, nil)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(r.Body)
			if r.StatusCode != test.status || string(body) != test.body {
				t.Errorf("%s %q; want %d %q", r.Status, body, test.status, test.body)
			}
			if test.status == 401 && (r.Header.Get("Www-Authenticate") != "Basic" || r.Header.Get("Content-Type") != "text/html") {
				t.Errorf("header %v", r.Header)
			}
			c.wantEnd()
			if conversation.session != nil || len(conversation.closed) != 0 {
				t.Error("the conversation of a handshake that failed was connected")
			}
			if logged := strings.Contains(log.String(), "level=ERROR"); logged != (test.status == 500 && test.err == nil) {
				t.Errorf("log: %s", log.String())
			}
		})
	}
}

func TestSubprotocol(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		served        []string
		answer, want  string
		offered       string
		resourceServe []string
	}{
		{nil, "", "", "x, y", nil},
		{nil, "y", "y", "x, y", nil},
		{[]string{"y", "x"}, "", "x", "x, y", nil},
		{[]string{"y"}, "x", "x", "x, y", nil},
		{[]string{"z"}, "", "", "x, y", nil},
		{[]string{"x"}, "", "y", "x, y", []string{"y"}},
	} {
		conversation := newConversation(t)
		h := oneConversation(conversation)
		h.options.Protocols = test.resourceServe
		h.open = func(context.Context, *fakeConversation) (Answer, error) {
			return Answer{Protocol: test.answer, Header: http.Header{"Set-Cookie": {"a=b", "c=d"}}}, nil
		}
		_, address := serve(t, Options{Protocols: test.served}, h)
		c := dial(t, address)
		c.raw([]byte(handshake("/a", "Sec-WebSocket-Protocol: "+test.offered+"\r\n")))
		r := c.accepted()
		if got := r.Header.Get("Sec-Websocket-Protocol"); got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
		if len(r.Header["Set-Cookie"]) != 2 {
			t.Errorf("header %v", r.Header)
		}
		if s := await(t, conversation.opened); s.Protocol() != test.want {
			t.Errorf("%+v: session has %q", test, s.Protocol())
		}
	}
}

func TestConnectionLimit(t *testing.T) {
	t.Parallel()
	conversations := make(chan *fakeConversation, 10)
	h := &fakeHandler{conversation: func() *fakeConversation { p := echoConversation(t); conversations <- p; return p }}
	s, address := serve(t, Options{MaxConnections: 2}, h)
	first := dial(t, address).open("/a")
	dial(t, address).open("/a")
	third := dial(t, address)
	third.raw([]byte(handshake("/a")))
	r, err := http.ReadResponse(third.in, nil)
	if err != nil || r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" {
		t.Fatalf("%v, error %v", r, err)
	}
	if h.opens.Load() != 2 {
		t.Error("an instance was made for a connection over the limit")
	}
	first.close(1000, "")
	first.wantClose(1000)
	first.wantEnd()
	first.conn.Close()
	(<-conversations).wantClosed(1000, "")
	waitFor(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.slots == 1 })
	dial(t, address).open("/a")
}

// TestPipelined sends frames in the same packet as the handshake.
func TestPipelined(t *testing.T) {
	t.Parallel()
	_, address := serve(t, Options{}, oneConversation(echoConversation(t)))
	c := dial(t, address)
	c.raw(masked(masked([]byte(handshake("/a")), 0x81, "one"), 0x81, "two"))
	c.accepted()
	c.want(websocket.Text, "one")
	c.want(websocket.Text, "two")
	c.send(websocket.Text, "three")
	c.want(websocket.Text, "three")
}

// TestTrickle has clients that send their handshake one byte per second, and one that sends
// nothing.
func TestTrickle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newPipeListener()
		serveOn(t, l, Options{}, oneConversation(newConversation(t)))
		start := time.Now()
		clients := []*client{l.dial(t), l.dial(t)}
		ends := make(chan time.Duration)
		for _, c := range clients {
			go func() {
				io.Copy(io.Discard, c.conn)
				ends <- time.Since(start)
			}()
		}
		given := make(chan struct{})
		go func() {
			defer close(given)
			for _, b := range []byte(handshake("/a")) {
				if _, err := clients[0].conn.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(time.Second) // of the bubble's own clock
			}
			t.Error("the whole handshake was taken")
		}()
		for range clients {
			if took := <-ends; took != 10*time.Second {
				t.Errorf("held for %v", took)
			}
		}
		<-given
	})
}

// TestOpenWaits has a module that answers late: too late, or after the client has hung up.
func TestOpenWaits(t *testing.T) {
	t.Parallel()
	wait := func(ctx context.Context, p *fakeConversation) (Answer, error) {
		<-ctx.Done()
		return Answer{}, context.Cause(ctx)
	}
	t.Run("too long", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			conversation := newConversation(t)
			h := oneConversation(conversation)
			h.open = wait
			l := newPipeListener()
			serveOn(t, l, Options{}, h)
			start := time.Now()
			c := l.dial(t)
			c.raw([]byte(handshake("/a")))
			r, err := http.ReadResponse(c.in, nil)
			if err != nil || r.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("%v, error %v", r, err)
			}
			if took := time.Since(start); took != 10*time.Second {
				t.Errorf("took %v", took)
			}
		})
	})
	t.Run("client gone", func(t *testing.T) {
		conversation := newConversation(t)
		h := oneConversation(conversation)
		h.open = wait
		s, address := serve(t, Options{HandshakeTimeout: time.Hour}, h)
		c := dial(t, address)
		c.raw([]byte(handshake("/a")))
		waitFor(t, func() bool { return h.opens.Load() == 1 })
		c.conn.Close()
		waitFor(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.slots == 0 })
	})
}

// TestPlainSocket serves a connection that is neither TCP nor Unix.
func TestPlainSocket(t *testing.T) {
	t.Parallel()
	l := newPipeListener()
	conversation := echoConversation(t)
	serveOn(t, l, Options{}, oneConversation(conversation))
	c := l.dial(t).open("/a")
	big := strings.Repeat("x", 300<<10)
	for _, text := range []string{"a", big, "b"} {
		go c.conn.Write(masked(nil, 0x81, text))
		c.want(websocket.Text, text)
	}
	go c.conn.Write(masked(nil, 0x88, closePayload(3000, "x")))
	c.wantClose(3000)
	conversation.wantClosed(3000, "x")
	c.wantEnd()
}

// TestUnixSocket serves a Unix domain socket.
func TestUnixSocket(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("unix", t.TempDir()+"/s")
	if err != nil {
		t.Skip("no Unix domain sockets: ", err) // some versions of Windows have none; CI runs on Linux, where a skip fails it
	}
	serveOn(t, l, Options{}, oneConversation(echoConversation(t)))
	conn, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, conn).open("/a")
	c.send(websocket.Text, "hello")
	c.want(websocket.Text, "hello")
}
