package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"node.websocket/runtime/command/option"
	"node.websocket/runtime/redis"
)

// defaultRedis is the Redis that logs reads unless --redis names another.
const defaultRedis = "redis://127.0.0.1:6379/0"

// showLogs is the command logs, which shows the log that a server keeps in Redis.
func showLogs(set option.Set, _ []string, stdout, stderr io.Writer) int {
	bounds, follow := option.Range.In(set), option.Follow.In(set)
	if bounds != nil && follow {
		return fail(stderr, 2, errors.New("--range and --follow: one of them; --follow goes on after --tail"))
	}
	server := option.Redis.In(set)
	if server == nil {
		var err error
		if server, err = redis.ParseURL(defaultRedis); err != nil {
			return fail(stderr, 2, err)
		}
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // otherwise a closed stdout kills the program
	q := redis.Query{
		Server: server, Key: logKey(set), Tail: int64(option.Tail.In(set)), Range: bounds, Follow: follow, Match: matches(set),
		Tell: slog.New(newTextHandler(stderr, slog.LevelInfo)),
	}
	show := showText(stdout)
	if option.JSON.In(set) {
		show = showJSON(stdout)
	}
	var err error
	done := make(chan error, 1)
	go func() { done <- redis.ReadLog(ctx, q, show) }() // ends with ctx or, where stdout takes nothing, with the program
	select {
	case err = <-done:
	case <-ctx.Done():
	}
	if err != nil && !errors.Is(err, syscall.EPIPE) {
		return fail(stderr, 1, err)
	}
	return 0
}

// matches returns a function that reports whether --resource and --level select an entry.
func matches(set option.Set) func(redis.Entry) bool {
	name := func(s string) string { return strings.ToLower(strings.TrimPrefix(s, "/")) }
	level, resource := option.Level.In(set), name(option.Resource.In(set))
	return func(e redis.Entry) bool {
		return e.Level >= level && (resource == "" || name(e.Attr("resource")) == resource)
	}
}

// showText returns a function that prints an entry as the server printed it on stderr.
func showText(w io.Writer) func(redis.Entry) error {
	h := newTextHandler(w, slog.LevelDebug)
	return func(e redis.Entry) error {
		at := e.Time
		if !at.IsZero() {
			at = at.Local()
		}
		r := slog.NewRecord(at, e.Level, e.Message, 0)
		for _, a := range e.Attrs {
			r.AddAttrs(plainKeys(a))
		}
		return h.Handle(context.Background(), r)
	}
}

// plainKeys quotes the names of attributes that could do harm to a terminal, because any program may
// have written the entry.
func plainKeys(a slog.Attr) slog.Attr {
	a.Key = redis.QuoteValue(a.Key)
	if a.Value.Kind() == slog.KindGroup {
		var inner []slog.Attr
		for _, member := range a.Value.Group() {
			inner = append(inner, plainKeys(member))
		}
		a.Value = slog.GroupValue(inner...)
	}
	return a
}

// showJSON returns a function that prints an entry as JSON on one line. An entry in another form
// becomes an object.
func showJSON(w io.Writer) func(redis.Entry) error {
	return func(e redis.Entry) error {
		var b bytes.Buffer
		if !strings.HasPrefix(strings.TrimSpace(e.Raw), "{") || json.Compact(&b, []byte(e.Raw)) != nil {
			b.Reset()
			b.WriteByte('{')
			if !e.Time.IsZero() {
				writeMember(&b, slog.TimeKey, e.Time.Format(time.RFC3339))
			}
			writeMember(&b, slog.LevelKey, e.Level.String())
			writeMember(&b, "message", e.Message)
			for _, a := range e.Attrs {
				writeMember(&b, a.Key, a.Value.String())
			}
			b.WriteByte('}')
		}
		_, err := w.Write(escapeJSON(b.String()))
		return err
	}
}

// escapeJSON ends a line of JSON and escapes what is not printable, so that a terminal can show it.
// In JSON only strings hold such characters.
func escapeJSON(s string) []byte {
	line := make([]byte, 0, len(s)+1)
	for _, c := range s {
		if unicode.IsPrint(c) {
			line = utf8.AppendRune(line, c)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, c) {
			line = fmt.Appendf(line, `\u%04x`, unit)
		}
	}
	return append(line, '\n')
}

// writeMember appends a member to an object that has been begun.
func writeMember(b *bytes.Buffer, key, value string) {
	if b.Len() > 1 {
		b.WriteByte(',')
	}
	for i, s := range []string{key, value} {
		if i == 1 {
			b.WriteByte(':')
		}
		text, _ := json.Marshal(s) // a string never fails
		b.Write(text)
	}
}
