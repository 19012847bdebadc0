package command

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

const fallbackModule = `var Module = this.Module = function(){ };
Module.prototype.onConnect = function(c){ c.send(c.transport + ' ' + c.version + ' ' + c.request.method + ' ' + c.request.url) };
Module.prototype.onData = function(d, c){ c.send(d) };
`

// TestFallbackOptionsServe checks the options of the fallback transports by requests, as the command
// line sets them and as a module overrides them.
func TestFallbackOptionsServe(t *testing.T) {
	t.Parallel()
	p := commandtest.Start(t, map[string]string{
		"all.js":  fallbackModule,
		"poll.js": fallbackModule + `Module.options = {transports: ['xhr-polling', 'jsonp-polling'], cookie: false, responseLimit: 1}`,
	}, "--transports", "['xhr-streaming', 'xhr-polling']", "--cookie", "--origins", "http://a.com")
	request := func(method, path string, header ...string) (*http.Response, string) {
		q, err := http.NewRequestWithContext(t.Context(), method, fmt.Sprintf("http://127.0.0.1:%d%s", p.Port, path), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range header {
			name, value, _ := strings.Cut(h, ": ")
			q.Header.Set(name, value)
		}
		r, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		if strings.HasSuffix(path, "streaming") {
			return r, ""
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r, string(body)
	}
	for _, c := range []struct {
		method, path string
		status       int
		cookie       bool
	}{
		{"POST", "/all/0/a/xhr", 200, true}, {"POST", "/all/0/b/xhr_streaming", 200, true}, {"GET", "/all/0/c/eventsource", 404, false},
		{"GET", "/all/0/d/jsonp?c=x", 404, false}, {"GET", "/all/0/e/htmlfile?c=x", 404, false}, {"GET", "/all/websocket", 404, false},
		{"POST", "/poll/0/a/xhr", 200, false}, {"POST", "/poll/0/b/xhr_streaming", 404, false},
		{"GET", "/poll/0/d/jsonp?c=x", 200, false},
	} {
		r, _ := request(c.method, c.path, "Origin: http://a.com")
		if r.StatusCode != c.status || (r.Header.Get("Set-Cookie") != "") != c.cookie {
			t.Errorf("%s %s: %s, cookie %q", c.method, c.path, r.Status, r.Header.Get("Set-Cookie"))
		}
		if r, _ := request(c.method, c.path+"x", "Origin: http://b.com"); c.status == 200 && r.StatusCode == 200 {
			t.Errorf("%s %s: another origin gets %s", c.method, c.path, r.Status)
		}
	}
	if r, body := request("POST", "/all/0/z/xhr", "Origin: http://b.com"); r.StatusCode != 403 || body != "the origin is not allowed\n" {
		t.Errorf("another origin: %s %q", r.Status, body)
	}
	p.Wait("the line of the log", func() bool {
		return strings.Contains(p.Text(), "http://b.com") && strings.Contains(p.Text(), "the origin is not allowed")
	})
	if _, err := p.Connect("/all", "Origin: http://a.com\r\n"); err == nil || !strings.Contains(err.Error(), "404") {
		t.Error("a WebSocket, which is not served: ", err)
	}
	if _, body := request("GET", "/all/info", "Origin: http://a.com"); !strings.Contains(body, `"websocket":false`) || !strings.Contains(body, `"cookie_needed":true`) {
		t.Error(body)
	}

	// The module sees the same connection as with a WebSocket, except for its transport and version.
	if _, body := request("POST", "/all/0/a/xhr", "Origin: http://a.com"); body != "a[\"xhr-polling null GET /all\"]\n" {
		t.Errorf("%q", body)
	}
}
