package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
)

// A fakeResponder is a fakeHandler that answers plain requests as well.
type fakeResponder struct {
	*fakeHandler
	name    string
	respond func(ctx context.Context, r *Request, body []byte) (Answer, error)
}

func newResponder(t testing.TB, respond func(ctx context.Context, r *Request, body []byte) (Answer, error)) fakeResponder {
	return fakeResponder{&fakeHandler{conversation: func() *fakeConversation { return newConversation(t) }}, "", respond}
}

func (h fakeResponder) Resource(name string) (Resource, error) {
	if _, err := h.fakeHandler.Resource(name); err != nil {
		return nil, err
	}
	h.name = name
	return h, nil
}

func (h fakeResponder) Name() string { return h.name }

func (h fakeResponder) Responds() bool { return true }

func (h fakeResponder) Respond(ctx context.Context, r *Request, body []byte) (Answer, error) {
	return h.respond(ctx, r, body)
}

// mirror answers with what the resource has seen.
func mirror(_ context.Context, r *Request, body []byte) (Answer, error) {
	line, _, _ := strings.Cut(r.Head, "\r\n")
	return Answer{Body: line + " | " + r.Path + " | " + r.Resource + " | " + string(body)}, nil
}

// TestRespond asks a resource over everything that carries HTTP.
func TestRespond(t *testing.T) {
	t.Parallel()
	h := newResponder(t, mirror)
	public := fstest.MapFS{"index.html": {Data: []byte("<!doctype html>index")}, "a/x.txt": {Data: []byte("x")}}
	o := Options{Public: public, MaxMessage: 100}
	_, plain := serve(t, o, h)
	o.TLS = testTLS(t)
	_, secure := serve(t, o, h)
	clear := new(http.Protocols)
	clear.SetUnencryptedHTTP2(true)
	trust := &tls.Config{InsecureSkipVerify: true}
	for _, way := range []struct {
		name, base, proto string
		transport         *http.Transport
	}{
		{"http", "http://" + plain, "HTTP/1.1", &http.Transport{}},
		{"h2c", "http://" + plain, "HTTP/2.0", &http.Transport{Protocols: clear}},
		{"https", "https://" + secure, "HTTP/1.1", &http.Transport{TLSClientConfig: trust}},
		{"h2", "https://" + secure, "HTTP/2.0", &http.Transport{TLSClientConfig: trust, ForceAttemptHTTP2: true}},
	} {
		t.Run(way.name, func(t *testing.T) {
			defer way.transport.CloseIdleConnections()
			for _, c := range []struct {
				method, path, body string
				status             int
				want               string
			}{
				{"GET", "/a", "", 200, "GET /a PROTO | /a | a | "},
				{"GET", "/A?x=%20", "", 200, "GET /A?x=%20 PROTO | /A | a | "},
				{"POST", "/a", "hello", 200, "POST /a PROTO | /a | a | hello"},
				{"PROPFIND", "/a", "", 200, "PROPFIND /a PROTO | /a | a | "},
				{"OPTIONS", "/a", "", 200, "OPTIONS /a PROTO | /a | a | "},
				{"HEAD", "/a", "", 200, ""},
				{"GET", "/", "", 200, "<!doctype html>index"}, // pages come first
				{"GET", "/a/x.txt", "", 200, "x"},
				{"POST", "/", "x", 200, "POST / PROTO | / | _default | x"},
				{"GET", "/a/info", "", 200, "{"}, // and so does SockJS
				{"POST", "/a/0/" + way.name + "/xhr", "", 200, "o\n"},
				{"GET", "/a/", "", 301, ""},
				{"GET", "/_default/", "", 200, "Welcome to SockJS!\n"},
				{"DELETE", "/_default/", "", 405, "there are only pages here, and WebSockets\n"},
				{"POST", "/nosuch", "", 404, "there is no such resource\n"},
				{"POST", "/broken", "", 500, "the module fails to load\n"},
				{"POST", "/a", strings.Repeat("x", 100), 200, "POST /a PROTO | /a | a | " + strings.Repeat("x", 100)},
				{"POST", "/a", strings.Repeat("x", 101), 413, "a body has at most 100 bytes\n"},
			} {
				for _, chunked := range []bool{false, true} {
					if chunked && c.body == "" {
						continue
					}
					var body io.Reader = strings.NewReader(c.body)
					if chunked {
						body = struct{ io.Reader }{body}
					}
					q, err := http.NewRequestWithContext(t.Context(), c.method, way.base+c.path, body)
					if err != nil {
						t.Fatal(err)
					}
					r, err := way.transport.RoundTrip(q)
					if err != nil {
						t.Errorf("%s %s: %v", c.method, c.path, err)
						continue
					}
					got, _ := io.ReadAll(r.Body)
					r.Body.Close()
					want := strings.ReplaceAll(c.want, "PROTO", way.proto)
					if r.StatusCode != c.status && c.status != 301 || !strings.HasPrefix(string(got), want) || c.want != "{" && c.status != 301 && string(got) != want {
						t.Errorf("%s %s: %d %q, want %d %q", c.method, c.path, r.StatusCode, got, c.status, want)
					}
					if r.Proto != way.proto {
						t.Errorf("%s, want %s", r.Proto, way.proto)
					}
					if r.Header.Get("X-Content-Type-Options") != "nosniff" && r.StatusCode == 200 && !strings.Contains(c.path, "xhr") {
						t.Errorf("%s %s: %v", c.method, c.path, r.Header)
					}
				}
			}
		})
	}
}

