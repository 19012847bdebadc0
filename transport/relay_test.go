package transport

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// startWeb starts a server with one conversation, whose session stays without a request as long as the test lasts.
func startWeb(t *testing.T, o Options, p *fakeConversation) *web {
	o.UnclaimedTimeout = limit
	_, address := serve(t, o, oneConversation(p))
	return newWeb(t, "http://"+address)
}

func TestUnclaimed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, send := range []bool{false, true} {
			conversation := echoConversation(t)
			w, stop := pipeWeb(t, Options{}, conversation)
			begin := time.Now()
			w.want("POST", "/a/0/s/xhr", "", 200, "o\n")
			if send { // what brings messages does not claim the session
				time.Sleep(3 * time.Second) // of the bubble's own clock
				w.want("POST", "/a/0/s/xhr_send", `["x"]`, 204, "")
			}
			conversation.wantClosed(1006, "")
			if took := time.Since(begin); took != 5*time.Second {
				t.Errorf("disconnected after %v", took)
			}
			w.want("POST", "/a/0/s/xhr", "", 200, frameInterrupted+"\n")
			w.want("POST", "/a/0/s/xhr_send", `["x"]`, 404, "there is no such session\n")
			time.Sleep(6 * time.Second) // of the bubble's own clock
			if n := w.server.remembered(); n != 0 {
				t.Errorf("%d sessions are remembered", n)
			}
			stop()
		}
	})
}

// TestUnclaimedAfterResponse checks that the time for the next request begins when the client has
// taken all of a response. A client that sees the end before the server does, and comes again, is
// let in.
func TestUnclaimedAfterResponse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conversation := newConversation(t)
		w, stop := pipeWeb(t, Options{}, conversation)
		w.want("POST", "/a/0/s/xhr", "", 200, "o\n")
		s := await(t, conversation.opened)
		s.SendText("one")
		conn, err := w.client.Transport.(*http.Transport).DialContext(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, "POST /a/0/s/xhr HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: 0\r\n\r\n")
		time.Sleep(10 * time.Second) // of the bubble's own clock; nothing of the answer is read
		if len(conversation.closed) != 0 {
			t.Fatal("disconnected in the middle of a response")
		}

		second := make(chan struct{})
		go func() {
			w.want("POST", "/a/0/s/xhr", "", 200, "a[\"two\"]\n")
			close(second)
		}()
		synctest.Wait()
		s.SendText("two")
		s.Flush()
		<-second

		time.Sleep(3 * time.Second) // of the bubble's own clock
		r, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(r.Body); string(body) != "a[\"one\"]\n" {
			t.Errorf("%q, error %v", body, err)
		}
		begin := time.Now()
		conversation.wantClosed(1006, "")
		if took := time.Since(begin); took != 5*time.Second {
			t.Errorf("disconnected after %v", took)
		}
		stop()
	})
}

func TestRelayHeartbeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conversation := newConversation(t)
		w, stop := pipeWeb(t, Options{}, conversation)
		w.want("POST", "/a/0/s/xhr", "", 200, "o\n")
		begin := time.Now()
		w.want("POST", "/a/0/s/xhr", "", 200, "h\n")
		if took := time.Since(begin); took != 25*time.Second {
			t.Errorf("a heartbeat after %v", took)
		}
		r := w.do("POST", "/a/0/s/xhr_streaming", "")
		wantNext(t, r, xhrPrelude)
		for range 3 { // longer than any timeout of the server's
			wantNext(t, r, "h\n")
			if len(conversation.closed) != 0 {
				t.Error("closed")
			}
		}
		if took := time.Since(begin); took != 100*time.Second {
			t.Errorf("%v", took)
		}
		r.Body.Close()
		conversation.wantClosed(1006, "")
		stop()
	})
}

