package transport

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
)

func TestPages(t *testing.T) {
	t.Parallel()
	public := fstest.MapFS{
		"index.html":       {Data: []byte("<!doctype html>index")},
		"style.css":        {Data: []byte("body{}")},
		"a/index.html":     {Data: []byte("<!doctype html>a")},
		"Sub Folder/x.txt": {Data: []byte("x")},
		`Sub Folder\x.txt`: {Data: []byte("no client has this name")},
		".git/config":      {Data: []byte("secret")},
		"Sub Folder/.env":  {Data: []byte("secret")},
	}
	h := &fakeHandler{conversation: func() *fakeConversation { return newConversation(t) }}
	_, with := serve(t, Options{Public: public}, h)
	_, without := serve(t, Options{}, h)
	for _, test := range []struct {
		address, method, target string
		status                  int
		body, header, value     string
	}{
		{with, "GET", "/", 200, "<!doctype html>index", "Content-Type", "text/html; charset=utf-8"},
		{with, "GET", "/?x=y", 200, "<!doctype html>index", "Cache-Control", "no-cache"},
		{with, "HEAD", "/", 200, "", "Content-Length", "20"},
		{with, "GET", "http://other/", 200, "<!doctype html>index", "", ""},
		{with, "GET", "/style.css", 200, "body{}", "X-Content-Type-Options", "nosniff"},
		{with, "GET", "/Sub%20Folder/x.txt", 200, "x", "", ""},
		{with, "GET", "/Sub%20Folder%2Fx.txt", 404, "there is no such resource\n", "", ""},
		{with, "GET", "/a", 301, "", "Location", "a/"},
		{with, "GET", "/a/", 200, "<!doctype html>a", "", ""},
		{with, "GET", "/Sub%20Folder/", 404, "there is no such resource\n", "", ""},
		{with, "GET", "/Sub%20Folder", 404, "there is no such resource\n", "", ""},
		{with, "GET", "/.git/config", 404, "there is no such resource\n", "", ""},
		{with, "GET", "/Sub%20Folder/.env", 404, "there is no such resource\n", "", ""},
		{with, "GET", "//style.css", 404, "there is no such page\n", "", ""},
		{with, "GET", "/x/../style.css", 404, "there is no such page\n", "", ""},
		{with, "GET", "/%2e%2e/style.css", 404, "there is no such page\n", "", ""},
		{with, "GET", "/a%00", 400, "the path is malformed\n", "", ""},
		{with, "GET", `/..%5cstyle.css`, 400, "the path is malformed\n", "", ""},
		{with, "GET", "/favicon.ico", 404, "there is no such resource\n", "Content-Type", "text/plain; charset=utf-8"},
		{with, "GET", "/broken", 500, "the module fails to load\n", "", ""},
		{with, "GET", "/_default", 200, "Welcome to SockJS!\n", "Content-Type", "text/plain; charset=UTF-8"},
		{with, "GET", "/_default/", 200, "Welcome to SockJS!\n", "X-Content-Type-Options", "nosniff"},
		{with, "POST", "/", 405, "there are only pages here, and WebSockets\n", "Allow", "GET, HEAD"},
		{with, "OPTIONS", "*", 405, "there are only pages here, and WebSockets\n", "", ""},
		{with, "POST", "/nosuch", 404, "there is no such resource\n", "", ""},
		{with, "POST", "/style.css", 405, "there are only pages here, and WebSockets\n", "Allow", "GET, HEAD"},
		{without, "POST", "//", 404, "there is no such resource\n", "", ""},
		{with, "DELETE", "/a", 405, "there are only pages here, and WebSockets\n", "", ""},
		{without, "GET", "/", 200, "Welcome to SockJS!\n", "Content-Type", "text/plain; charset=UTF-8"},
		{without, "GET", "/a", 200, "Welcome to SockJS!\n", "Content-Length", "19"},
		{without, "GET", "/style.css", 404, "there is no such resource\n", "", ""},
	} {
		c := dial(t, test.address)
		c.raw([]byte(test.method + " " + test.target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
		r, err := http.ReadResponse(c.in, &http.Request{Method: test.method})
		if err != nil {
			t.Errorf("%s %s: %v", test.method, test.target, err)
			continue
		}
		body, _ := io.ReadAll(r.Body)
		if r.StatusCode != test.status || test.status != 301 && string(body) != test.body || strings.Contains(string(body), "secret") {
			t.Errorf("%s %s: %d %q, want %d %q", test.method, test.target, r.StatusCode, body, test.status, test.body)
		}
		if got := r.Header.Get(test.header); test.header != "" && got != test.value {
			t.Errorf("%s %s: %s is %q, want %q", test.method, test.target, test.header, got, test.value)
		}
	}
	if h.opens.Load() != 0 {
		t.Error("a plain request made an instance")
	}
}

// A patterned has a resource with a parameter in its name, which serves all names but those of its fakeHandler.
type patterned struct{ *fakeHandler }

func (h patterned) Resource(name string) (Resource, error) {
	switch resource, err := h.fakeHandler.Resource(name); {
	case name == "health":
		return fakeResource{h.fakeHandler, name}, nil
	case errors.Is(err, fs.ErrNotExist):
		return fakeResource{h.fakeHandler, "[id]"}, nil
	default:
		return resource, err
	}
}

// TestOwnPages checks that a module takes the name of a page of the server's own only if it is called so.
func TestOwnPages(t *testing.T) {
	t.Parallel()
	h := patterned{&fakeHandler{conversation: func() *fakeConversation { return newConversation(t) }}}
	metrics := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "measured") })
	_, with := serve(t, Options{Metrics: metrics}, h)
	_, without := serve(t, Options{}, h)
	for _, test := range []struct{ address, path, want string }{
		{with, "/ready", "ok\n"},
		{with, "/metrics", "measured"},
		{with, "/health", "Welcome to SockJS!\n"},
		{with, "/other", "Welcome to SockJS!\n"},
		{without, "/metrics", "Welcome to SockJS!\n"},
	} {
		response, err := http.Get("http://" + test.address + test.path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || string(body) != test.want {
			t.Errorf("%s: %q, %v, want %q", test.path, body, err, test.want)
		}
	}
}
