package transport

import (
	"bytes"
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// What a client sends is logged only as the value of an attribute, which every slog.Handler escapes, and
// never in a message.

// log writes a line about the session.
func (s *Session) log(message string, attrs ...slog.Attr) { s.logAt(slog.LevelInfo, message, attrs...) }

func (s *Session) logAt(level slog.Level, message string, attrs ...slog.Attr) {
	if !s.logs(level) {
		return
	}
	all := append([]slog.Attr{slog.String("resource", s.terms.Value().resource), slog.String("client", s.client), slog.String("id", s.id)}, attrs...)
	s.server.log.LogAttrs(context.Background(), level, message, all...)
}

// logs reports whether the log takes lines of this level, so that no others are made.
func (s *Session) logs(level slog.Level) bool {
	return s.server.log.Enabled(context.Background(), level)
}

// logDisconnected writes why the session has ended.
func (s *Session) logDisconnected() {
	if !s.logs(slog.LevelInfo) {
		return
	}
	s.mu.Lock()
	end, dropped := *s.endLocked(), s.dropped
	s.mu.Unlock()
	attrs := []slog.Attr{slog.String("cause", end.cause.String()), slog.Int("code", end.code)}
	if end.detail != nil {
		attrs = append(attrs, slog.String("error", end.detail.Error()))
	}
	if dropped > 0 {
		attrs = append(attrs, slog.Int("dropped", int(dropped)))
	}
	s.log("disconnected", append(attrs, slog.Duration("duration", time.Duration(s.now()-s.opened).Round(time.Millisecond)))...)
}

// logRefused writes a line about a request that is refused.
func (s *Server) logRefused(level slog.Level, r *http.Request, f *refusal) {
	s.log.LogAttrs(context.Background(), level, "refused", slog.String("resource", cmp.Or(f.resource, r.URL.Path)), slog.String("client", r.RemoteAddr),
		slog.Int("status", f.status), slog.String("cause", f.why), slog.String("origin", r.Header.Get("Origin")))
}

// countInterval is the least time between two lines with the number of clients.
const countInterval = 5 * time.Second

// A counter counts clients, and logs their number a while after it has changed.
type counter struct {
	log *slog.Logger

	mu sync.Mutex

	// Guarded by mu.
	n       int
	logged  int
	timer   *time.Timer // nil: n has not changed since the last line
	stopped bool
}

func (c *counter) add(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n += n
	if c.timer == nil && !c.stopped {
		c.timer = time.AfterFunc(countInterval, c.report)
	}
}

func (c *counter) report() {
	c.mu.Lock()
	n, changed := c.n, c.n != c.logged
	c.timer, c.logged = nil, n
	c.mu.Unlock()
	if changed {
		c.log.Info("clients", slog.Int("clients", n))
	}
}

func (c *counter) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

// stop stops the logging, but not the counting.
func (c *counter) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	if c.timer != nil {
		c.timer.Stop()
	}
}

// An httpLog writes the log lines of net/http. They quote clients, so they become the value of an
// attribute.
type httpLog struct {
	log *slog.Logger
}

func (l httpLog) Write(line []byte) (int, error) {
	l.log.Warn("http", slog.String("error", string(bytes.TrimSpace(line))))
	return len(line), nil
}
