package runtime

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"node.websocket/runtime/environment"
	"node.websocket/runtime/source"
)

// A worker is given up when its call does not end even though it was interrupted, because native code
// may run for ever. The goroutine in that call keeps the worker and its VM. The worker's sessions are
// abandoned, and the resource's next handshake gets a fresh worker. So nothing else waits: neither
// the handshakes and reloads of other modules nor a stop.

const (
	// maxLost is the number of workers of one resource given up within lostWindow after which the
	// resource is not served for unservedFor. Each costs a goroutine that may be busy for ever.
	maxLost     = 3
	lostWindow  = 10 * time.Minute
	unservedFor = time.Minute
	// lastFrames is the number of frames in which the last line of a module is looked for.
	lastFrames = 100
)

// ErrUnserved is returned by [Runtime.Resource] for a resource that is not served for a minute,
// because its module has repeatedly failed to end its calls.
var ErrUnserved = errors.New("runtime: the module hangs again and again, and is not served for a minute")

// errLost is the error of a load or handshake whose worker was given up.
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

// giveUp gives the worker up because of a call that does not end. The watchdog calls it on a goroutine
// of its own, outside the turn.
func (w *worker) giveUp(c lostCall) {
	r := w.resource
	t := &w.turn
	frames := framesOf(environment.LastFrames(t.stopwatch.vm, lastFrames))
	t.mu.Lock()
	t.lost = true
	var conns []*Conn
	var sessions []Session
	for c := w.first; c != nil; c = c.next {
		conns, sessions = append(conns, c), append(sessions, c.session)
	}
	for _, q := range t.queue {
		if q.connect != nil {
			sessions = append(sessions, q.connect.session)
		}
	}
	t.queue, t.waiting, t.waitLast = nil, nil, nil
	t.mu.Unlock()
	close(t.gone)
	w.end()
	r.tally.givenUp.Add(1)

	if w.outbox.begin() {
		go w.outbox.run() // ends when what it has published is delivered
	}
	unserved := r.runtime.drop(w, c.version)
	for _, c := range conns {
		c.leaveAll()
	}
	attrs := []slog.Attr{slog.String("in", c.what), slog.Int("connections", len(sessions))}
	version := strconv.Itoa(c.version)
	if len(frames) > 0 {
		_, version = source.SplitName(frames[0].file) // a timer or a closure may run older code
		attrs = append(attrs, slog.String("at", frames[0].place()), slog.String("detail", stackText(frames)))
	}
	attrs = append(attrs, slog.String("version", version))
	r.log.LogAttrs(r.runtime.context, slog.LevelError,
		fmt.Sprintf("does not end, %v after its call was interrupted: the worker is given up, its connections are closed, and the next ones get a fresh one", lostAfter), attrs...)
	if unserved {
		r.log.Error(fmt.Sprintf("given up %d times in %v: new connections are refused for %v", maxLost, lostWindow, unservedFor))
	}
	for _, s := range sessions {
		s.Abandon(closeInternalError, "the module does not answer")
	}
}

// closeInternalError is the close code of a server that cannot fulfil a request (RFC 6455 §7.4.1).
const closeInternalError = 1011

// drop removes a worker that was given up in a call of this version, so that the next handshake starts
// another, or, if the resource has no other, makes the resource again, with the version after that. It
// reports whether that has happened too often for the resource to be served.
func (r *Runtime) drop(w *worker, version int) (unserved bool) {
	resource := w.resource
	left := resource.remove(w)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !left {
		if r.resources[resource.name] == resource {
			delete(r.resources, resource.name)
		}
		r.lastLoads[resource.name] = version
	}
	now := time.Now()
	recent := r.lost[resource.name]
	for len(recent) > 0 && now.Sub(recent[0]) > lostWindow {
		recent = recent[1:]
	}
	r.lost[resource.name] = append(recent, now)
	return len(recent)+1 >= maxLost
}

// unservedLocked reports whether a resource is refused because its workers were given up too often.
func (r *Runtime) unservedLocked(name string) bool {
	lost := r.lost[name]
	if len(lost) < maxLost {
		return false
	}
	now := time.Now()
	return now.Sub(lost[len(lost)-maxLost]) <= lostWindow && now.Sub(lost[len(lost)-1]) < unservedFor
}