// TestRelayNoHeartbeat checks that a receiver without a heartbeat sleeps. If it did not, the
// bubble's clock would stand still, and the test would not end.
func TestRelayNoHeartbeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conversation := newConversation(t)
		w, stop := pipeWeb(t, Options{Heartbeat: -1}, conversation)
		r := w.do("POST", "/a/0/s/xhr_streaming", "")
		wantNext(t, r, xhrPrelude+"o\n")
		time.Sleep(time.Hour) // of the bubble's own clock
		s := await(t, conversation.opened)
		s.SendText("x")
		s.Flush()
		wantNext(t, r, "a[\"x\"]\n")
		r.Body.Close()
		conversation.wantClosed(1006, "")
		stop()
	})
}

// TestRelayClose checks that a close that no request takes ends in time, and that one that is taken
// has the code that was sent.
func TestRelayClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, fetch := range []bool{false, true} {
			conversation := newConversation(t)
			w, stop := pipeWeb(t, Options{}, conversation)
			w.want("POST", "/a/0/s/xhr", "", 200, "o\n")
			s := await(t, conversation.opened)
			s.SendText("last")
			s.Close(3001, strings.Repeat("ü", 100))
			if s.ReadyState() != 2 || s.SendText("too late") {
				t.Error("it takes messages")
			}
			if fetch {
				reason := strings.Repeat("ü", 61)
				w.want("POST", "/a/0/s/xhr", "", 200, "a[\"last\"]\n")
				w.want("POST", "/a/0/s/xhr", "", 200, "c[3001,\""+reason+"\"]\n")
				conversation.wantClosed(3001, reason)
			} else {
				time.Sleep(5 * time.Second) // of the bubble's own clock
				conversation.wantClosed(3001, strings.Repeat("ü", 61))
			}
			stop()
		}
	})
}

func TestRelayShutdown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		waiting, idle := newConversation(t), newConversation(t)
		conversations := []*fakeConversation{waiting, idle}
		w, _ := pipeServer(t, Options{}, &fakeHandler{conversation: func() *fakeConversation { p := conversations[0]; conversations = conversations[1:]; return p }})
		s := w.server
		r := w.do("POST", "/a/0/waiting/xhr_streaming", "")
		wantNext(t, r, xhrPrelude+"o\n")
		w.want("POST", "/a/0/idle/xhr", "", 200, "o\n")
		done := make(chan error, 1)
		go func() { done <- s.Shutdown(context.Background()) }()
		wantNext(t, r, "c[1001,\"the server is shutting down\"]\n")
		wantOver(t, r)
		waiting.wantClosed(1001, "the server is shutting down")
		idle.wantClosed(1001, "the server is shutting down")
		w.client.CloseIdleConnections()
		if err := await(t, done); err != nil || s.Clients() != 0 || s.remembered() != 0 {
			t.Errorf("error %v, %d clients, %d sessions", err, s.Clients(), s.remembered())
		}
	})
}

// TestRelayShutdownBetweenPolls has a client that is between two polls when the server shuts down.
// It is told all the same, though it comes by another connection and needs two polls for it. No
// session is opened meanwhile.
func TestRelayShutdownBetweenPolls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conversation := newConversation(t)
		w, _ := pipeWeb(t, Options{}, conversation)
		w.want("POST", "/a/0/s/xhr", "", 200, "o\n")
		session := await(t, conversation.opened)
		session.SendText("last")
		done := make(chan error, 1)
		go func() { done <- w.server.Shutdown(context.Background()) }()
		synctest.Wait()
		w.client.CloseIdleConnections()
		w.want("POST", "/a/0/other/xhr", "", 503, errShuttingDown.Error()+"\n")
		w.want("POST", "/a/0/s/xhr", "", 200, "a[\"last\"]\n")
		w.want("POST", "/a/0/s/xhr", "", 200, "c[1001,\""+errShuttingDown.Error()+"\"]\n")
		conversation.wantClosed(1001, errShuttingDown.Error())
		w.client.CloseIdleConnections()
		if err := await(t, done); err != nil {
			t.Error(err)
		}
	})
}

