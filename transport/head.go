package transport

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// headOf returns a request's head, as Request.Head has it. What HTTP/2 calls pseudo-headers is in the
// first line and in Host, or not there at all.
func headOf(r *http.Request) string {
	names := slices.Sorted(maps.Keys(r.Header))
	size := len(r.Method) + len(r.RequestURI) + len(r.Proto) + len(r.Host) + len("  \r\nHost: \r\n")
	for _, name := range names {
		for _, value := range r.Header[name] {
			size += len(name) + len(value) + len(": \r\n")
		}
	}
	var b strings.Builder
	b.Grow(size)
	for _, s := range []string{r.Method, " ", r.RequestURI, " ", r.Proto, "\r\n"} {
		b.WriteString(s)
	}
	line := func(name, value string) {
		for _, s := range []string{name, ": ", value, "\r\n"} {
			b.WriteString(s)
		}
	}
	if r.Host != "" {
		line("Host", r.Host)
	}
	for _, name := range names {
		if name[0] == ':' {
			continue
		}
		for _, value := range r.Header[name] {
			line(name, value)
		}
	}
	return b.String()
}

// shared returns s as a part of whole, so that it holds no memory of its own, or s itself if it is none.
func shared(whole, s string) string {
	if i := strings.Index(whole, s); i >= 0 {
		return whole[i : i+len(s)]
	}
	return s
}
