package redis

import (
	"encoding/json"
	"errors"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"
)

// entriesOf returns the entries that f logs.
func entriesOf(text bool, f func(*slog.Logger)) []string {
	r := newRing[string](100)
	f(slog.New(newHandler(r, slog.LevelInfo, text)))
	lines, _, _ := r.batch(nil, 100, maxWaiting)
	return lines
}

func TestEntry(t *testing.T) {
	for _, c := range []struct {
		name       string
		log        func(*slog.Logger)
		json, text string // after the time or the date
	}{
		{"plain", func(l *slog.Logger) { l.Info("connected", "client", "127.0.0.1:80", "n", 3) },
			`"level":"INFO","message":"connected","client":"127.0.0.1:80","n":3}`, `[info] connected  client=127.0.0.1:80 n=3`},
		{"level", func(l *slog.Logger) { l.Debug("hidden"); l.Error("shown") }, `"level":"ERROR","message":"shown"}`, `[error] shown`},
		{"with", func(l *slog.Logger) { l.With("resource", "chat").Warn("m", "e", errors.New("x y")) },
			`"level":"WARN","message":"m","resource":"chat","e":"x y"}`, `[warn] m  resource=chat e="x y"`},
		{"group", func(l *slog.Logger) { l.WithGroup("g").Info("m", "a", 1) }, `"level":"INFO","message":"m","g":{"a":1}}`, `[info] m  g.a=1`},
		{"duration", func(l *slog.Logger) { l.Info("m", "took", 1500*time.Microsecond) }, `"level":"INFO","message":"m","took":"1.5ms"}`, `[info] m  took=1.5ms`},
		{"detail", func(l *slog.Logger) { l.Error("m", "detail", "> 1 | x\n\tat y") },
			`"level":"ERROR","message":"m","detail":"> 1 | x\n\tat y"}`, `[error] m  detail="> 1 | x\n\tat y"`},
		{"several lines", func(l *slog.Logger) { l.Info("a\nb\x1b") }, `"level":"INFO","message":"a\nb\u001b"}`, "[info] a\\nb\x1b"},
		{"a type of 2009", func(l *slog.Logger) { l.Info("m", "type", "chat") }, `"level":"INFO","message":"m","type":"chat"}`, `[chat] m`},
		{"a type of With", func(l *slog.Logger) { l.With("type", "chat").Info("m", "n", 1) }, `"level":"INFO","message":"m","type":"chat","n":1}`, `[chat] m  n=1`},
		{"a type that breaks out", func(l *slog.Logger) { l.Info("m", "type", "x] [error") }, `"level":"INFO","message":"m","type":"x] [error"}`, `[info] m  type="x] [error"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, text := range []bool{false, true} {
				lines := entriesOf(text, c.log)
				if len(lines) != 1 || strings.Contains(lines[0], "\n") {
					t.Fatalf("%q", lines)
				}
				cut, want := `",`, c.json
				if text {
					cut, want = "] ", c.text
				}
				if _, got, _ := strings.Cut(lines[0], cut); got != want {
					t.Errorf("%s\nwant %s", got, want)
				}
			}
		})
	}
}

func TestTimes(t *testing.T) {
	at := time.Date(2026, 11, 22, 14, 20, 0, 123_456_789, time.FixedZone("CET", 3600))
	if got := date(at); got != "Sun Nov 22 2026 14:20:00 GMT+0100 (CET)" {
		t.Error(got)
	}
	if got := date(at.UTC()); got != "Sun Nov 22 2026 13:20:00 GMT+0000 (Coordinated Universal Time)" {
		t.Error(got)
	}
	if got := jsonAttr(nil, slog.Time("time", at)).Value.String(); got != "2026-11-22T13:20:00.123Z" {
		t.Error(got)
	}
}

// TestClip checks that long values are cut between characters and that the rest is still an entry.
func TestClip(t *testing.T) {
	long := strings.Repeat("aé", 1<<20)
	for _, text := range []bool{false, true} {
		line := entriesOf(text, func(l *slog.Logger) { l.Info(long, "k", long) })[0]
		e := parseEntry(line)
		if len(line) > 3*maxValue || !strings.Contains(e.Attr("k"), "more bytes)") || !strings.HasPrefix(long, e.Message[:maxValue-4]) {
			t.Errorf("%d bytes", len(line))
		}
	}
}

