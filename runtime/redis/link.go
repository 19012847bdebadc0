package redis

import (
	"context"
	"log/slog"
	mathrand "math/rand/v2"
	"time"

	"github.com/gomodule/redigo/redis"
)

const (
	answerLimit = 5 * time.Second
	firstRetry  = 100 * time.Millisecond
	maxRetry    = 5 * time.Second
)

// A link is a connection to Redis for one purpose, which is made anew when it breaks. It belongs to one
// goroutine.
type link struct {
	// Fixed.
	server *Server
	tell   *slog.Logger
	outage *outage
	ctx    context.Context
	limit  time.Duration // for connecting, and for each reply
	// The first pause is retry; it doubles up to maxRetry.
	retry, maxRetry time.Duration

	conn    redis.Conn // nil if not connected
	release func()
	used    bool // Redis has done on conn what it is for
	pause   time.Duration
	failing bool // there is an outage, as far as this link is concerned
	joined  bool // it has worked before
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

// failed is called with an error of the connection, which it closes unless err is a reply, other than that of
// a replica: the primary may be another server by now. It reports whether to try again at once, because a
// connection may have been closed while it was idle; otherwise the fault has been logged, and backOff comes
// next.
func (l *link) failed(err error) (atOnce bool) {
	if _, isAnswer := answerOf(err); !isAnswer {
		used := l.used
		l.hangUp()
		if used && passing(err) {
			return true
		}
	} else if isReadOnly(err) {
		l.hangUp()
	}
	l.outage.begin(l, err)
	return false
}

// succeeded is called when Redis has done what the link is for.
func (l *link) succeeded() {
	l.pause = 0
	if l.failing || !l.joined {
		l.outage.end(l)
	}
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
