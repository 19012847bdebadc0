package transport

import (
	"log/slog"
	"net/http"
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

// pageLogged is page, with a line for the answer. The line has no query, which may contain what is secret.
func (s *Server) pageLogged(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	a := &accessed{ResponseWriter: w}
	s.page(a, r)
	address, _ := s.client(r)
	s.log.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("client", logAddress(r, address)), slog.String("method", r.Method), slog.String("path", r.URL.Path),
		slog.Int("status", a.status), slog.Int64("bytes", a.bytes), slog.Duration("duration", time.Since(began).Round(time.Microsecond)))
}