// TestRelayIsBound checks that only the client that opened a session can use it: the same browser,
// and pages of the same origin.
func TestRelayIsBound(t *testing.T) {
	t.Parallel()
	var log logBuffer
	w := startWeb(t, Options{Log: log.logger()}, newConversation(t))
	const agent = "User-Agent: one"
	w.want("GET", "/a/0/s/jsonp?c=x", "", 200, "/**/x(\"o\");\r\n", agent, "Referer: http://a.com/page?x")
	for _, header := range [][]string{
		{"User-Agent: two", "Origin: http://a.com"}, {agent, "Origin: http://b.com"}, {agent, "Origin: null"}, {agent, "Authorization: Basic eDp5"},
		{agent, "Referer: http://b.com/"},
	} {
		w.want("POST", "/a/0/s/xhr", "", 404, "the session is somebody else's\n", header...)
		w.want("POST", "/a/0/s/xhr_send", `["x"]`, 404, "there is no such session\n", header...)
	}
	w.want("POST", "/a/0/s/xhr_send", `["x"]`, 204, "", agent)
	w.want("POST", "/a/0/s/xhr_send", `["x"]`, 204, "", agent, "Origin: http://A.com", "Cookie: JSESSIONID=1")
	w.want("POST", "/a/0/s/xhr_send", `["x"]`, 404, "there is no such session\n", agent)
	w.want("POST", "/a/0/s/xhr_send", `["x"]`, 404, "there is no such session\n", agent, "Cookie: JSESSIONID=2")
	w.want("POST", "/a/0/s/xhr?nws=1", "", 404, "the session is somebody else's\n", "User-Agent: two")
	if !strings.Contains(log.String(), "somebody else's") {
		t.Error("not logged")
	}
}

// TestRelayCookie checks that once requests have had the cookie, none that leaves it out takes part. A receiver on a page of another
// origin may have none while the requests that send have it: an EventSource asks without credentials, unless told otherwise.
func TestRelayCookie(t *testing.T) {
	t.Parallel()
	const cookie = "Cookie: x=y; JSESSIONID=1"
	w := startWeb(t, Options{}, newConversation(t))
	w.want("POST", "/a/0/s/xhr", "", 200, "o\n", cookie)
	for _, header := range []string{"X: none", "Cookie: x=y", "Cookie: JSESSIONID=", "Cookie: JSESSIONID=2"} {
		w.want("POST", "/a/0/s/xhr", "", 404, "the session is somebody else's\n", header)
		w.want("POST", "/a/0/s/xhr_send", `["x"]`, 404, "there is no such session\n", header)
	}
	w.want("POST", "/a/0/s/xhr_send", `["x"]`, 204, "", cookie)

	w = startWeb(t, Options{ResponseLimit: 1}, echoConversation(t))
	r := w.do("GET", "/a/0/s/eventsource", "", "Origin: http://a.com")
	wantNext(t, r, "\r\ndata: o\r\n\r\n")
	wantOver(t, r)
	w.want("POST", "/a/0/s/xhr_send", `["x"]`, 204, "", cookie)
	w.want("POST", "/a/0/s/xhr_send", `["x"]`, 404, "there is no such session\n")
	r = w.do("GET", "/a/0/s/eventsource", "", "Origin: http://a.com")
	wantNext(t, r, "\r\ndata: a[\"x\"]\r\n\r\n")
	wantOver(t, r)
	w.want("POST", "/a/0/s/xhr_send", `["x"]`, 204, "", cookie)
	w.want("POST", "/a/0/s/xhr", "", 200, "a[\"x\"]\n", cookie)
	w.want("GET", "/a/0/s/eventsource", "", 404, "the session is somebody else's\n", "Origin: http://a.com")
}

