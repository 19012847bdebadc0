package browser

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// A link may send a page to another server. It goes there with its own script, by whatever transport, and runs none of that server's.
func TestElsewhere(t *testing.T) {
	pages, other := startServer(t), startServer(t)
	for _, transport := range []string{"websocket", "xhr-polling"} {
		p := open(t, pages.page("echo.html?server="+other.Address()+"&transport="+transport))
		p.waitText("#detail", "ws://"+other.Address()+"/echo by "+transport)
		p.write("#text", "far away")
		p.waitText("#log li:first-child.in", "far away")
	}

	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Content-Type", "text/javascript")
		w.Write([]byte("document.title = 'evil';"))
	}))
	defer evil.Close()
	p := newPage(t)
	p.navigate(pages.page("echo.html?transport=websocket&server=" + evil.URL))
	p.waitState("closed")
	if title := eval[string](p, `document.title`); title == "evil" {
		t.Error("a script of the other server was run")
	}
	p.mu.Lock() // that the WebSocket fails is on the console
	p.faults = nil
	p.mu.Unlock()
}
