package redis

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/gomodule/redigo/redis"
)

// LogOptions configures a Log. All fields except Text are required.
type LogOptions struct {
	Server *Server
	Key    string       // of the list
	Max    int          // largest number of entries in the list
	Buffer int          // largest number of lines that wait while Redis is away; besides, at most 32 MiB of them
	Text   bool         // entries in the form of 2009 instead of JSON
	Level  slog.Level   // lowest level that is written
	Tell   *slog.Logger // for messages about Redis itself; must not lead back to this Log
}

// A Log appends lines to a list in Redis, in the order in which its Handler receives them. See the
// package comment for its guarantees.
type Log struct {
	// Fixed after newLog.
	options LogOptions
	ring    *ring[string]
	keys    struct{ mark, trimmed string }
	closing chan struct{} // closed by Close: no more lines follow
	done    chan struct{} // closed when the goroutine has ended
	cancel  context.CancelFunc

	wrote, dropped atomic.Uint64 // lines, counted in the goroutine

	// Owned by the goroutine, and by Close once done is closed.
	link
	transactions bool  // scripts are not allowed
	mark         int64 // the last known value of the mark in Redis
	written      int64 // number of the last line that Redis took
	wroteAt      time.Time
	lost         int64 // dropped lines that have not been reported
	lastTold     time.Time
	lines        []string // of a batch
}

const (
	// gather is the time that the writer waits for more lines after the first: a batch of many
	// lines costs the same as one line.
	gather = 10 * time.Millisecond
	// tellEvery is the shortest time between reports of dropped lines, which may be dropped for
	// hours.
	tellEvery = time.Second

	batchLines = 512 // Lua's unpack allows some thousands
	batchBytes = 256 << 10
)

// NewLog starts a Log. Redis need not be reachable: lines wait for it. The caller must call Close.
func NewLog(o LogOptions) *Log {
	l := newLog(o)
	go l.run() // ends at Close
	return l
}

func newLog(o LogOptions) *Log {
	l := &Log{options: o, ring: newRing[string](o.Buffer), closing: make(chan struct{}), done: make(chan struct{})}
	l.link = link{server: o.Server, tell: o.Tell, limit: answerLimit, retry: firstRetry, maxRetry: maxRetry, outage: &outage{
		links: 1, works: "Redis takes the log", again: "Redis takes the log again", fails: "Redis does not take the log; lines wait",
		attrs: []any{"key", o.Key}, hints: logHints,
	}}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.keys.mark = o.Key + ":writer:" + rand.Text()
	l.keys.trimmed = trimmedKey(o.Key)
	return l
}

// Handler returns a handler that writes to the list. It never waits for Redis, and may be used from
// any goroutine. It drops records after Close.
func (l *Log) Handler() slog.Handler {
	return newHandler(l.ring, l.options.Level, l.options.Text)
}

// Close writes the waiting lines and stops the Log, at the latest when ctx is done. The error tells
// how many lines were not written. Close must be called once.
func (l *Log) Close(ctx context.Context) error {
	l.ring.close()
	close(l.closing)
	select {
	case <-l.done:
	case <-ctx.Done():
	}
	l.cancel()
	<-l.done
	if n := l.ring.last() - l.written + l.lost; n > 0 { // includes dropped lines
		return fmt.Errorf("%d lines of the log did not reach Redis at %s, or it did not say so in time", n, l.options.Server)
	}
	return nil
}

// run is the goroutine of the Log.
func (l *Log) run() {
	defer close(l.done)
	defer l.hangUp()
	for {
		err := l.write()
		if err == nil {
			if l.rest() {
				continue
			}
			l.bow()
			return
		}
		if l.ctx.Err() != nil {
			return
		}
		if !l.failed(err) && !l.tryLater() {
			return
		}
	}
}

// write connects if necessary, and writes until no line waits.
func (l *Log) write() error {
	if err := l.dial(); err != nil {
		return err
	}
	for {
		p, ok := l.compose()
		if !ok {
			if l.lost == 0 {
				l.ring.told(p.dropped) // the dropped lines had been written
			}
			l.succeeded()
			return nil
		}
		result, err := l.send(p.push, markLife)
		if err != nil {
			return err
		}
		l.used = true
		if !result.written {
			l.reconcile(result.mark)
			continue
		}
		if result.forgotten && l.written > 0 && time.Since(l.wroteAt) < markLife {
			l.options.Tell.Warn("Redis has forgotten this log; what it held may be gone", "key", l.options.Key)
		}
		l.wrote.Add(uint64(p.waited))
		l.dropped.Add(uint64(p.told + p.lost - l.lost))
		l.mark, l.written, l.lost, l.wroteAt = p.after, p.after, p.lost, time.Now()
		l.ring.release(p.after)
		if p.told > 0 {
			l.lastTold = time.Now()
			l.options.Tell.Warn(droppedMessage, p.droppedAttrs()...)
		}
		if p.told > 0 || p.lost == 0 {
			l.ring.told(p.dropped)
		}
		l.succeeded()
	}
}

