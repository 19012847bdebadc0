package console

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// kept is the number of lines of the log that are kept for pages that are opened later, or that are slow.
const kept = 500

// A tail is a slog.Handler that keeps the last lines of the log. They become text only when a page shows
// them.
type tail struct {
	level slog.Level
	lines *ring
	attrs []slog.Attr // of WithAttrs, the first first
	group string      // of WithGroup, with a dot at the end
}

// ring holds the lines.
type ring struct {
	stir func() // fixed: tells that there is a new line

	mu    sync.Mutex
	next  uint64   // guarded by mu: the number of the next line
	lines []record // guarded by mu: the line n is at n % kept
}

// A record is a line as it was logged.
type record struct {
	slog.Record
	attrs []slog.Attr // with the names of their groups
}

func newTail(level slog.Level, stir func()) *tail {
	return &tail{level: level, lines: &ring{stir: stir}}
}

// Enabled implements slog.Handler.
func (t *tail) Enabled(_ context.Context, level slog.Level) bool { return level >= t.level }

// WithAttrs implements slog.Handler.
func (t *tail) WithAttrs(attrs []slog.Attr) slog.Handler {
	n := *t
	n.attrs = append([]slog.Attr(nil), t.attrs...)
	for _, a := range attrs {
		n.attrs = append(n.attrs, slog.Attr{Key: t.group + a.Key, Value: a.Value})
	}
	return &n
}

// WithGroup implements slog.Handler.
func (t *tail) WithGroup(name string) slog.Handler {
	n := *t
	n.group += name + "."
	return &n
}

// Handle implements slog.Handler.
func (t *tail) Handle(_ context.Context, r slog.Record) error {
	l := record{Record: r.Clone(), attrs: t.attrs}
	if t.group != "" {
		var grouped []slog.Attr
		r.Attrs(func(a slog.Attr) bool {
			grouped = append(grouped, slog.Attr{Key: t.group + a.Key, Value: a.Value})
			return true
		})
		l.Record = slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
		l.AddAttrs(grouped...)
	}
	t.lines.add(l)
	return nil
}

func (r *ring) add(l record) {
	r.mu.Lock()
	if r.next < kept {
		r.lines = append(r.lines, l)
	} else {
		r.lines[r.next%kept] = l
	}
	r.next++
	r.mu.Unlock()
	r.stir()
}

// after returns up to most lines from the number from on, the number of the line after them, and how many are lost
// before them because newer lines have taken their places.
func (r *ring) after(from uint64, most int) (lines []record, next, lost uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if oldest := max(r.next, kept) - kept; from < oldest {
		from, lost = oldest, oldest-from
	}
	for ; from < r.next && len(lines) < most; from++ {
		lines = append(lines, r.lines[from%kept])
	}
	return lines, from, lost
}

// A logLine is a line of the log as the page gets it.
type logLine struct {
	Time    int64       `json:"time"` // in Unix milliseconds
	Level   string      `json:"level"`
	Message string      `json:"message"`
	Attrs   [][2]string `json:"attrs,omitempty"` // names and values
	Detail  string      `json:"detail,omitempty"`
}

// mostText is the most bytes of a value that a page gets.
const mostText = 16 << 10

// line returns the record as text.
func (l record) line() logLine {
	text := logLine{Time: l.Time.UnixMilli(), Level: l.Level.String(), Message: cut(l.Message)}
	for _, a := range l.attrs {
		text.add("", a)
	}
	l.Record.Attrs(func(a slog.Attr) bool {
		text.add("", a)
		return true
	})
	return text
}

// size returns about how many bytes the line takes.
func (t *logLine) size() int {
	n := len(t.Message) + len(t.Detail)
	for _, a := range t.Attrs {
		n += len(a[0]) + len(a[1])
	}
	return n
}

func (t *logLine) add(group string, a slog.Attr) {
	v := a.Value.Resolve()
	switch {
	case v.Kind() == slog.KindGroup:
		for _, inner := range v.Group() {
			t.add(group+a.Key+".", inner)
		}
	case a.Key == "":
	case a.Key == "detail":
		t.Detail += cut(v.String())
	case v.Kind() == slog.KindTime:
		t.Attrs = append(t.Attrs, [2]string{group + a.Key, v.Time().Format(time.RFC3339)})
	default:
		t.Attrs = append(t.Attrs, [2]string{group + a.Key, cut(v.String())})
	}
}

func cut(s string) string {
	if len(s) > mostText {
		return s[:mostText] + "…"
	}
	return s
}
