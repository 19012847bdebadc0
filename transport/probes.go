package transport

import (
	"io"
	"net/http"
)

// probe answers a GET of /health and of /ready, by which load balancers and supervisors find out whether
// to start the program again and whether to send it clients. It reports whether path is one of them.
//
// /health is 200 as long as the server answers at all. /ready is 200 if a new session would find a slot, and
// otherwise 503 with the reason: after Drain, with Options.MaxConnections, and while memory is short.
func (s *Server) probe(w http.ResponseWriter, path string) bool {
	status, text := http.StatusOK, "ok"
	switch path {
	case "/health":
	case "/ready":
		s.mu.Lock()
		err := s.slotLocked()
		s.mu.Unlock()
		if err != nil {
			status, text = http.StatusServiceUnavailable, err.Error()
			w.Header().Set("Retry-After", "10")
		}
	default:
		return false
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	io.WriteString(w, text+"\n")
	return true
}

// Probes returns a handler of /health and /ready for a port of their own, which clients need not reach. It
// needs no TLS and no PROXY header, and answers until its own server ends.
func (s *Server) Probes() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isGet(r) || !s.probe(w, r.URL.Path) {
			http.NotFound(w, r)
		}
	})
}
