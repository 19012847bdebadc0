package command

import (
	"bytes"
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
	for _, a := range attrs {
		n.attrs, _ = appendAttr(n.attrs, "", h.group, a)
	}
	return &n
}

func (h *textHandler) WithGroup(name string) slog.Handler {
	n := *h
	n.group += name + "."
	return &n
}

func (h *textHandler) Handle(_ context.Context, r slog.Record) error {
	var b bytes.Buffer
	if !r.Time.IsZero() { // an entry in Redis that another program wrote may have none
		b.WriteString(r.Time.Format("2006-01-02 15:04:05.000 "))
	}
	level := r.Level.String()
	b.WriteString(level + strings.Repeat(" ", max(1, 6-len(level))))
	message, below, _ := strings.Cut(strings.TrimRight(r.Message, "\n"), "\n")
	b.WriteString(escapeControl(message))
	attrs, detail := h.attrs, ""
	r.Attrs(func(a slog.Attr) bool {
		attrs, detail = appendAttr(attrs, detail, h.group, a)
		return true
	})
	if attrs != "" {
		b.WriteString(" " + attrs)
	}
	b.WriteByte('\n')
	for _, block := range []string{below, detail} {
		if block = strings.TrimRight(block, "\n"); block == "" {
			continue
		}
		for line := range strings.SplitSeq(block, "\n") {
			b.WriteString("    | " + escapeControl(line) + "\n")
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := h.out.Write(b.Bytes())
	return err
}

func appendAttr(attrs, detail, group string, a slog.Attr) (string, string) {
	redis.EachAttr(group, a, func(group string, a slog.Attr) {
		if a.Key == "detail" {
			detail += a.Value.String()
		} else {
			attrs += " " + group + a.Key + "=" + redis.QuoteValue(a.Value.String())
		}
	})
	return attrs, detail
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
