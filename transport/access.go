package transport

import (
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// An accessed is a http.ResponseWriter that notes what is answered, for Options.AccessLog.
type accessed struct {
	http.ResponseWriter
	status int // 0: not yet
	bytes  int64
}

func (a *accessed) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *accessed) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(p)
	a.bytes += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (a *accessed) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// mostLogged is the most bytes of a path in the log. A client may send one of 16 KiB.
const mostLogged = 200

// shorten returns a text of which the log has no more than is needed to recognize it.
func shorten(text string) string {
	if len(text) <= mostLogged {
		return text
	}
	return strings.ToValidUTF8(text[:mostLogged], "") + "…"
}

// pageLogged is page, with a line for the answer. The line has no query, which may contain what is secret.
func (s *Server) pageLogged(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	a := &accessed{ResponseWriter: w}
	s.page(a, r)
	address, _ := s.client(r)
	s.log.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("client", logAddress(r, address)), slog.String("method", r.Method), slog.String("path", shorten(r.URL.Path)),
		slog.Int("status", a.status), slog.Int64("bytes", a.bytes), slog.Duration("duration", time.Since(began).Round(time.Microsecond)))
}
