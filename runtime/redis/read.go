package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"
)

// A Query selects what to read of a log.
type Query struct {
	Server *Server
	Key    string // of the list

	Tail  int64            // the last so many entries that match, unless Range is set
	Range *[2]int64        // from the first to the second index, as in LRANGE: from 0, or from -1 at the end
	Match func(Entry) bool // nil means all

	// Follow continues with what is appended, until the context is done. Meanwhile Tell gets
	// messages: that Redis is away or back, and how many entries were trimmed before they could be
	// shown.
	Follow bool
	Tell   *slog.Logger
}

// readChunk is the number of entries fetched at a time.
const readChunk = 200

// pollEvery is the time between polls for new entries.
const pollEvery = 200 * time.Millisecond

// ReadLog calls show for each entry, in order, and returns the first error of show. Any other error
// is one line that says what to do. When ctx is done, ReadLog returns nil.
func ReadLog(ctx context.Context, q Query, show func(Entry) error) error {
	if q.Match == nil {
		q.Match = func(Entry) bool { return true }
	}
	r := &reader{Query: q, show: show}
	defer r.hangUp()
	err := r.read(ctx)
	if ctx.Err() != nil {
		return nil
	}
	if shown, ok := errors.AsType[*showError](err); ok {
		return shown.error
	}
	return err
}

// A reader knows an entry by its position: the number of entries ever trimmed off the list plus its
// index in the list. The position is constant while the list grows at one end, whoever appends, and
// is trimmed at the other.
type reader struct {
	Query
	show func(Entry) error

	conn    redis.Conn
	release func()
	total   int64 // position of the next entry to be appended
	length  int64 // of the list, whose oldest entry is at total-length
	newest  string
	next    int64 // position after the last entry seen
	last    Entry // the last entry seen
}

// showError is an error returned by show.
type showError struct{ error }

func (r *reader) read(ctx context.Context) error {
	if err := r.connect(ctx); err != nil {
		f := faultOf(r.Server, err, logHints)
		return fmt.Errorf("cannot read the log from Redis at %s: %s; see --redis", r.Server, f.text)
	}
	err := r.begin()
	if err != nil {
		if _, isShow := errors.AsType[*showError](err); isShow || !isFault(err) {
			return err
		}
		return fmt.Errorf("cannot read the log %s from Redis at %s: %s", r.Key, r.Server, faultOf(r.Server, err, logHints).text)
	}
	if r.Follow {
		return r.follow(ctx)
	}
	return nil
}

// isFault reports whether err is an error of Redis or the network, which needs explaining.
func isFault(err error) bool {
	_, own := errors.AsType[*noLogError](err)
	return !own
}

// errChanged means that the list is not the one that it was when reading began.
var errChanged = &noLogError{"the log was deleted, or Redis lost entries of it, while it was read; try again"}

type noLogError struct{ text string }

func (e *noLogError) Error() string { return e.text }

func (r *reader) connect(ctx context.Context) (err error) {
	r.conn, r.release, err = r.Server.connect(ctx, answerLimit)
	return err
}

func (r *reader) hangUp() {
	if r.conn != nil {
		_ = r.conn.Close()
		r.release()
		r.conn = nil
	}
}

// begin checks that there is a log, and shows the part of it that was asked for.
func (r *reader) begin() error {
	switch kind, err := redis.String(r.conn.Do("TYPE", r.Key)); {
	case err != nil:
		return err
	case kind == "none":
		return &noLogError{fmt.Sprintf("there is no log %s in Redis at %s; see --logKey, --host and --port, which name it", r.Key, r.Server)}
	case kind != "list":
		return &noLogError{fmt.Sprintf("%s in Redis at %s is no log but a %s; name another with --logKey", r.Key, r.Server, kind)}
	}
	if err := r.look(); err != nil {
		return err
	}
	from, to := r.total-min(r.Tail, r.length), r.total
	if r.Range != nil {
		index := func(i int64) int64 { // from the front, or just outside the list
			if i < 0 {
				i += r.length
			}
			return min(max(i, -1), r.length)
		}
		oldest := r.total - r.length
		from, to = oldest+max(index(r.Range[0]), 0), min(oldest+index(r.Range[1])+1, r.total)
	} else if r.Tail > 0 {
		var err error
		if from, err = r.findTail(); err != nil {
			return err
		}
	}
	r.next = min(from, to)
	for r.next < to {
		if err := r.showSome(to, nil); err != nil {
			return err
		}
	}
	r.next = to
	return nil
}

// findTail goes back until enough entries match, and returns the position of the first. It keeps
// none of them.
func (r *reader) findTail() (int64, error) {
	found, end := int64(0), r.total
	for end > r.total-r.length && found < r.Tail {
		entries, first, err := r.window(max(end-readChunk, r.total-r.length), end)
		if err != nil {
			return 0, err
		}
		for i := len(entries) - 1; i >= 0 && found < r.Tail; i-- {
			if r.Match(parseEntry(entries[i])) {
				found++
			}
			end = first + int64(i)
		}
		if len(entries) == 0 {
			break
		}
	}
	return end, nil
}