// TestRespondAnswers has a resource answer in every way, also wrongly.
func TestRespondAnswers(t *testing.T) {
	t.Parallel()
	var answer Answer
	var failure error
	h := newResponder(t, func(context.Context, *Request, []byte) (Answer, error) { return answer, failure })
	log := new(logBuffer)
	_, address := serve(t, Options{Log: log.logger()}, h)
	long := strings.Repeat("0123456789abcdef", 100_000)
	for _, c := range []struct {
		method  string
		answer  Answer
		err     error
		status  int
		header  string // that the answer has
		body    string
		logged  string
		refused bool
	}{
		{"GET", Answer{}, nil, 200, "Content-Type: text/plain; charset=utf-8", "", "", false},
		{"GET", Answer{Body: "grüß"}, nil, 200, "Content-Length: 6", "grüß", "", false},
		{"HEAD", Answer{Body: "grüß"}, nil, 200, "Content-Length: 6", "", "", false},
		{"GET", Answer{Header: http.Header{"content-type": {"text/html"}}}, nil, 200, "Content-Type: text/html", "", "", false},
		{"GET", Answer{Status: 404, Body: "no"}, nil, 404, "X-Content-Type-Options: nosniff", "no", "", false},
		{"GET", Answer{Status: 204, Body: "dropped"}, nil, 204, "X-Content-Type-Options: nosniff", "", "", false},
		{"GET", Answer{Status: 304, Body: "dropped"}, nil, 304, "", "", "", false},
		{"GET", Answer{Status: 599}, nil, 599, "", "", "", false},
		{"POST", Answer{Header: http.Header{"Set-Cookie": {"a=1", "b=2"}}}, nil, 200, "Set-Cookie: a=1 b=2", "", "", false},
		{"GET", Answer{Header: http.Header{"Content-Length": {"1000"}}, Body: "x"}, nil, 200, "Content-Length: 1", "x", "", false},
		{"GET", Answer{Header: http.Header{"X-Content-Type-Options": {"none"}}}, nil, 200, "X-Content-Type-Options: none", "", "", false},
		{"GET", Answer{Body: long}, nil, 200, "", long, "", false},
		{"GET", Answer{Status: 101}, nil, 500, "", "the module failed\n", "a status of 200 to 599, not 101", true},
		{"GET", Answer{Status: 600}, nil, 500, "", "the module failed\n", "a status of 200 to 599, not 600", true},
		{"GET", Answer{Header: http.Header{"A\r\nB": {"c"}}}, nil, 500, "", "the module failed\n", "is not a name that a header can have", true},
		{"GET", Answer{Header: http.Header{"A": {"x\r\nSet-Cookie: a=1"}}}, nil, 500, "", "the module failed\n", "a control character in its value", true},
		{"GET", Answer{Header: http.Header{"A": {"x\x00"}}}, nil, 500, "", "the module failed\n", "a control character in its value", true},
		{"GET", Answer{Header: http.Header{"Transfer-Encoding": {"chunked"}}}, nil, 500, "", "the module failed\n", "the server itself sets the header Transfer-Encoding", true},
		{"GET", Answer{}, errors.New("a secret reason"), 500, "", "the module failed\n", "", true},
	} {
		answer, failure = c.answer, c.err
		before := len(log.String())
		q, _ := http.NewRequestWithContext(t.Context(), c.method, "http://"+address+"/a", nil)
		r, err := http.DefaultTransport.RoundTrip(q)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil || r.StatusCode != c.status || string(body) != c.body {
			t.Errorf("%.100v: %d %.100q %v, want %d %.100q", c.answer, r.StatusCode, body, err, c.status, c.body)
		}
		if name, value, _ := strings.Cut(c.header, ": "); strings.Join(r.Header[name], " ") != value {
			t.Errorf("%.100v: %v, want %s", c.answer, r.Header, c.header)
		}
		if got := log.String()[before:]; !strings.Contains(got, c.logged) || strings.Contains(got, "level=ERROR") != (c.logged != "") {
			t.Errorf("%.100v: logged %q, want %q", c.answer, got, c.logged)
		}
		if c.refused && len(r.Header["Set-Cookie"])+len(r.Header["B"]) > 0 {
			t.Errorf("%v came with an error", r.Header)
		}
	}
}

