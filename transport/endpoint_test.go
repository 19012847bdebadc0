package transport

import (
	"strings"
	"testing"
	"testing/fstest"
)

// TestEndpoint checks what is found at a path that may mean several things: a page first, then a
// module, then SockJS.
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
			if r := p.request; r.Path != test.seen || p.http().Method != "GET" || !strings.HasPrefix(p.http().RequestURI, test.seen) || strings.Contains(p.http().RequestURI, "xhr") {
				t.Errorf("%s: the module sees %s %s, path %s", test.path, p.http().Method, p.http().RequestURI, r.Path)
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