// A composed is a push with its report of dropped lines.
type composed struct {
	push
	told    int64 // number of dropped lines that it reports; 0 if it reports none
	lost    int64 // lines still to be reported after it is written
	waited  int   // number of lines of the ring
	dropped span
}

// compose makes a batch of the waiting lines. The mark makes it exact: if the batch is written,
// Redis has taken no line between the last that is known to be written and the first of the batch.
func (l *Log) compose() (composed, bool) {
	most := l.options.Max
	lines, first, dropped := l.ring.batch(l.lines[:0], min(batchLines, most), batchBytes)
	l.lines = lines
	after := first + int64(len(lines)) - 1
	c := composed{
		push: push{list: l.options.Key, mark: l.keys.mark, trimmed: l.keys.trimmed, before: l.mark, after: after, max: most, lines: lines},
		lost: l.lost + first - 1 - l.written, dropped: dropped, waited: len(lines),
	}
	if c.lost > 0 && (l.isClosing() || time.Since(l.lastTold) >= tellEvery) {
		c.told, c.lost = c.lost, 0
		c.lines = append([]string{l.entry(slog.LevelWarn, droppedMessage, c.droppedAttrs()...)}, lines...)
		c.lines = c.lines[len(c.lines)-min(len(c.lines), most):]
	}
	return c, len(c.lines) > 0
}

const droppedMessage = "lines of the log were dropped here: Redis was away for too long, or too slow"

func (c composed) droppedAttrs() []any {
	return []any{"lines", c.told, "from", c.dropped.from.UTC().Format(timeForm), "to", c.dropped.to.UTC().Format(timeForm)}
}

// send writes a batch by a script or, if scripts are not allowed, by a transaction.
func (l *Log) send(p push, life time.Duration) (pushed, error) {
	if !l.transactions {
		result, err := p.byScript(l.conn, life)
		if !noScripts(err) {
			return result, err
		}
		l.transactions = true
	}
	for range 10 {
		if result, ok, err := p.byTransaction(l.conn, life); ok || err != nil {
			return result, err
		}
	}
	return pushed{}, redis.Error("BUSY the list is written by others all the time")
}

// reconcile accepts the mark in Redis as what was written. A later mark than expected means that
// the reply to a batch was lost; an earlier one, that Redis has lost lines that it had taken.
func (l *Log) reconcile(mark int64) {
	if mark < l.mark {
		l.options.Tell.Warn("Redis has lost lines of the log that it had taken", "lines", l.mark-mark, "key", l.options.Key)
	}
	l.mark = mark
	if mark > l.written {
		l.written = mark
		l.ring.release(mark)
	}
}

// bow shortens the life of the mark, if there is one, because this writer will not need it again.
func (l *Log) bow() {
	if l.written > 0 && l.conn != nil {
		p := push{list: l.options.Key, mark: l.keys.mark, trimmed: l.keys.trimmed, before: l.mark, after: l.mark, max: l.options.Max}
		_, _ = l.send(p, closedMark)
	}
}

// rest waits for lines, and then for a few more. It returns false if none will follow.
func (l *Log) rest() bool {
	var untold <-chan time.Time
	if l.lost > 0 {
		untold = time.After(time.Until(l.lastTold.Add(tellEvery)))
	}
	select {
	case <-l.ring.more:
	case <-untold:
		return true
	case <-l.closing:
		return l.ring.waiting() > 0 || l.lost > 0
	case <-l.ctx.Done():
		return false
	}
	select {
	case <-time.After(gather):
	case <-l.closing:
	}
	return true
}

// tryLater pauses before the next attempt. It returns false if there will be none.
func (l *Log) tryLater() bool {
	if !l.isClosing() {
		return l.backOff(l.closing)
	}
	if l.ring.waiting() == 0 && l.lost == 0 {
		return false
	}
	l.pause = 0 // there is little time left
	return l.backOff(nil)
}

func (l *Log) isClosing() bool {
	select {
	case <-l.closing:
		return true
	default:
		return false
	}
}

// trimmedKey returns the key with the number of entries that were ever trimmed off a list.
func trimmedKey(list string) string { return list + ":trimmed" }