// TestRespondCookies checks which requests bring cookies, and which origins are refused.
func TestRespondCookies(t *testing.T) {
	t.Parallel()
	h := newResponder(t, func(_ context.Context, r *Request, _ []byte) (Answer, error) {
		return Answer{Body: fmt.Sprint(strings.Contains(r.Head, "sid=1"))}, nil
	})
	_, anybody := serve(t, Options{}, h)
	_, listed := serve(t, Options{Origins: []string{"https://a.example"}}, h)
	for _, c := range []struct {
		method         string
		header         string // lines; SELF is the server
		anybody, whose string // the answers
	}{
		{"GET", "", "true", "true"}, // curl
		{"POST", "", "true", "true"},
		{"POST", "Origin: http://SELF", "true", "403"},
		{"POST", "Origin: https://a.example", "false", "true"},
		{"POST", "Origin: https://evil.example", "false", "403"},
		{"POST", "Origin: null", "false", "403"},
		{"GET", "Origin: https://evil.example", "false", "403"},
		{"GET", "Sec-Fetch-Site: same-origin", "true", "true"},
		{"GET", "Sec-Fetch-Site: none", "true", "true"},
		{"GET", "Sec-Fetch-Site: cross-site", "false", "false"}, // <img referrerpolicy="no-referrer">
		{"GET", "Sec-Fetch-Site: same-site|Referer: https://evil.example/x", "false", "false"},
		{"GET", "Sec-Fetch-Site: cross-site|Referer: https://a.example/x", "false", "true"},
		{"GET", "Sec-Fetch-Site: cross-site|Sec-Fetch-Mode: navigate|Sec-Fetch-Dest: document", "true", "true"}, // a link
		{"GET", "Sec-Fetch-Site: cross-site|Sec-Fetch-Mode: navigate|Sec-Fetch-Dest: iframe", "false", "false"},
		{"POST", "Sec-Fetch-Site: cross-site|Sec-Fetch-Mode: navigate|Sec-Fetch-Dest: document", "false", "false"},
		{"GET", "Referer: http://SELF/login.html", "true", "true"},
		{"GET", "Referer: https://evil.example/x", "false", "false"},
		{"GET", "Referer: http://SELF/a/iframe.html", "false", "true"}, // SockJS's frame
	} {
		for _, server := range []struct{ address, want string }{{anybody, c.anybody}, {listed, c.whose}} {
			q, _ := http.NewRequestWithContext(t.Context(), c.method, "http://"+server.address+"/a", nil)
			q.Header.Set("Cookie", "sid=1")
			for line := range strings.SplitSeq(strings.ReplaceAll(c.header, "SELF", server.address), "|") {
				if name, value, ok := strings.Cut(line, ": "); ok {
					q.Header.Set(name, value)
				}
			}
			r, err := http.DefaultTransport.RoundTrip(q)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(r.Body)
			r.Body.Close()
			got := string(body)
			if r.StatusCode != 200 {
				got = fmt.Sprint(r.StatusCode)
			}
			if got != server.want {
				t.Errorf("%s %s: %s, want %s", c.method, c.header, got, server.want)
			}
		}
	}
}

