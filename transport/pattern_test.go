package transport

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"testing"
)

// A patternHandler serves "a", "a/[x]" and "[y]/[z]/[w]/[v]".
type patternHandler struct{ fakeResponder }

func (h patternHandler) Resource(name string) (Resource, error) {
	segments := strings.Split(name, "/")
	switch {
	case name == "a":
	case len(segments) == 2 && segments[0] == "a":
		name = "a/[x]"
	case len(segments) == 4:
		name = "[y]/[z]/[w]/[v]"
	default:
		return nil, fs.ErrNotExist
	}
	h.name = name
	return h, nil
}

// TestPattern checks that the paths of SockJS come before parameters, but not before them for WebSockets, and
// that the log names the pattern.
func TestPattern(t *testing.T) {
	t.Parallel()
	h := patternHandler{newResponder(t, func(_ context.Context, r *Request, _ []byte) (Answer, error) {
		return Answer{Body: r.Resource + " " + r.Path}, nil
	})}
	h.open = func(_ context.Context, p *fakeConversation) (Answer, error) {
		if p.request.Transport != transportWebSocket {
			return Answer{}, nil
		}
		return Answer{Status: 418, Body: p.request.Resource + " " + p.request.Path}, nil
	}
	log := new(logBuffer)
	_, address := serve(t, Options{Log: log.logger()}, h)
	for _, c := range []struct {
		method, target string
		opening        bool
		want           string
	}{
		{"GET", "/a", false, "a /a"},
		{"GET", "/A/B%20c", false, "a/[x] /A/B c"},
		{"GET", "/a/B%2Fc", false, `a/[x] /a/B\c`},
		{"GET", "/a%2Fb", false, "there is no such resource\n"},
		{"GET", "/a%2Finfo", false, "there is no such resource\n"},
		{"GET", "/a/info", false, "{"},
		{"POST", "/a/0/s1/xhr", false, "o\n"},
		{"POST", "/b/0/s1/xhr", false, "[y]/[z]/[w]/[v] /b/0/s1/xhr"}, // there is no b
		{"GET", "/a/secret-id", true, "a/[x] /a/secret-id"},
		{"GET", "/a/info", true, "a/[x] /a/info"},
		{"GET", "/a/b%2Finfo", true, `a/[x] /a/b\info`},
		{"GET", "/a/b%2Fc/websocket", true, `a/[x] /a/b\c`},
		{"GET", "/a/websocket", true, "a /a"},
		{"GET", "/a/0/s2/websocket", true, "a /a"},
	} {
		conn := dial(t, address)
		head := c.method + " " + c.target + " HTTP/1.1\r\nHost: localhost\r\n"
		if c.opening {
			conn.raw([]byte(head + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"))
		} else {
			conn.raw([]byte(head + "Connection: close\r\n\r\n"))
		}
		r, err := http.ReadResponse(conn.in, nil)
		if err != nil {
			t.Errorf("%s: %v", c.target, err)
			continue
		}
		body, _ := io.ReadAll(r.Body)
		if !strings.HasPrefix(string(body), c.want) || c.want != "{" && string(body) != c.want || c.opening != (r.StatusCode == 418) {
			t.Errorf("%s: %d %q, want %q", c.target, r.StatusCode, body, c.want)
		}
	}
	if text := log.String(); strings.Contains(text, "secret-id") || !strings.Contains(text, "resource=a/[x]") {
		t.Error(text)
	}
}
