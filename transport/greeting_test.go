package transport

import (
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// TestGreeting checks who gets what SockJS prescribes at a resource, and who the page for people.
func TestGreeting(t *testing.T) {
	t.Parallel()
	_, address := serve(t, Options{}, services{"echo": newService(t, Options{}, nil)})
	w := newWeb(t, "http://"+address)
	for accept, isPage := range map[string]bool{
		"": false, "*/*": false, "text/plain, */*; q=0.01": false, "application/json": false, "text/htmlx": false, "text/*": false,
		"text/html": true, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": true, "image/webp, TEXT/HTML ;q=0.5": true,
	} {
		for _, path := range []string{"/echo", "/echo/"} {
			r := w.do("GET", path, "", "Accept: "+accept)
			body, _ := io.ReadAll(r.Body)
			wantHeader(t, r, "Vary", "Accept")
			wantHeader(t, r, "X-Content-Type-Options", "nosniff")
			if got := strings.HasPrefix(string(body), "<!doctype html>"); r.StatusCode != 200 || got != isPage || !isPage && string(body) != "Welcome to SockJS!\n" {
				t.Errorf("%s with Accept: %s: %d %s", path, accept, r.StatusCode, body)
			}
			if !isPage {
				continue
			}
			wantHeader(t, r, "Content-Type", "text/html; charset=utf-8")
			if policy := r.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") {
				t.Errorf("Content-Security-Policy: %s", policy)
			}
			if text := html.UnescapeString(string(body)); !strings.Contains(text, "new WebSocket('ws://"+address+"/echo')") ||
				!strings.Contains(text, "new Socket('ws://"+address+"/echo')") || !strings.Contains(text, `src="http://`+address+`/client.js"`) {
				t.Errorf("it does not tell the address:\n%s", body)
			}
		}
	}
}

// TestGreetingEscapes checks that nothing of a request becomes HTML or a script's text on the page.
func TestGreetingEscapes(t *testing.T) {
	for _, c := range []struct {
		host, name string
		secure     bool
		address    string
	}{
		{"example.com:81", "a/b", false, "ws://example.com:81/a/b"},
		{"[::1]:81", "_default", true, "wss://[::1]:81/"},
		{"a'-alert(1)-'", "x", false, "ws://localhost/x"},
		{`"><script>`, "<script>'\"", false, "ws://localhost/%3Cscript%3E%27%22"},
		{"h", `a\b`, false, "ws://h/a%2Fb"},
		{"", "ü", false, "ws://localhost/%C3%BC"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = c.host
		page := resourcePage()
		g := newGreeting(r, c.secure, c.name, &Options{Protocols: []string{"it's", "v2"}}, page.style)
		var b strings.Builder
		if err := page.template.Execute(&b, g); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "<script") || !strings.Contains(html.UnescapeString(b.String()), `new WebSocket('`+c.address+`', "it's")`) {
			t.Errorf("%+v:\n%s", c, b.String())
		}
		if n := len(regexp.MustCompile(`<style>`+regexp.QuoteMeta(clientFile("resource.css"))+`</style>`).FindAllString(b.String(), -1)); n != 1 {
			t.Errorf("the style is not the one that the policy allows:\n%s", b.String())
		}
	}
}
