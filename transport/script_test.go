package transport

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
	"testing/fstest"
)

func TestClientScript(t *testing.T) {
	t.Parallel()
	_, address := serve(t, Options{}, services{})
	w := newWeb(t, "http://"+address)
	r := w.do("GET", "/client.js", "", "Accept-Encoding: identity")
	text, _ := io.ReadAll(r.Body)
	wantHeader(t, r, "Content-Type", "text/javascript; charset=utf-8")
	wantHeader(t, r, "Cache-Control", "no-cache")
	if !bytes.Contains(text, []byte("window.Socket = Socket")) || bytes.Contains(text, []byte("http://")) {
		t.Errorf("%.200s", text)
	}
	w.want("GET", "/client.js", "", 304, "", "Accept-Encoding: identity", "If-None-Match: "+r.Header.Get("ETag"))
	packed := w.do("GET", "/client.js", "", "Accept-Encoding: br, GZIP;q=0.5")
	sent, _ := io.ReadAll(packed.Body)
	if t.Logf("client.js: %d bytes, %d with gzip", len(text), len(sent)); len(sent) >= 9500 {
		t.Errorf("client.js has %d bytes with gzip", len(sent))
	}
	wantHeader(t, packed, "Content-Encoding", "gzip")
	wantHeader(t, packed, "Vary", "Accept-Encoding")
	gz, err := gzip.NewReader(bytes.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	if unpacked, err := io.ReadAll(gz); err != nil || !bytes.Equal(unpacked, text) {
		t.Errorf("%d bytes after gzip, %d without, error %v", len(unpacked), len(text), err)
	}
	if packed.Header.Get("ETag") == r.Header.Get("ETag") {
		t.Error("the same ETag with and without gzip")
	}
	w.want("GET", "/client.js", "", 304, "", "Accept-Encoding: gzip", "If-None-Match: "+packed.Header.Get("ETag"))
	for _, plain := range []string{"gzip;q=0", "x-gzip, br", "identity"} {
		wantHeader(t, w.do("GET", "/client.js", "", "Accept-Encoding: "+plain), "Content-Encoding", "")
	}
	types, _ := io.ReadAll(w.do("GET", "/client.d.ts", "").Body)
	if !strings.Contains(string(types), "\ndeclare class Socket") || strings.Contains(string(types), "\nexport") {
		t.Errorf("%.200s", types)
	}
	r = w.do("GET", "/client.mjs", "", "Accept-Encoding: identity")
	module, _ := io.ReadAll(r.Body)
	wantHeader(t, r, "Content-Type", "text/javascript; charset=utf-8")
	wantHeader(t, r, "Access-Control-Allow-Origin", "*")
	if !bytes.Contains(module, text) || !bytes.Contains(module, []byte("\nexport const Socket")) {
		t.Errorf("%.200s", module)
	}
	types, _ = io.ReadAll(w.do("GET", "/client.d.mts", "").Body)
	if !strings.Contains(string(types), "\nexport declare class Socket") {
		t.Errorf("%.200s", types)
	}
	if r := w.do("POST", "/client.js", ""); r.StatusCode != 404 {
		t.Error("POST: ", r.Status)
	}

	// A page of the user's comes first.
	_, address = serve(t, Options{Public: fstest.MapFS{"client.js": {Data: []byte("mine")}}}, services{})
	newWeb(t, "http://"+address).want("GET", "/client.js", "", 200, "mine")
}

// What is found at a path that may mean several things: a page, then a module, then what SockJS has there.
