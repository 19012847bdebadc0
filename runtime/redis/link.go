package redis

import (
	"context"
	"log/slog"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"
)

const (
	answerLimit = 5 * time.Second
	firstRetry  = 100 * time.Millisecond
	maxRetry    = 5 * time.Second
)

// A link is a connection to Redis for one purpose, which is made anew when it breaks. It logs the
// first fault of each kind in an outage, and the end of the outage. It belongs to one goroutine.
type link struct {
	// Fixed.
	server *Server
	tell   *slog.Logger
	// What is logged: that it works, for the first time (unless that is empty) and after an outage, and
	// that it does not.
	works, again, fails string
	attrs               []any // of the first two
	hints               map[string]string
	ctx                 context.Context
	limit               time.Duration // for connecting, and for each reply
	// The first pause is retry; it doubles up to maxRetry.
	retry, maxRetry time.Duration

	conn    redis.Conn // nil if not connected
	release func()
	used    bool // Redis has done on conn what it is for
	pause   time.Duration
	outage  struct {
		since time.Time // zero if there is none
		told  []string  // kinds of faults logged
	}
	joined bool // it has worked before
}

// dial connects unless there is a connection.
func (l *link) dial() error {
	if l.conn != nil {
		return nil
	}
	conn, release, err := l.server.connect(l.ctx, l.limit)
	if err != nil {
		return err
	}
	l.conn, l.release = conn, release
	return nil
}

func (l *link) hangUp() {
	if l.conn != nil {
		_ = l.conn.Close()
		l.release()
		l.conn, l.used = nil, false
	}
}

// failed is called with an error of the connection, which it closes unless err is a reply. It
// reports whether to try again at once, because a connection may have been closed while it was idle;
// otherwise the fault has been logged, and backOff comes next.
func (l *link) failed(err error) (atOnce bool) {
	if _, isAnswer := answerOf(err); !isAnswer {
		used := l.used
		l.hangUp()
		if used && passing(err) {
			return true
		}
	}
	l.tellFault(faultOf(l.server, err, l.hints))
	return false
}

// tellFault logs a kind of fault once in an outage.
func (l *link) tellFault(f fault) {
	if l.outage.since.IsZero() {
		l.outage.since = time.Now()
	}
	if !slices.Contains(l.outage.told, f.kind) {
		l.outage.told = append(l.outage.told, f.kind)
		l.tell.Warn(l.fails, "redis", l.server.String(), "fault", f.kind, "error", f.text)
	}
}

// succeeded logs the end of an outage and, the first time, that Redis does what it is for.
func (l *link) succeeded() {
	l.pause = 0
	attrs := append([]any{"redis", l.server.String()}, l.attrs...)
	switch {
	case !l.outage.since.IsZero():
		l.tell.Info(l.again, append(attrs, "faults", strings.Join(l.outage.told, ","), "after", time.Since(l.outage.since).Round(time.Millisecond))...)
		l.outage.since, l.outage.told = time.Time{}, nil
	case !l.joined && l.works != "":
		l.tell.Info(l.works, attrs...)
	}
	l.joined = true
}

// backOff pauses before the next attempt, until hurry is closed at the latest. It returns false if the
// context is done.
func (l *link) backOff(hurry <-chan struct{}) bool {
	l.pause = min(max(l.retry, 2*l.pause), l.maxRetry)
	t := time.NewTimer(l.pause/2 + mathrand.N(l.pause)) // random, because many servers may wait for one Redis
	defer t.Stop()
	select {
	case <-t.C:
	case <-hurry:
	case <-l.ctx.Done():
		return false
	}
	return true
}