// TestRelayKey checks that a session of client.js has a key, and numbered bodies.
func TestRelayKey(t *testing.T) {
	t.Parallel()
	conversation := echoConversation(t)
	h := oneConversation(conversation)
	h.options.Protocols = []string{"two"}
	_, address := serve(t, Options{}, h)
	w := newWeb(t, "http://"+address)
	body, _ := io.ReadAll(w.do("POST", "/a/0/s/xhr?room=1&nws=1&protocols=one,two&n=0", "").Body)
	var open [2]string
	if err := json.Unmarshal(body[1:], &open); err != nil || body[0] != 'o' || open[0] != "two" || len(open[1]) < 26 {
		t.Fatalf("%s, error %v", body, err)
	}
	if r := conversation.http(); r.RequestURI != "/a?room=1" || r.URL.RawQuery != "room=1" || await(t, conversation.opened).Protocol() != "two" {
		t.Errorf("the module sees %s", r.RequestURI)
	}
	key := "?room=1&nws=" + open[1]
	for _, wrong := range []string{"", "?nws=1", "?nws=x", key + "x"} {
		w.want("POST", "/a/0/s/xhr"+wrong, "", 404, "the session is somebody else's\n")
		w.want("POST", "/a/0/s/xhr_send"+wrong, `["x"]`, 404, "there is no such session\n")
	}
	w.want("POST", "/a/0/other/xhr"+key, "", 200, frameUnknown+"\n")

	// Bodies have numbers: one that is repeated is delivered once, and one that is missing is noticed.
	w.want("POST", "/a/0/s/xhr_send"+key, `["x"]`, 409, "body 1 was expected\n")
	w.want("POST", "/a/0/s/xhr_send"+key+"&n=2", `["x"]`, 409, "body 1 was expected\n")
	w.want("POST", "/a/0/s/xhr_send"+key+"&n=1", `["broken`, 500, "Broken JSON encoding.\n")
	for range 3 {
		w.want("POST", "/a/0/s/xhr_send"+key+"&n=1", `["1",["AP8="]]`, 204, "")
	}
	w.want("POST", "/a/0/s/xhr_send"+key+"&n=2", `["2"]`, 204, "")
	w.want("POST", "/a/0/s/xhr"+key, "", 200, "a[\"1\",[\"AP8=\"],\"2\"]\n")
	w.want("POST", "/a/0/s/xhr_send"+key+"&n=3", `["3",[4000,"b\u00fcy"],"never"]`, 204, "")
	conversation.wantClosed(4000, "büy")
	w.want("POST", "/a/0/s/xhr"+key, "", 200, "c[4000,\"\"]\n")
}

// TestRelayPlainBinary checks what a plain client of SockJS receives of a binary message.
func TestRelayPlainBinary(t *testing.T) {
	t.Parallel()
	conversation := newConversation(t)
	conversation.onConnected = func(p *fakeConversation) { p.session.SendBinary([]byte{0, 255}) }
	w := startWeb(t, Options{}, conversation)
	w.want("POST", "/a/0/s/xhr", "", 200, "o\n")
	w.want("POST", "/a/0/s/xhr", "", 200, "a[\"AP8=\"]\n")
	w.want("POST", "/a/0/s/xhr_send", `[["AP8="]]`, 500, "Broken JSON encoding.\n")
}

