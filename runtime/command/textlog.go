package command

import (
	"context"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"node.websocket/runtime/redis"
)

// textHandler is a slog.Handler that writes for people: one line for each record, "time LEVEL
// message  key=value …". The attribute "detail", a code frame and a stack, follows on lines of its
// own that begin with a bar. Text from clients and modules can neither begin a line of the log nor
// move the cursor: control characters are escaped, and further lines of a message stand behind the
// bar.
//
// It may be used from any goroutine.
type textHandler struct {
	level slog.Level
	attrs string // of With, formatted
	group string

	mu  *sync.Mutex
	out io.Writer // guarded by mu
}

func newTextHandler(out io.Writer, level slog.Level) *textHandler {
	return &textHandler{level: level, mu: &sync.Mutex{}, out: out}
}

func (h *textHandler) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level }

func (h *textHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	n := *h
	line := lines{attrs: []byte(n.attrs)}
	for _, a := range attrs {
		line.append(h.group, a)
	}
	n.attrs = string(line.attrs)
	return &n
}

func (h *textHandler) WithGroup(name string) slog.Handler {
	n := *h
	n.group += name + "."
	return &n
}

func (h *textHandler) Handle(_ context.Context, r slog.Record) error {
	l := reusedLines.Get().(*lines)
	defer l.reuse()
	l.attrs, l.detail = append(l.attrs[:0], h.attrs...), ""
	r.Attrs(func(a slog.Attr) bool {
		l.append(h.group, a)
		return true
	})

	b := l.text[:0]
	if !r.Time.IsZero() { // an entry in Redis that another program wrote may have none
		b = r.Time.AppendFormat(b, "2006-01-02 15:04:05.000 ")
	}
	level := r.Level.String()
	b = append(b, level...)
	b = append(b, "      "[:max(1, 6-len(level))]...)
	message, below, _ := strings.Cut(strings.TrimRight(r.Message, "\n"), "\n")
	b = append(b, escapeControl(message)...)
	if len(l.attrs) > 0 {
		b = append(append(b, ' '), l.attrs...)
	}
	b = append(b, '\n')
	for _, block := range [...]string{below, l.detail} {
		if block = strings.TrimRight(block, "\n"); block == "" {
			continue
		}
		for line := range strings.SplitSeq(block, "\n") {
			b = append(b, "    | "...)
			b = append(append(b, escapeControl(line)...), '\n')
		}
	}
	l.text = b
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := h.out.Write(b)
	return err
}

// lines are those of a record, while it is written. They are reused.
type lines struct {
	attrs  []byte // formatted, each with a space before it
	detail string // the attributes of that name
	text   []byte // all of it
}

var reusedLines = sync.Pool{New: func() any { return new(lines) }}

// mostReused is the size in bytes above which a record's memory is left to the garbage collector.
const mostReused = 16 << 10

func (l *lines) reuse() {
	if cap(l.text)+cap(l.attrs) <= mostReused {
		l.detail = ""
		reusedLines.Put(l)
	}
}

// append adds an attribute.
func (l *lines) append(group string, a slog.Attr) {
	redis.EachAttr(group, a, func(group string, a slog.Attr) {
		if a.Key == "detail" {
			l.detail += a.Value.String()
			return
		}
		l.attrs = append(append(append(append(l.attrs, ' '), group...), a.Key...), '=')
		l.attrs = append(l.attrs, redis.QuoteValue(a.Value.String())...)
	})
}

// escapeControl escapes characters that are not printable as Go does in a string, among them line
// breaks, escape sequences, and marks that change the direction of writing. Tabs are kept.
func escapeControl(s string) string {
	if strings.IndexFunc(s, func(c rune) bool { return c != '\t' && !unicode.IsPrint(c) }) < 0 && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for _, c := range s {
		if c == '\t' || unicode.IsPrint(c) {
			b.WriteRune(c)
		} else {
			q := strconv.QuoteRune(c)
			b.WriteString(q[1 : len(q)-1])
		}
	}
	return b.String()
}
