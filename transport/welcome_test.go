package transport

import (
	"io"
	"strings"
	"testing"
	"testing/fstest"
)

// TestWelcome checks that browsers, and no others, get a page at "/" where there is nothing, and that it is a 404 all the same.
func TestWelcome(t *testing.T) {
	t.Parallel()
	_, address := serve(t, Options{Public: fstest.MapFS{"other.html": {Data: []byte("other")}}}, services{})
	w := newWeb(t, "http://"+address)
	r := w.do("GET", "/", "", "Accept: text/html,*/*")
	body, _ := io.ReadAll(r.Body)
	wantHeader(t, r, "Content-Type", "text/html; charset=utf-8")
	wantHeader(t, r, "X-Content-Type-Options", "nosniff")
	if r.StatusCode != 404 || !strings.HasPrefix(string(body), "<!doctype html>") || !strings.Contains(string(body), "<style>:root {") {
		t.Errorf("%s: %s", r.Status, body)
	}
	if policy := r.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; ") {
		t.Errorf("Content-Security-Policy: %s", policy)
	}
	w.want("GET", "/", "", 404, "there is no such resource\n", "Accept: */*")
	w.want("GET", "/nosuch", "", 404, "there is no such resource\n", "Accept: text/html")
	w.want("POST", "/", "", 404, "there is no such resource\n", "Accept: text/html")

	_, address = serve(t, Options{}, services{"_default": newService(t, Options{}, nil)})
	if r := newWeb(t, "http://"+address).do("GET", "/", "", "Accept: text/html"); r.StatusCode != 200 {
		t.Error(r.Status)
	}
}
