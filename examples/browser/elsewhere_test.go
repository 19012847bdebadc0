package browser

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestElsewhere checks that a link that names another server makes the page go there with its own
// script, over any transport, and that the page runs no script of that server.
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
	p.forgive("WebSocket connection to")
}
