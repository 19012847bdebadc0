package transport

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"sync"

	"node.websocket/transport/sockjs"
)

// greet answers a plain GET of a resource that has no page: browsers with a page that tells how to connect, and
// SockJS's clients, like all others, with what SockJS prescribes.
func (s *Server) greet(w http.ResponseWriter, r *http.Request, name string, resource Resource) {
	h := w.Header()
	h.Set("Vary", "Accept")
	h.Set("X-Content-Type-Options", "nosniff")
	if !acceptsHTML(r) {
		h.Set("Content-Type", "text/plain; charset=UTF-8")
		w.Write([]byte(sockjs.Greeting))
		return
	}
	page := resourcePage()
	_, secure := s.client(r)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", page.policy)
	h.Set("Cache-Control", "no-cache") // the module may be gone the next time
	_ = page.template.Execute(w, newGreeting(r, secure, name, cmp.Or(resource.Options(), &s.options), page.style))
}

// acceptsHTML reports whether a client names HTML among the types that it accepts, as browsers do for what
// they show to people. What accepts anything does not.
func acceptsHTML(r *http.Request) bool {
	for accepted := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		if kind, _, _ := strings.Cut(accepted, ";"); strings.EqualFold(strings.TrimSpace(kind), "text/html") {
			return true
		}
	}
	return false
}

// resourcePage returns the page for browsers. It is parsed when it is first asked for.
var resourcePage = sync.OnceValue(func() (page struct {
	template *template.Template
	style    template.CSS
	policy   string
}) {
	style := clientFile("resource.css")
	page.style = template.CSS(style)
	page.template = template.Must(template.New("resource").Parse(clientFile("resource.html")))
	page.policy = pagePolicy(style)
	return page
})

// pagePolicy returns the Content-Security-Policy of a page with this style: no script, but any connection,
// for those who try one in the browser's console.
func pagePolicy(style string) string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; connect-src *; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// A greeting holds the contents of the page for browsers.
type greeting struct {
	Path      string // of the resource
	Address   string // URL of its WebSocket
	Script    string // URL of client.js
	Protocols string // the second argument of new WebSocket, with a comma before it; "": none
	Style     template.CSS
}

func newGreeting(r *http.Request, secure bool, name string, o *Options, style template.CSS) greeting {
	g := greeting{Path: "/" + name, Style: style}
	if name == defaultResource {
		g.Path = "/"
	}
	path := g.Path
	g.Path = strings.ReplaceAll(g.Path, string(encodedSlash), "%2F")
	scheme := "://"
	if secure {
		scheme = "s://"
	}
	host := r.Host
	if host == "" || strings.Trim(strings.ToLower(host), "abcdefghijklmnopqrstuvwxyz0123456789-._:[]") != "" {
		host = "localhost" // no browser has sent that
	}
	g.Address = "ws" + scheme + host + escapePath(path)
	g.Script = "http" + scheme + host + clientPath
	if len(o.Protocols) > 0 {
		g.Protocols = fmt.Sprintf(", %q", o.Protocols[0])
	}
	return g
}