// TestParse checks that both forms are read as they were written.
func TestParse(t *testing.T) {
	for _, text := range []bool{false, true} {
		for _, message := range []string{"m", "", "a  b", "x  resource=forged", `x  resource=forged y="`, "[a] [b] c", "m  k"} {
			line := entriesOf(text, func(l *slog.Logger) {
				l.With("resource", "chat").Warn(message, "client", "1.2.3.4:5", "quoted", `a  "b"  c=d`, "s", "  x=y")
			})[0]
			e := parseEntry(line)
			if e.Message != message || e.Level != slog.LevelWarn || e.Attr("resource") != "chat" || e.Attr("quoted") != `a  "b"  c=d` ||
				e.Attr("s") != "  x=y" || len(e.Attrs) != 4 || time.Since(e.Time).Abs() > time.Minute {
				t.Errorf("%s: %+v", line, e)
			}
		}
	}
	e := parseEntry(`{"time":"2026-11-22T13:20:00.123Z","level":"ERROR+2","message":"m","b":1,"a":{"x":[1,2],"y":"z"},"c":null}`)
	want := []slog.Attr{slog.String("b", "1"), slog.Group("a", "x", "[1,2]", "y", "z"), slog.String("c", "null")}
	if e.Level != slog.LevelError+2 || !reflect.DeepEqual(e.Attrs, want) {
		t.Errorf("%+v", e)
	}
	e = parseEntry("[Sun Nov 22 2009 14:20:00 GMT+0100 (CET)] [error] [client 127.0.0.1] Handshake aborted")
	if e.Level != slog.LevelError || e.Message != "[client 127.0.0.1] Handshake aborted" || e.Time.Unix() != 1258896000 {
		t.Errorf("%+v", e)
	}
	for _, foreign := range []string{"", "x", "[x", "{", `{"a":1} {`, "[1,2]", "[a] [b] c", "\x00\xff"} {
		if e := parseEntry(foreign); e.Message != foreign || !e.Time.IsZero() {
			t.Errorf("%q: %+v", foreign, e)
		}
	}
}

