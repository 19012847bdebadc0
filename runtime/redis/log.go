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

// LogOptions say what a Log writes where. All fields are needed but Text.
type LogOptions struct {
	Server *Server
	Key    string       // the list
	Max    int          // entries that the list keeps
	Buffer int          // lines that wait while Redis is away, and no more than 32 MiB of them
	Text   bool         // entries in 2009's form rather than in JSON
	Level  slog.Level   // the least that is written
	Tell   *slog.Logger // takes what there is to say of Redis itself; it must not lead back to this Log
}

// A Log appends lines to a list in Redis, in the order in which its Handler takes them. See the package comment for
// what it promises.
type Log struct {
	// fixed after newLog
	options LogOptions
	ring    *ring
	limit   time.Duration // for connecting, and for each answer
	// The first pause is retry; it doubles up to maxRetry.
	retry, maxRetry time.Duration
	keys            struct{ mark, trimmed string }
	closing         chan struct{} // closed by Close: no more lines come
	done            chan struct{} // closed when the goroutine has ended
	ctx             context.Context
	cancel          context.CancelFunc

	// the goroutine's own, and Close's once done is closed
	conn         redis.Conn // nil: not connected
	release      func()
	used         bool  // it has brought an answer to a batch
	transactions bool  // scripts are not allowed
	mark         int64 // what the mark in Redis is, as far as is known
	written      int64 // the number of the last line that Redis took
	wroteAt      time.Time
	lost         int64 // lines that were dropped and are not told so far
	lastTold     time.Time
	lines        []string // of a batch
	pause        time.Duration
	outage       struct {
		since time.Time // zero: there is none
		told  []string  // kinds of faults
	}
	joined bool // it has worked once
}

const (
	answerLimit = 5 * time.Second
	firstRetry  = 100 * time.Millisecond
	maxRetry    = 5 * time.Second
	// gather is how long the writer waits after a line for more of them: a batch costs the same for one line as for many.
	gather = 10 * time.Millisecond
	// tellEvery is how long it keeps to itself that it drops lines, having said so: they may be dropped for hours.
	tellEvery = time.Second

	batchLines = 512 // Lua's unpack takes some thousands
	batchBytes = 256 << 10
)

// NewLog starts a Log. Redis need not be there: lines wait for it. Close ends it.
func NewLog(o LogOptions) *Log {
	l := newLog(o)
	go l.run() // ends at Close
	return l
}

func newLog(o LogOptions) *Log {
	l := &Log{options: o, ring: newRing(o.Buffer), limit: answerLimit, retry: firstRetry, maxRetry: maxRetry,
		closing: make(chan struct{}), done: make(chan struct{})}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.keys.mark = o.Key + ":writer:" + rand.Text()
	l.keys.trimmed = trimmedKey(o.Key)
	return l
}

// Handler takes records for the list. It never waits for Redis, and may be used from any goroutine. What it takes after
// Close is dropped.
func (l *Log) Handler() slog.Handler {
	return newHandler(l.ring, l.options.Level, l.options.Text)
}

// Close writes what waits and ends the Log, until ctx is done. The error says how many lines were not written. It is
// called once.
func (l *Log) Close(ctx context.Context) error {
	l.ring.close()
	close(l.closing)
	select {
	case <-l.done:
	case <-ctx.Done():
	}
	l.cancel()
	<-l.done
	if n := l.ring.last() - l.written + l.lost; n > 0 { // those that were dropped too
		return fmt.Errorf("%d lines of the log did not reach Redis at %s, or it did not say so in time", n, l.options.Server)
	}
	return nil
}

// run is the goroutine.
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

// write connects, if that is needed, and writes until nothing waits.
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
				l.ring.told(p.dropped) // what was dropped had been written
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

// A composed is a push, and what it says of lines that were dropped.
type composed struct {
	push
	told    int64 // how many lines it says were dropped; 0: nothing
	lost    int64 // lines that remain to be told once it is written
	dropped span
}

// compose makes a batch of what waits. The mark makes it exact: if it is written, then Redis has taken no line between
// the last that is known to be written and the first of the batch.
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

// send pushes by script or, where that is not allowed, by transaction.
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

// reconcile takes the mark that Redis has for what was written. A later one than was known: the answer to a batch was
// lost. An earlier one: Redis has lost lines that it had taken.
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

// bow shortens the life of the mark, if there is one: this writer will not ask for it again.
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

// rest waits for lines, and then for a few more. It returns false when none will come.
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

// backOff pauses before the next try. It returns false when there will be none.
func (l *Log) backOff() bool {
	l.pause = min(max(l.retry, 2*l.pause), l.maxRetry)
	closing := l.closing
	if l.isClosing() { // little time is left, if there is anything to do
		if l.ring.waiting() == 0 && l.lost == 0 {
			return false
		}
		l.pause, closing = l.retry, nil
	}
	t := time.NewTimer(l.pause/2 + mathrand.N(l.pause)) // many servers wait for one Redis
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

// tellFault tells a kind of fault once in an outage.
func (l *Log) tellFault(f fault) {
	if l.outage.since.IsZero() {
		l.outage.since = time.Now()
	}
	if !slices.Contains(l.outage.told, f.kind) {
		l.outage.told = append(l.outage.told, f.kind)
		l.options.Tell.Warn("Redis does not take the log; lines wait", "redis", l.options.Server.String(), "fault", f.kind, "error", f.text)
	}
}

// works tells that an outage is over, and, the first time, that the log goes to Redis at all.
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

// trimmedKey is where the number of entries that were trimmed off a list is kept, so that who follows it knows where he is.
func trimmedKey(list string) string { return list + ":trimmed" }
