package browser

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestSubPath checks that the pages work behind a proxy that serves them, and the sockets, below a path.
func TestSubPath(t *testing.T) {
	s := startServer(t)
	target, err := url.Parse("http://" + s.Address())
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/some/where/", http.StripPrefix("/some/where", &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
	}))
	proxy := httptest.NewServer(mux)
	t.Cleanup(proxy.Close)
	at := proxy.URL + "/some/where/"
	sockets := strings.Replace(at, "http", "ws", 1)

	p := open(t, at+"echo.html")
	p.waitText("#detail", sockets+"echo by websocket")
	for _, transport := range clientTransports {
		p.force(transport)
		p.waitText("#detail", sockets+"echo by "+transport)
		p.write("#text", "below by "+transport)
		p.waitText("#log li:first-child.in", "below by "+transport)
	}

	index := open(t, at)
	index.waitText("#address", "new WebSocket('"+sockets+"hello')")
	index.write("#line", "hello")
	index.waitText("#log li.in", "hello")
	index.click(`nav a[href*="chat.html"]`)
	index.do("following a link", chromedp.WaitReady(chromedp.CSS("#nick")))
	index.waitText("#detail", sockets+"chat by websocket")
}
