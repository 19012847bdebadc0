package redis

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"slices"
	"strings"
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
	limit   time.Duration // for connecting, and for each reply
	// The first pause is retry; it doubles up to maxRetry.
	retry, maxRetry time.Duration
	keys            struct{ mark, trimmed string }
	closing         chan struct{} // closed by Close: no more lines follow
	done            chan struct{} // closed when the goroutine has ended
	ctx             context.Context
	cancel          context.CancelFunc

	// Owned by the goroutine, and by Close once done is closed.
	conn         redis.Conn // nil if not connected
	release      func()
	used         bool  // a batch has been answered on conn
	transactions bool  // scripts are not allowed
	mark         int64 // the last known value of the mark in Redis
	written      int64 // number of the last line that Redis took
	wroteAt      time.Time
	lost         int64 // dropped lines that have not been reported
	lastTold     time.Time
	lines        []string // of a batch
	pause        time.Duration
	outage       struct {
		since time.Time // zero if there is none
		told  []string  // kinds of faults logged
	}
	joined bool // a write has succeeded
}

const (
	answerLimit = 5 * time.Second
	firstRetry  = 100 * time.Millisecond
	maxRetry    = 5 * time.Second
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
	l := &Log{options: o, ring: newRing[string](o.Buffer), limit: answerLimit, retry: firstRetry, maxRetry: maxRetry,
		closing: make(chan struct{}), done: make(chan struct{})}
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
		if _, isAnswer := answerOf(err); !isAnswer {
			used := l.used
			l.hangUp()
			if used && passing(err) {
				continue
			}
		}
		l.tellFault(faultOf(l.options.Server, err))
		if !l.backOff() {
			return
		}
	}
}

// write connects if necessary, and writes until no line waits.
func (l *Log) write() error {
	if l.conn == nil {
		conn, release, err := l.options.Server.connect(l.ctx, l.limit)
		if err != nil {
			return err
		}
		l.conn, l.release = conn, release
	}
	for {
		p, ok := l.compose()
		if !ok {
			if l.lost == 0 {
				l.ring.told(p.dropped) // the dropped lines had been written
			}
			l.works()
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
		l.mark, l.written, l.lost, l.wroteAt = p.after, p.after, p.lost, time.Now()
		l.ring.release(p.after)
		if p.told > 0 {
			l.lastTold = time.Now()
			l.options.Tell.Warn(droppedMessage, p.droppedAttrs()...)
		}
		if p.told > 0 || p.lost == 0 {
			l.ring.told(p.dropped)
		}
		l.works()
	}
}

// A composed is a push with its report of dropped lines.
type composed struct {
	push
	told    int64 // number of dropped lines that it reports; 0 if it reports none
	lost    int64 // lines still to be reported after it is written
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
		lost: l.lost + first - 1 - l.written, dropped: dropped,
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

func (l *Log) hangUp() {
	if l.conn != nil {
		_ = l.conn.Close()
		l.release()
		l.conn, l.used = nil, false
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

// backOff pauses before the next attempt. It returns false if there will be none.
func (l *Log) backOff() bool {
	l.pause = min(max(l.retry, 2*l.pause), l.maxRetry)
	closing := l.closing
	if l.isClosing() { // there is little time left, if there is anything to do
		if l.ring.waiting() == 0 && l.lost == 0 {
			return false
		}
		l.pause, closing = l.retry, nil
	}
	t := time.NewTimer(l.pause/2 + mathrand.N(l.pause)) // random, because many servers may wait for one Redis
	defer t.Stop()
	select {
	case <-t.C:
	case <-closing:
	case <-l.ctx.Done():
		return false
	}
	return true
}

func (l *Log) isClosing() bool {
	select {
	case <-l.closing:
		return true
	default:
		return false
	}
}

// tellFault logs a kind of fault once in an outage.
func (l *Log) tellFault(f fault) {
	if l.outage.since.IsZero() {
		l.outage.since = time.Now()
	}
	if !slices.Contains(l.outage.told, f.kind) {
		l.outage.told = append(l.outage.told, f.kind)
		l.options.Tell.Warn("Redis does not take the log; lines wait", "redis", l.options.Server.String(), "fault", f.kind, "error", f.text)
	}
}

// works logs the end of an outage and, the first time, that the log is written to Redis.
func (l *Log) works() {
	l.pause = 0
	switch {
	case !l.outage.since.IsZero():
		l.options.Tell.Info("Redis takes the log again", "redis", l.options.Server.String(), "key", l.options.Key,
			"faults", strings.Join(l.outage.told, ","), "after", time.Since(l.outage.since).Round(time.Millisecond))
		l.outage.since, l.outage.told = time.Time{}, nil
	case !l.joined:
		l.options.Tell.Info("Redis takes the log", "redis", l.options.Server.String(), "key", l.options.Key)
	}
	l.joined = true
}

// trimmedKey returns the key with the number of entries that were ever trimmed off a list.
func trimmedKey(list string) string { return list + ":trimmed" }
