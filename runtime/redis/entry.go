package redis

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// timeForm is the time of an entry in JSON: RFC 3339 with milliseconds, in UTC, so that entries of
// several machines sort as text. dateForm is the time of an entry in the form of 2009, as
// JavaScript prints a Date; the name of the zone follows.
const (
	timeForm = "2006-01-02T15:04:05.000Z07:00"
	dateForm = "Mon Jan 02 2006 15:04:05 GMT-0700"
)

// maxValue is the largest size of a message or an attribute's value in an entry, in bytes, so that
// one line of a module cannot displace all others.
const maxValue = 16 << 10

// clip cuts s to maxValue bytes, between characters, and appends the number of bytes removed.
func clip(s string) string {
	if len(s) <= maxValue {
		return s
	}
	end := maxValue
	for end > maxValue-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "… (" + strconv.Itoa(len(s)-end) + " more bytes)"
}

// NewJSONHandler returns a handler that writes an entry for each record of at least this level: a line with a JSON
// object that has the time, the level, the message and the attributes; groups become objects. It calls Write
// once for each entry, and from one goroutine at a time. Any goroutine may use the handler.
func NewJSONHandler(to io.Writer, level slog.Level) slog.Handler {
	return slog.NewJSONHandler(to, &slog.HandlerOptions{Level: level, ReplaceAttr: jsonAttr})
}

func jsonAttr(groups []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		if len(groups) == 0 && a.Key == slog.MessageKey {
			a.Key = "message"
		}
		if s := a.Value.String(); len(s) > maxValue {
			a.Value = slog.StringValue(clip(s))
		}
	case slog.KindTime:
		a.Value = slog.StringValue(a.Value.Time().UTC().Format(timeForm))
	case slog.KindDuration: // as in the log on stderr, not in nanoseconds
		a.Value = slog.StringValue(a.Value.String())
	case slog.KindAny:
		if _, isLevel := a.Value.Any().(slog.Level); !isLevel {
			a.Value = slog.StringValue(clip(a.Value.String()))
		}
	}
	return a
}

// entryWriter pushes one entry with each call of Write.
type entryWriter struct{ to *ring[string] }

func (w entryWriter) Write(entry []byte) (int, error) {
	line := string(bytes.TrimSuffix(entry, []byte("\n")))
	w.to.push(line, len(line), time.Now())
	return len(entry), nil
}

// textHandler makes entries in the form of 2009: [date] [type] message. The type is that of
// connection.log(message, type), or else the level in lower case. All other attributes, such as the
// client's address, follow the message as key=value. An entry is one line.
type textHandler struct {
	to    *ring[string]
	level slog.Level
	attrs string // of WithAttrs, formatted
	kind  string // of WithAttrs
	group string
}

func (h *textHandler) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level }

func (h *textHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	n := *h
	for _, a := range attrs {
		n.add(n.group, a)
	}
	return &n
}

func (h *textHandler) WithGroup(name string) slog.Handler {
	n := *h
	n.group += name + "."
	return &n
}

func (h *textHandler) Handle(_ context.Context, r slog.Record) error {
	n := *h
	r.Attrs(func(a slog.Attr) bool {
		n.add(n.group, a)
		return true
	})
	if n.kind == "" {
		n.kind = strings.ToLower(r.Level.String())
	}
	var b strings.Builder
	b.WriteString("[" + date(r.Time) + "] [" + n.kind + "] " + escapeLine(clip(r.Message)))
	if n.attrs != "" {
		b.WriteString(" " + n.attrs)
	}
	h.to.push(b.String(), b.Len(), r.Time)
	return nil
}

func (h *textHandler) add(group string, a slog.Attr) {
	EachAttr(group, a, func(group string, a slog.Attr) {
		if text := a.Value.String(); a.Key == "type" && group == "" && isWord(text) {
			h.kind = text
		} else {
			h.attrs += " " + group + a.Key + "=" + QuoteValue(clip(text))
		}
	})
}

// date formats t as JavaScript prints a Date. Go knows the full name of no zone but UTC: it has CET
// where today's browsers print Central European Standard Time, and those of 2009 printed CET.
func date(t time.Time) string {
	zone, _ := t.Zone()
	if zone == "UTC" {
		zone = "Coordinated Universal Time"
	}
	return t.Format(dateForm) + " (" + zone + ")"
}

// isWord reports whether s, as a type, can be written in brackets and read back.
func isWord(s string) bool {
	return s != "" && len(s) <= 64 && strings.IndexFunc(s, func(c rune) bool {
		return c == ' ' || c == '[' || c == ']' || c == utf8.RuneError || !unicode.IsPrint(c)
	}) < 0
}

// escapeLine keeps a message on one line. It escapes only line breaks, because the reader of the
// log escapes what a terminal must not receive.
func escapeLine(s string) string {
	s = strings.TrimRight(s, "\n")
	if !strings.ContainsAny(s, "\r\n") {
		return s
	}
	return strings.NewReplacer("\r", `\r`, "\n", `\n`).Replace(s)
}

// entry formats one entry of the writer's own.
func (l *Log) entry(level slog.Level, message string, attrs ...any) string {
	r := slog.NewRecord(time.Now(), level, message, 0)
	r.Add(attrs...)
	one := newRing[string](1)
	if err := newHandler(one, slog.LevelDebug, l.options.Text).Handle(context.Background(), r); err != nil {
		return fmt.Sprintf("%s: %v", message, err)
	}
	lines, _, _ := one.batch(nil, 1, maxWaiting)
	return lines[0]
}

func newHandler(to *ring[string], level slog.Level, text bool) slog.Handler {
	if text {
		return &textHandler{to: to, level: level}
	}
	return NewJSONHandler(entryWriter{to}, level)
}
