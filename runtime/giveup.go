package runtime

import (
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// A worker whose turn does not end although its call was interrupted is given up: its goroutine may be in native code
// for ever. It is left to that goroutine, with its VM. Its sessions are abandoned, and the next handshake of the resource gets a fresh
// one. So nothing else waits for it: not the handshakes and reloads of other modules, and not a stop.

const (
	// maxLost is how many workers of a resource may be given up within lostWindow; then the resource is not served for unservedFor.
	maxLost     = 3
	lostWindow  = 10 * time.Minute
	unservedFor = time.Minute
)

// ErrUnserved is returned by [Runtime.Resource] for a resource that is not served for a while, because its module did not
// end its calls, several times.
var ErrUnserved = errors.New("runtime: the module hangs again and again, and is not served for a minute")

// errLost is why a handshake fails when the worker is given up meanwhile.
var errLost = errors.New("runtime: the module does not answer")

// isLost reports whether the worker has been given up.
func (t *turn) isLost() bool {
	select {
	case <-t.gone:
		return true
	default:
		return false
	}
}

// giveUp ends the worker, whose turn is in a call that does not end. It is called by the watchdog.
func (w *worker) giveUp(c lostCall) {
	r := w.resource
	t := &w.turn
	t.mu.Lock()
	t.lost = true
	var sessions []Session
	for c := w.first; c != nil; c = c.next {
		sessions = append(sessions, c.session)
	}
	for _, q := range t.queue {
		if q.conn != nil {
			sessions = append(sessions, q.conn.session)
		}
	}
	t.queue, t.waiting, t.waitLast = nil, nil, nil
	t.mu.Unlock()
	close(t.gone)

	unserved := r.runtime.drop(r)
	attrs := []slog.Attr{slog.String("in", c.what), slog.Int("version", c.version), slog.Int("connections", len(sessions))}
	r.log.LogAttrs(r.runtime.context, slog.LevelError,
		fmt.Sprintf("does not end, %v after its call was interrupted: the worker is given up, its connections are closed, and the next ones get a fresh one", lostAfter), attrs...)
	if unserved {
		r.log.Error(fmt.Sprintf("given up %d times in %v: new connections are refused for %v", maxLost, lostWindow, unservedFor))
	}
	for _, s := range sessions {
		s.Abandon(closeInternalError, "the module does not answer")
	}
}

// closeInternalError is the close code for a server that cannot go on (RFC 6455 §7.4.1).
const closeInternalError = 1011

// drop takes a resource whose worker is lost out of those that are served, and reports whether that has happened too often.
func (r *Runtime) drop(resource *Resource) (unserved bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.resources[resource.name] == resource {
		delete(r.resources, resource.name)
	}
	now := time.Now()
	recent := r.lost[resource.name]
	for len(recent) > 0 && now.Sub(recent[0]) > lostWindow {
		recent = recent[1:]
	}
	r.lost[resource.name] = append(recent, now)
	return len(recent)+1 >= maxLost
}

// unservedLocked reports whether a resource is not served for a while.
func (r *Runtime) unservedLocked(name string) bool {
	lost := r.lost[name]
	if len(lost) < maxLost {
		return false
	}
	now := time.Now()
	return now.Sub(lost[len(lost)-maxLost]) <= lostWindow && now.Sub(lost[len(lost)-1]) < unservedFor
}
