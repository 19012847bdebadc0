package console

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"node.websocket/transport"
)

// TestRefusal checks who may see a console without a token and one with it.
func TestRefusal(t *testing.T) {
	get := func(change func(r *transport.Request)) *transport.Request {
		r := &transport.Request{Head: "GET /_console HTTP/1.1\r\nHost: localhost:8080\r\n", Host: "localhost:8080", RemoteAddress: "127.0.0.1"}
		change(r)
		return r
	}
	for name, c := range map[string]struct {
		request             *transport.Request
		withToken, noTokens bool // it may see the console
	}{
		"local":            {get(func(*transport.Request) {}), true, true},
		"own page":         {get(func(r *transport.Request) { r.Origin = "http://LOCALHOST:8080" }), true, true},
		"own page, TLS":    {get(func(r *transport.Request) { r.Origin, r.Secure = "https://localhost:8080", true }), true, true},
		"another page":     {get(func(r *transport.Request) { r.Origin = "http://example.com" }), false, false},
		"another port":     {get(func(r *transport.Request) { r.Origin = "http://localhost:3000" }), false, false},
		"another scheme":   {get(func(r *transport.Request) { r.Origin = "https://localhost:8080" }), false, false},
		"no page":          {get(func(r *transport.Request) { r.Origin = "null" }), false, false},
		"rebound name":     {get(func(r *transport.Request) { r.Host, r.Origin = "evil.example:8080", "http://evil.example:8080" }), true, false},
		"like localhost":   {get(func(r *transport.Request) { r.Host = "localhost.evil.example" }), true, false},
		"user in the host": {get(func(r *transport.Request) { r.Host = "evil@localhost" }), true, false},
		"below localhost":  {get(func(r *transport.Request) { r.Host = "a.localhost:8080" }), true, true},
		"IPv4":             {get(func(r *transport.Request) { r.Host = "127.0.0.1:8080" }), true, true},
		"IPv6":             {get(func(r *transport.Request) { r.Host, r.RemoteAddress = "[::1]:8080", "::1" }), true, true},
		"another address":  {get(func(r *transport.Request) { r.Host = "192.168.1.7:8080" }), true, false},
		"no host":          {get(func(r *transport.Request) { r.Host = "" }), true, false},
		"from elsewhere":   {get(func(r *transport.Request) { r.RemoteAddress = "192.168.1.7" }), true, false},
		"by a proxy":       {get(func(r *transport.Request) { r.Head += "X-Forwarded-For: 127.0.0.1\r\n" }), true, false},
		"by another proxy": {get(func(r *transport.Request) { r.Head += "FORWARDED: for=127.0.0.1\r\n" }), true, false},
	} {
		for token, want := range map[string]bool{"": c.noTokens, "correct-horse-battery": c.withToken} {
			console := New(Options{Token: token, Log: slog.New(slog.DiscardHandler)})
			if why := console.refusal(c.request); (why == "") != want {
				t.Errorf("%s, token %q: %q", name, token, why)
			}
		}
	}
}

// TestToken checks that nothing but the token is taken for it.
func TestToken(t *testing.T) {
	c := New(Options{Token: "correct-horse-battery", Log: slog.New(slog.DiscardHandler)})
	for sent, want := range map[string]bool{"correct-horse-battery": true, "": false, "correct-horse-batter": false, "Correct-horse-battery": false} {
		if c.isToken(sent) != want {
			t.Errorf("%q: %v", sent, !want)
		}
	}
}

// closingSession is a page that is closed.
type closingSession struct {
	session
	closed []int
}

func (s *closingSession) ID() string               { return "x" }
func (s *closingSession) Close(code int, _ string) { s.closed = append(s.closed, code) }

// TestTokensTogether sends several tokens at once, of which only the first may be looked at.
func TestTokensTogether(t *testing.T) {
	var log strings.Builder
	c := New(Options{Token: "correct-horse-battery", Log: slog.New(slog.NewTextHandler(&log, nil))})
	page := &closingSession{}
	v := &view{console: c, session: page}
	var batch []transport.Message
	for _, text := range []string{`{"token":"a"}`, `{"token":"b"}`, `{"token":"correct-horse-battery"}`} {
		batch = append(batch, transport.Message{Data: []byte(text)})
	}
	if taken := v.Receive(batch); taken != len(batch) || v.admitted || len(page.closed) != 1 || strings.Count(log.String(), "\n") != 1 {
		t.Errorf("%d taken, admitted: %t, closed with %v\n%s", taken, v.admitted, page.closed, &log)
	}
}

// TestLongTopics has a row name no more topics than fit.
func TestLongTopics(t *testing.T) {
	long := strings.Repeat("<", 256)
	for _, c := range []struct{ all, want []string }{
		{nil, nil},
		{[]string{"a", "b"}, []string{"a", "b"}},
		{[]string{long, long, long, long, "a"}, []string{long, long, long, long}},
		{slices.Repeat([]string{"a"}, 30), slices.Repeat([]string{"a"}, mostTopics)},
	} {
		if got := firstTopics(c.all); !slices.Equal(got, c.want) {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