func FuzzParseEntry(f *testing.F) {
	for _, s := range []string{`{"time":"","a":{"b":[]}}`, "[Sun Nov 22 2009 14:20:00 GMT+0100 (CET)] [x] m  a=b c=\"d\"", "{", `{"level":1}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if e := parseEntry(s); e.Raw != s {
			t.Errorf("%q", e.Raw)
		}
	})
}

// TestAllocations checks that an entry costs its own line and little more on the way into the ring,
// whatever the load.
func TestAllocations(t *testing.T) {
	r := newRing[string](10)
	log := slog.New(newHandler(r, slog.LevelInfo, false)).With("resource", "chat", "version", 3)
	logged := func() {
		log.LogAttrs(t.Context(), slog.LevelInfo, "a message", slog.String("client", "127.0.0.1:1234"), slog.String("id", "abc"))
	}
	for range 20 {
		logged() // until the ring drops lines
	}
	if n := testing.AllocsPerRun(200, logged); n > 8 { // 4, and more with the race detector, which empties pools
		t.Errorf("%v allocations for a line", n)
	}
	if n := testing.AllocsPerRun(200, func() { r.push("x", 1, time.Time{}) }); n > 0 {
		t.Errorf("%v allocations for a place in the ring", n)
	}
}

func TestRing(t *testing.T) {
	r := newRing[string](4)
	r.bytes = 40
	at := func(n int64) time.Time { return time.Unix(n, 0) }
	for n := range int64(7) {
		r.push(string(rune('a'+n)), 1, at(n))
	}
	lines, first, dropped := r.batch(nil, 3, 100)
	if got := strings.Join(lines, ""); got != "def" || first != 4 || dropped != (span{at(0), at(2)}) {
		t.Errorf("%s from %d, %v", got, first, dropped)
	}
	r.push("h", 1, at(8))
	r.told(dropped)
	r.release(6)
	lines, first, dropped = r.batch(nil, 3, 100)
	if got := strings.Join(lines, ""); got != "gh" || first != 7 || dropped != (span{at(2), at(3)}) {
		t.Errorf("%s from %d, %v", got, first, dropped)
	}
	r.told(dropped)
	if _, _, dropped = r.batch(nil, 3, 100); dropped != (span{}) {
		t.Errorf("told, and still %v", dropped)
	}
	r.push(strings.Repeat("x", 39), 39, at(9)) // leaves room for one more byte
	lines, first, _ = r.batch(nil, 3, 10)
	if len(lines) != 1 || lines[0] != "h" || first != 8 || r.size != 40 {
		t.Errorf("%q from %d, %d bytes", lines, first, r.size)
	}
	r.push(strings.Repeat("y", 100), 100, at(10)) // longer than the limit: alone
	if lines, _, _ = r.batch(nil, 3, 10); len(lines) != 1 || len(lines[0]) != 100 {
		t.Errorf("%q", lines)
	}
	r.close()
	r.push("z", 1, at(11))
	if r.waiting() != 1 {
		t.Error("a line after close")
	}
}

func TestParseURL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ url, shown, rest string }{
		{"redis://localhost", "redis://localhost:6379/0", ":"},
		{"redis://h:1/2", "redis://h:1/2", ":"},
		{"redis://:pw@h", "redis://h:6379/0", ":pw"},
		{"redis://pw@h", "redis://h:6379/0", ":pw"},
		{"redis://me:p%40%2Fw@[::1]:7", "redis://[::1]:7/0", "me:p@/w"},
		{"rediss://h/1", "rediss://h:6379/1", ":"},
		{"unix:///run/a.sock", "unix:///run/a.sock", ":"},
		{"unix://me:pw@/run/a.sock?db=4", "unix:///run/a.sock?db=4", "me:pw"},
		{"redis+sentinel://a/m", "redis+sentinel://a:26379/m/0", ":"},
		{"redis+sentinel://me:p%40%2Fw@a,b:1,[::1]:2/m/3?sentinel_password=x", "redis+sentinel://a:26379,b:1,[::1]:2/m/3", "me:p@/w"},
		{"REDISS+Sentinel://pw@[::1]/m-1.x/", "rediss+sentinel://[::1]:26379/m-1.x/0", ":pw"},
	} {
		s, err := ParseURL(c.url)
		if err != nil || s.String() != c.shown || s.user+":"+s.password != c.rest {
			t.Errorf("%s: %v, %v", c.url, s, err)
		}
	}
	for _, url := range []string{
		"", "localhost", "localhost:6379", "http://h", "redis:", "redis://", "redis:///1", "redis://h/x", "redis://h/-1", "redis://h/1?db=2", "redis://h:99999", "redis://a,b/0", "rediss://me:hidden@a:1,b:2",
		"redis://me:hidden@h:hidden", "redis://me:hid/den@h", "redis://me:hidden%@h", "redis://h?ca=x", "unix://", "unix:///", "unix://h/x", "unix:///x?db=a",
		"unix:///x?hidden=1", "rediss://me:hidden@h?ca=/no/such/file", "redis://me:hidden@h/0#x", "redis://me:hidden@ h", "redis://me:hidden\x00@h",
		"redis+sentinel://", "redis+sentinel://a", "redis+sentinel:///m", "redis+sentinel://a,/m", "redis+sentinel://a,b:x/m", "redis+sentinel://a/m/x", "redis+sentinel://a/m/0/1",
		"redis+sentinel://me:hidden@a,me:hidden@b/m", "redis+sentinel://a,b?c/m", "redis+sentinel://a/m?ca=x", "redis+sentinel://a/m?sentinel_passwort=hidden", "unix+sentinel://a/m",
		"rediss+sentinel://me:hidden@a/m?ca=/no/such/file", "redis+sentinel://me:hid/den@a,b/m",
	} {
		s, err := ParseURL(url)
		if err == nil || strings.Contains(err.Error(), "hid") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, %v", url, s, err)
		}
	}
}

func TestEntriesAreJSON(t *testing.T) {
	t.Parallel()
	line := entriesOf(false, func(l *slog.Logger) {
		l.Info("bad \xff\x00 \u2028", "resource", "\"\\", "any", map[string]int{"a": 1}, "nil", nil)
	})[0]
	var v map[string]any
	if err := json.Unmarshal([]byte(line), &v); err != nil || v["resource"] != "\"\\" {
		t.Errorf("%s: %v", line, err)
	}
}