// TestRespondBodies sends bodies as a client of HTTP does that waits, dawdles or leaves.
func TestRespondBodies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, testRespondBodies)
}

func testRespondBodies(t *testing.T) {
	ended := make(chan error, 1)
	h := newResponder(t, func(ctx context.Context, r *Request, body []byte) (Answer, error) {
		if string(body) == "wait" {
			<-ctx.Done()
			ended <- ctx.Err()
			return Answer{}, ctx.Err()
		}
		return mirror(ctx, r, body)
	})
	l := newPipeListener()
	s := serveOn(t, l, Options{MaxMessage: 100}, h)
	head := "POST /a HTTP/1.1\r\nHost: x\r\n"

	c := l.dial(t)
	c.raw([]byte(head + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"))
	if line, _ := c.in.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" {
		t.Errorf("%q", line)
	}
	c.in.ReadString('\n')
	c.raw([]byte("hello"))
	if r, err := http.ReadResponse(c.in, nil); err != nil || r.StatusCode != 200 {
		t.Errorf("%v %v", r, err)
	}

	for _, request := range []struct {
		text   string
		status int
	}{
		{head + "Expect: 100-continue\r\nContent-Length: 500\r\n\r\n", 413}, // without asking for it
		{head + "Content-Length: 5\r\n\r\nhel", 408},
		{head + "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n", 408},
		{head + "Transfer-Encoding: chunked\r\n\r\nzzz\r\n", 408},
		{head + "Content-Length: 4\r\n\r\nwait", 503},
	} {
		c := l.dial(t)
		c.raw([]byte(request.text))
		r, err := http.ReadResponse(c.in, nil)
		if err != nil || r.StatusCode != request.status {
			t.Errorf("%q: %v %v, want %d", request.text, r, err, request.status)
			continue
		}
		if request.status < 500 && !r.Close {
			t.Errorf("%q: the connection stays", request.text)
		}
	}
	if err := await(t, ended); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	for _, left := range []string{"Content-Length: 5\r\n\r\nhel", "Content-Length: 4\r\n\r\nwait"} {
		c := l.dial(t)
		c.raw([]byte(head + left))
		c.conn.Close()
	}
	if err := await(t, ended); err == nil {
		t.Error("it has not ended")
	}
	waitFor(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.slots == 0
	})
}

// TestRespondFull refuses a request when there is no slot, and lets Shutdown wait for one under way.
func TestRespondFull(t *testing.T) {
	t.Parallel()
	entered, release := make(chan struct{}), make(chan struct{})
	h := newResponder(t, func(context.Context, *Request, []byte) (Answer, error) {
		entered <- struct{}{}
		<-release
		return Answer{Body: "done"}, nil
	})
	s, address := serve(t, Options{MaxConnections: 1}, h)
	clear := new(http.Protocols)
	clear.SetUnencryptedHTTP2(true)
	client := &http.Transport{Protocols: clear} // one connection
	defer client.CloseIdleConnections()
	get := func() (int, string) {
		q, _ := http.NewRequestWithContext(t.Context(), "GET", "http://"+address+"/a", nil)
		r, err := client.RoundTrip(q)
		if err != nil {
			t.Error(err)
			return 0, ""
		}
		defer r.Body.Close()
		return r.StatusCode, r.Header.Get("Retry-After")
	}
	first := make(chan int, 1)
	go func() {
		status, _ := get()
		first <- status
	}()
	await(t, entered)
	if status, after := get(); status != 503 || after == "" {
		t.Errorf("%d, Retry-After %q", status, after)
	}
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(t.Context()) }()
	close(release)
	if status := await(t, first); status != 200 {
		t.Error(status)
	}
	if err := await(t, done); err != nil {
		t.Error(err)
	}
}
