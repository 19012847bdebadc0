package command

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
)

func TestTextHandler(t *testing.T) {
	for _, c := range []struct {
		name string
		log  func(*slog.Logger)
		want string // without the time
	}{
		{"plain", func(l *slog.Logger) { l.Info("connected", "client", "127.0.0.1:80", "n", 3) }, "INFO  connected  client=127.0.0.1:80 n=3\n"},
		{"level", func(l *slog.Logger) { l.Debug("hidden"); l.Error("shown") }, "ERROR shown\n"},
		{"quoted", func(l *slog.Logger) { l.Warn("m", "cause", "too big", "e", errors.New("x y"), "empty", "") }, "WARN  m  cause=\"too big\" e=\"x y\" empty=\"\"\n"},
		{"with", func(l *slog.Logger) { l.With("resource", "chat").WithGroup("g").Info("m", "a", 1) }, "INFO  m  resource=chat g.a=1\n"},
		{"group", func(l *slog.Logger) { l.Info("m", slog.Group("g", "a", 1, "b", 2)) }, "INFO  m  g.a=1 g.b=2\n"},
		{"line breaks in a value", func(l *slog.Logger) { l.Info("m", "origin", "a\n2026 ERROR forged") }, "INFO  m  origin=\"a\\n2026 ERROR forged\"\n"},
		{"escape sequence in a value", func(l *slog.Logger) { l.Info("m", "origin", "\x1b[2Ja") }, "INFO  m  origin=\"\\x1b[2Ja\"\n"},
		{"escape sequence in the message", func(l *slog.Logger) { l.Info("a\x1b[2J\rb\u202ec") }, "INFO  a\\x1b[2J\\rb\\u202ec\n"},
		{"several lines", func(l *slog.Logger) { l.Info("a\nb\x1b\n", "k", 1) }, "INFO  a  k=1\n    | b\\x1b\n"},
		{"detail", func(l *slog.Logger) { l.Info("m", "detail", "> 1 | x\n\ty\n", "at", "a:1:2") }, "INFO  m  at=a:1:2\n    | > 1 | x\n    | \ty\n"},
		{"invalid UTF-8", func(l *slog.Logger) { l.Info("m\xff", "k", "a\xff") }, "INFO  m\ufffd  k=\"a\\xff\"\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			c.log(slog.New(newTextHandler(&b, slog.LevelInfo)))
			_, got, _ := strings.Cut(b.String(), " ")
			_, got, _ = strings.Cut(got, " ")
			if got != c.want {
				t.Errorf("%q\nwant %q", got, c.want)
			}
		})
	}
}

// BenchmarkTextHandler writes the line of a client that has connected.
func BenchmarkTextHandler(b *testing.B) {
	l := slog.New(newTextHandler(io.Discard, slog.LevelInfo))
	b.ReportAllocs()
	for b.Loop() {
		l.LogAttrs(context.Background(), slog.LevelInfo, "connected", slog.String("resource", "chat"), slog.String("client", "127.0.0.1:50000"),
			slog.String("id", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), slog.String("websocket", "13"))
	}
}
