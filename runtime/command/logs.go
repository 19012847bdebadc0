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
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"node.websocket/runtime/redis"
)

// logsOptions are those of the command logs.
type logsOptions struct {
	tail     int       // the last so many entries that match
	bounds   *[2]int64 // in place of tail: from one index to another
	follow   bool
	resource string     // "": any
	level    slog.Level // the least that is shown
	json     bool
}

var logsFlags = []flagSpec{
	{name: "tail", value: "N", help: "the last N entries that match (20)", accept: "a number from 0 to 1000000000",
		set: func(o *options, v any) bool { return setInt(&o.logs.tail, v, 0, 1_000_000_000) }},
	{name: "range", value: "A:B", help: "the entries from index A to B, as LRANGE has them: 0:99, or -20:-1", accept: "two indices as in 0:99 or -20:-1, where -1 is the last entry",
		try: setRange},
	{name: "follow", help: "go on with what is appended, until ^C", accept: "true or false",
		set: func(o *options, v any) (ok bool) { o.logs.follow, ok = v.(bool); return ok }},
	{name: "resource", value: "NAME", help: "only what this resource, such as chat, has logged", accept: "a name",
		set: func(o *options, v any) bool { return setString(&o.logs.resource, v) && o.logs.resource != "" }},
	{name: "level", value: "LEVEL", help: "only what is at least debug, info, warn or error", accept: "debug, info, warn or error",
		set: func(o *options, v any) bool {
			text, ok := v.(string)
			return ok && o.logs.level.UnmarshalText([]byte(text)) == nil
		}},
	{name: "json", help: "the entries as JSON, one a line", accept: "true or false",
		set: func(o *options, v any) (ok bool) { o.logs.json, ok = v.(bool); return ok }},
}

var errRange = errors.New("it takes two indices, as in --range 0:99 or --range -20:-1, where -1 is the last entry")

func setRange(o *options, v any) error {
	text, _ := v.(string)
	a, b, ok := strings.Cut(text, ":")
	from, err := strconv.ParseInt(a, 10, 64)
	to, err2 := strconv.ParseInt(b, 10, 64)
	if !ok || err != nil || err2 != nil {
		return errRange
	}
	o.logs.bounds = &[2]int64{from, to}
	return nil
}

// logsGroups are the options of the command logs: its own, and those that name the log.
func logsGroups() []flagGroup {
	var shared []flagSpec
	for _, name := range []string{"redis", "redis-prefix", "logKey", "host", "port", "help"} {
		shared = append(shared, *findFlag(flagGroups, name))
	}
	return []flagGroup{{"What to show", logsFlags}, {"Which log, as the server was told", shared}}
}

// defaultRedis is where the command logs looks.
const defaultRedis = "redis://127.0.0.1:6379/0"

// showLogs is the command logs. It returns the exit code.
func showLogs(args []string, stdout, stderr io.Writer) int {
	o, err := parseFlags(logsGroups(), append([]string{"--tail", "20", "--level", "debug", "--redis", defaultRedis}, args...))
	if err == nil && o.logs.bounds != nil && o.logs.follow {
		err = errors.New("--range and --follow: one of them; --follow goes on after --tail")
	}
	if err != nil {
		fmt.Fprintln(stderr, "node.websocket:", err)
		return 2
	}
	if o.help {
		fmt.Fprint(stdout, "node.websocket logs: shows the log that a server keeps in Redis\n\n  go run . logs --follow\n")
		printFlags(stdout, logsGroups())
		return 0
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // or else a closed stdout would end the program in the middle
	q := redis.Query{
		Server: o.keep.server, Key: o.key(), Tail: int64(o.logs.tail), Range: o.logs.bounds, Follow: o.logs.follow, Match: o.logs.match,
		Tell: slog.New(newTextHandler(stderr, slog.LevelInfo)),
	}
	show := showText(stdout)
	if o.logs.json {
		show = showJSON(stdout)
	}
	done := make(chan error, 1)
	go func() { done <- redis.ReadLog(ctx, q, show) }() // ends with ctx or, where stdout takes nothing, with the program
	select {
	case err = <-done:
	case <-ctx.Done():
	}
	if err != nil && !errors.Is(err, syscall.EPIPE) {
		fmt.Fprintln(stderr, "node.websocket:", err)
		return 1
	}
	return 0
}

func (l logsOptions) match(e redis.Entry) bool {
	name := func(s string) string { return strings.ToLower(strings.TrimPrefix(s, "/")) }
	return e.Level >= l.level && (l.resource == "" || name(e.Attr("resource")) == name(l.resource))
}

// showText prints entries as the server's log on stderr has them.
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

// plainKeys makes the names of attributes fit to be shown: an entry may be anybody's.
func plainKeys(a slog.Attr) slog.Attr {
	a.Key = quoteValue(a.Key)
	if a.Value.Kind() == slog.KindGroup {
		var inner []slog.Attr
		for _, member := range a.Value.Group() {
			inner = append(inner, plainKeys(member))
		}
		a.Value = slog.GroupValue(inner...)
	}
	return a
}

// showJSON prints entries as the objects that they are, and makes objects of those in another form.
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

// escapeJSON makes a line of JSON, of which strings alone hold more than ASCII, so that a terminal can show it.
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
