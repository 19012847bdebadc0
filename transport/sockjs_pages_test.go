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
	if t.Logf("client.js: %d bytes, %d with gzip", len(text), len(sent)); len(sent) >= 6000 {
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
	if !strings.Contains(string(types), "declare class Socket") {
		t.Errorf("%.200s", types)
	}
	if r := w.do("POST", "/client.js", ""); r.StatusCode != 404 {
		t.Error("POST: ", r.Status)
	}

	// Who has a file of that name means it.
	_, address = serve(t, Options{Public: fstest.MapFS{"client.js": {Data: []byte("mine")}}}, services{})
	newWeb(t, "http://"+address).want("GET", "/client.js", "", 200, "mine")
}

// What is found at a path that may mean several things: a page, then a module, then what SockJS has there.
func TestEndpoint(t *testing.T) {
	t.Parallel()
	public := fstest.MapFS{"chat/info": {Data: []byte("a page")}}
	h := services{}
	for _, name := range []string{"chat", "a/b", "chat/000/x/xhr", "lobby", "lobby/info", "_default"} {
		h[name] = newService(t, Options{}, nil)
	}
	_, address := serve(t, Options{Public: public}, h)
	w := newWeb(t, "http://"+address)
	w.want("GET", "/chat/info", "", 200, "a page")
	w.want("GET", "/lobby/info", "", 200, "Welcome to SockJS!\n")
	if r := w.do("POST", "/chat/000/x/xhr", ""); r.StatusCode != 405 || h["chat/000/x/xhr"].opens.Load()+h["chat"].opens.Load() != 0 {
		t.Error(r.Status)
	}
	for _, test := range []struct {
		path, name, seen string
	}{
		{"/chat/000/y/xhr", "chat", "/chat"},
		{"/Chat/000/z/xhr?a=b", "chat", "/Chat"},
		{"/a/b/000/x/xhr", "a/b", "/a/b"},
		{"/000/x/xhr", "_default", "/"},
		{"/a/b/xhr", "_default", "/"}, // a session b of "/", since there is no module a
	} {
		w.want("POST", test.path, "", 200, "o\n")
		select {
		case p := <-h[test.name].opened:
			if r := p.request; r.Path != test.seen || r.HTTP.Method != "GET" || !strings.HasPrefix(r.HTTP.RequestURI, test.seen) || strings.Contains(r.HTTP.RequestURI, "xhr") {
				t.Errorf("%s: the module sees %s %s, path %s", test.path, r.HTTP.Method, r.HTTP.RequestURI, r.Path)
			}
		default:
			t.Errorf("%s did not open %s", test.path, test.name)
		}
	}
	for _, path := range []string{"/nosuch/x/info", "/chat/000/xhr_send/", "/chat/XHR", "/chat/000/x/y/z/xhr", "/chat//x/xhr", "/chat/000/" + strings.Repeat("x", 129) + "/xhr"} {
		if r := w.do("POST", path, ""); r.StatusCode != 404 {
			t.Errorf("%s: %s", path, r.Status)
		}
	}
}