func TestOpenRefused(t *testing.T) {
	t.Parallel()
	h := services{}
	for name, answer := range map[string]Answer{
		"a":     {Status: 401, Body: "who are you?\n", Header: http.Header{"WWW-Authenticate": {"Basic"}}},
		"b":     {},
		"wrong": {Protocol: "nobody offered it"},
		"forge": {Header: http.Header{"A": {"b\r\nc: d"}}},
		"name":  {Status: 401, Header: http.Header{"A: b\r\nC": {"d"}}},
		"frame": {Header: http.Header{"Content-Length": {"100"}}},
	} {
		h[name] = newService(t, Options{}, nil)
		h[name].answer = answer
	}
	s, address := serve(t, Options{MaxConnections: 1}, h)
	w := newWeb(t, "http://"+address)
	r := w.want("POST", "/a/0/s/xhr", "", 401, "who are you?\n")
	wantHeader(t, r, "WWW-Authenticate", "Basic")
	for _, name := range []string{"wrong", "forge", "name", "frame"} {
		w.want("POST", "/"+name+"/0/s/xhr", "", 500, "the module failed\n")
	}
	if n := s.remembered(); n != 0 {
		t.Error(n, "sessions are left")
	}
	w.want("POST", "/b/0/s/xhr", "", 200, "o\n") // the one slot is free again
	if r := w.do("POST", "/b/0/s2/xhr", ""); r.StatusCode != 503 || r.Header.Get("Retry-After") == "" {
		t.Error(r.Status)
	}
}

func TestRelayOrigins(t *testing.T) {
	t.Parallel()
	var log logBuffer
	_, address := serve(t, Options{Origins: []string{"https://a.com", "null"}, Log: log.logger()}, services{"a": newService(t, Options{}, nil)})
	w := newWeb(t, "http://"+address)
	for _, test := range []struct {
		header string
		post   int // xhr, xhr_streaming
		get    int // eventsource, htmlfile, jsonp, info
	}{
		{"Origin: https://a.com", 200, 200}, {"Origin: https://A.com:443", 200, 200}, {"Origin: null", 200, 200},
		{"Origin: http://a.com", 403, 403}, {"Origin: https://b.com", 403, 403},
		{"Referer: https://a.com/x/y", 200, 200}, {"Referer: https://b.com/?https://a.com/", 403, 403},
		{"Referer: https://a.com@b.com/", 403, 403},
		{"X: no browser, or a page that hides", 200, 403},
	} {
		for _, request := range []string{"POST /xhr", "POST /xhr_streaming", "GET /eventsource", "GET /htmlfile?c=x", "GET /jsonp?c=x"} {
			method, path, _ := strings.Cut(request, " ")
			status := test.post
			if method == "GET" {
				status = test.get
			}
			r := w.do(method, "/a"+newSession()+path, "", test.header)
			if r.StatusCode != status || status == 403 && r.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s, %s: %s, %v", test.header, request, r.Status, r.Header)
			}
			r.Body.Close()
		}
		for _, path := range []string{"/a/info", "/a/0/x/xhr", "/a/0/x/xhr_send", "/a/0/x/jsonp_send"} {
			method, want := "OPTIONS", 204
			if test.post == 403 {
				want = 403
			}
			if r := w.do(method, path, "", test.header); r.StatusCode != want {
				t.Errorf("%s, OPTIONS %s: %s", test.header, path, r.Status)
			}
		}
	}
	if !strings.Contains(log.String(), "status=403 cause=\"the origin is not allowed\" origin=https://b.com") {
		t.Error("not logged: ", log.String())
	}
	wantHeader(t, w.do("GET", "/a/iframe.html", ""), "Content-Security-Policy", "frame-ancestors https://a.com")
}

// A page of another site cannot speak with the server through the frame either.
// pipeWeb starts a server with one conversation in a synctest bubble, with requests to it over pipes.
func pipeWeb(t *testing.T, o Options, p *fakeConversation) (w *web, stop func()) {
	return pipeServer(t, o, oneConversation(p))
}

// pipeServer is pipeWeb for any handler.
func pipeServer(t *testing.T, o Options, h Handler) (w *web, stop func()) {
	l := newPipeListener()
	s := serveOn(t, l, o, h)
	transport := &http.Transport{DialContext: l.dialContext}
	return &web{t: t, base: "http://localhost", client: &http.Client{Transport: transport}, server: s}, func() {
		transport.CloseIdleConnections()
		synctest.Wait() // for sessions that are about to end
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := s.Shutdown(ctx); err != nil && !strings.Contains(fmt.Sprint(err), "0 sessions") {
			t.Error(err)
		}
	}
}
