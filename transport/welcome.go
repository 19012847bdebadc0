package transport

import (
	"html/template"
	"net/http"
	"strings"
	"sync"
)

// welcome returns the refusal of "/" for browsers where there is nothing: with a page that tells what to do first.
func welcome(refused *refusal) *refusal {
	page := welcomePage()
	own := *refused
	own.body = page.text
	own.header = http.Header{
		"Content-Type": {"text/html; charset=utf-8"}, "Content-Security-Policy": {page.policy}, "Cache-Control": {"no-cache"}, "Vary": {"Accept"},
	}
	return &own
}

// welcomePage returns that page, which is made when it is first asked for.
var welcomePage = sync.OnceValue(func() (page struct{ text, policy string }) {
	style := clientFile("resource.css")
	var text strings.Builder
	if err := template.Must(template.New("welcome").Parse(clientFile("welcome.html"))).Execute(&text, template.CSS(style)); err != nil {
		panic(err) // cannot happen: it is embedded
	}
	page.text, page.policy = text.String(), pagePolicy(style)
	return page
})