// showSome shows a chunk of entries from next on, up to the position to, except those for which
// skip is true. It reports how many entries were trimmed before they could be read.
func (r *reader) showSome(to int64, skip func(Entry) bool) error {
	entries, first, err := r.window(r.next, min(to, r.next+readChunk))
	if err != nil {
		return err
	}
	if missed := min(first, to) - r.next; missed > 0 {
		r.tell(slog.LevelWarn, "entries were trimmed before they could be shown", "entries", missed)
	}
	r.next = min(first, to)
	for _, raw := range entries {
		e := parseEntry(raw)
		r.next, r.last = r.next+1, e
		if !r.Match(e) || skip != nil && skip(e) {
			continue
		}
		if err := r.show(e); err != nil {
			return &showError{err}
		}
	}
	return nil
}

// window reads the entries between two positions, the second excluded. first is the position of the
// first entry returned, which is later than asked for if the list has been trimmed.
func (r *reader) window(from, to int64) (entries []string, first int64, err error) {
	to = min(to, r.total)
	for slack := int64(64); ; slack *= 2 {
		// Counted from the end of the list, an entry moves by as many places as are appended before
		// Redis runs this. So ask for some more, and again if that was not enough.
		begin := from - r.total - slack
		oldTotal := r.total
		answers, err := transaction(r.conn, []any{"GET", trimmedKey(r.Key)}, []any{"LLEN", r.Key}, []any{"LRANGE", r.Key, begin, to - 1 - oldTotal})
		if err != nil {
			return nil, 0, err
		}
		if err := r.place(answers); err != nil {
			return nil, 0, err
		}
		if r.total < oldTotal {
			return nil, 0, errChanged
		}
		texts, err := redis.Strings(answers[2], nil)
		if err != nil {
			return nil, 0, err
		}
		oldest := r.total - r.length
		got := oldest + max(0, r.length+begin)
		first = max(from, oldest)
		if got > first {
			continue
		}
		skip := min(first-got, int64(len(texts)))
		texts = texts[skip:]
		return texts[:max(0, min(int64(len(texts)), to-first))], first, nil
	}
}

// look finds the position of the list and its newest entry.
func (r *reader) look() error {
	answers, err := transaction(r.conn, []any{"GET", trimmedKey(r.Key)}, []any{"LLEN", r.Key}, []any{"LRANGE", r.Key, -1, -1})
	if err != nil {
		return err
	}
	newest, err := redis.Strings(answers[2], nil)
	if err != nil {
		return err
	}
	r.newest = strings.Join(newest, "")
	return r.place(answers)
}

// place reads the replies to GET trimmed and LLEN.
func (r *reader) place(answers []any) (err error) {
	if r.length, err = redis.Int64(answers[1], nil); err != nil {
		return err
	}
	r.total = r.length
	if answers[0] != nil {
		trimmed, err := redis.Int64(answers[0], nil)
		if err != nil {
			return err
		}
		r.total += trimmed
	}
	return nil
}

// follow shows what is appended, until ctx is done. It waits for a Redis that is away.
func (r *reader) follow(ctx context.Context) error {
	pause, away := time.Duration(0), false
	for {
		err := r.catchUp(ctx)
		if _, isShow := errors.AsType[*showError](err); isShow || ctx.Err() != nil {
			return err
		}
		wait := pollEvery
		if err != nil {
			r.hangUp()
			if !away {
				away = true
				r.tell(slog.LevelWarn, "the log cannot be read for now; waiting", "redis", r.Server.String(), "error", faultOf(r.Server, err, logHints).text)
			}
			pause = min(max(firstRetry, 2*pause), maxRetry)
			wait = pause/2 + mathrand.N(pause)
		} else if away {
			pause, away = 0, false
			r.tell(slog.LevelInfo, "the log can be read again", "redis", r.Server.String())
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
	}
}

func (r *reader) tell(level slog.Level, message string, args ...any) {
	if r.Tell != nil {
		r.Tell.Log(context.Background(), level, message, args...)
	}
}

// catchUp shows everything that has been appended, if the list is still the same: it may have been
// deleted, and a Redis that was restarted may have an older copy of it, or none.
func (r *reader) catchUp(ctx context.Context) error {
	if r.conn == nil {
		if err := r.connect(ctx); err != nil {
			return err
		}
	}
	if err := r.look(); err != nil {
		return err
	}
	same := r.total >= r.next
	if same && r.last.Raw != "" && r.next > r.total-r.length {
		seen := r.newest
		if r.total > r.next {
			entries, _, err := r.window(r.next-1, r.next)
			if err != nil {
				return err
			}
			seen = strings.Join(entries, "")
		}
		same = seen == r.last.Raw || seen == "" // it may have been trimmed since
	}
	if !same {
		return r.resume()
	}
	for r.next < r.total {
		if err := r.showSome(r.total, nil); errors.Is(err, errChanged) {
			return r.resume()
		} else if err != nil {
			return err
		}
	}
	return nil
}

// resume shows the entries of a list that has been replaced, except those that are not younger than
// the last entry seen, which it may still contain.
func (r *reader) resume() error {
	r.tell(slog.LevelWarn, "the log in Redis is not the one it was: Redis has lost entries, or the list was deleted")
	r.next = r.total - r.length
	seen := r.last.Time
	for end := r.total; r.next < end; {
		err := r.showSome(end, func(e Entry) bool { return !e.Time.IsZero() && !e.Time.After(seen) })
		if errors.Is(err, errChanged) {
			return nil // the next poll sees it
		} else if err != nil {
			return err
		}
	}
	return nil
}
