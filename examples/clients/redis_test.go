package clients

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/runtime/redis"
	"node.websocket/runtime/redis/redistest"
)

// newRedis returns a redis-server that has not been started. It skips the test if there is none.
func newRedis(t testing.TB) *redistest.Server {
	t.Helper()
	if !redistest.Installed() {
		commandtest.Missing(t, "redis-server is not installed")
	}
	return redistest.New(t)
}

// entries returns the entries of a list, or none if the list does not exist.
func entries(t testing.TB, r *redistest.Server, key string) (list []redis.Entry) {
	t.Helper()
	server, err := redis.ParseURL(r.URL())
	if err != nil {
		t.Fatal(err)
	}
	_ = redis.ReadLog(t.Context(), redis.Query{Server: server, Key: key, Tail: 1 << 30}, func(e redis.Entry) error {
		list = append(list, e)
		return nil
	})
	return list
}

const talker = `var Module = this.Module = function(){ };
console.log('loading');
Module.prototype.onConnect = function(c){ console.warn('hello %d', 1); };
Module.prototype.onData = function(d, c){
	if (d == 'throw') undefinedName();
	c.log(d, d.split(' ')[0]);
	c.send('ok');
};`

// TestKeepsLog checks that everything on stderr is in Redis as well, in the same order and with its
// attributes.
func TestKeepsLog(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"json", "text"} {
		t.Run(form, func(t *testing.T) {
			r := newRedis(t).Start()
			p := commandtest.Start(t, map[string]string{"talk.js": talker}, "--redis", r.URL(), "--redis-prefix", "my:", "--log-format", form)
			c := p.Dial("/talk")
			for _, text := range []string{"info one", "error two\nlines  resource=forged", "custom three"} {
				c.SendText(text)
				c.Next()
			}
			c.SendText("throw")
			p.Wait("the exception", func() bool { return strings.Contains(p.Text(), "undefinedName is not defined") })
			if code := p.Stop(os.Interrupt); code != 0 {
				t.Errorf("exit %d", code)
			}
			list := entries(t, r, "my:node.websocket.localhost."+strconv.Itoa(p.Port))
			var kept []string
			for _, e := range list {
				kept = append(kept, e.Message)
			}
			text, at := p.Text(), 0
			for _, m := range kept { // in order
				first, _, _ := strings.Cut(strings.ReplaceAll(m, `\n`, "\n"), "\n")
				i := strings.Index(text[at:], first)
				if i < 0 {
					t.Fatalf("not on stderr, or not in its place: %q\n%s", m, strings.Join(kept, "\n"))
				}
				at += i + len(first)
			}
			logged := regexp.MustCompile(`(?m)^(?:\d{4}-\d\d-\d\d |\{"time":).*`).FindAllString(text, -1)
			own := 1 // the line that says that Redis takes the log
			if form == "json" {
				own++ // that of the console, which may have a token
			}
			if len(list) != len(logged)-own {
				t.Errorf("%d entries for %d lines:\n%s", len(list), len(logged), strings.Join(kept, "\n"))
			}
			find := func(message string) redis.Entry {
				t.Helper()
				for _, e := range list {
					if strings.HasPrefix(e.Message, message) {
						return e
					}
				}
				t.Fatalf("no %q in %q", message, kept)
				return redis.Entry{}
			}
			for _, c := range []struct{ message, level, client, kind string }{
				{"loading", "INFO", "", ""}, {"hello 1", "WARN", "127.0.0.1", ""}, {"info one", "INFO", "127.0.0.1", ""},
				{"error two", "ERROR", "127.0.0.1", ""}, {"custom three", "INFO", "127.0.0.1", "custom"},
			} {
				e := find(c.message)
				if e.Level.String() != c.level || e.Attr("client") != c.client || e.Attr("type") != c.kind || e.Attr("resource") != "talk" || e.Attr("version") != "1" {
					t.Errorf("%s: %+v", c.message, e)
				}
			}
			if e := find("ReferenceError"); !strings.Contains(e.Attr("detail"), "\n") || !strings.Contains(e.Attr("detail"), "undefinedName()") {
				t.Errorf("detail: %+v", e)
			}
			raw := find("info one").Raw
			want := `^\{"time":"[-0-9]{10}T[:0-9]{8}\.\d{3}Z","level":"INFO","message":"info one",.*\}$`
			if form == "text" {
				want = `^\[\w{3} \w{3} \d\d \d{4} \d\d:\d\d:\d\d GMT[-+]\d{4} \([^)]+\)\] \[info\] info one  resource=talk .*$`
			}
			if !regexp.MustCompile(want).MatchString(raw) {
				t.Errorf("%s does not match %s", raw, want)
			}
		})
	}
}

// TestRedisComesAndHangs checks that the server starts without Redis, says so once, uses Redis when
// it appears, and that a stop waits for it no longer than it may.
func TestRedisComesAndHangs(t *testing.T) {
	t.Parallel()
	r := newRedis(t)
	p := commandtest.Start(t, map[string]string{"talk.js": talker}, "--redis", "redis://:very-secret@127.0.0.1:"+strconv.Itoa(r.Port), "--log-flush-timeout", "0.5", "--logKey", "mine")
	p.Wait("that Redis is away", func() bool { return strings.Contains(p.Text(), "nothing listens there") })
	c := p.Dial("/talk")
	c.SendText("info early")
	c.Next()
	r.Start()
	p.Wait("another fault", func() bool { return strings.Contains(p.Text(), "fault=WRONGPASS") })
	_ = p.Stop(os.Interrupt)
	faults := regexp.MustCompile(`(?m)Redis does not take the log; lines wait.*nothing listens there`).FindAllString(p.Text(), -1)
	if len(faults) != 1 || strings.Contains(p.Text(), "very-secret") || !strings.Contains(p.Text(), "the end of the log is missing in Redis") {
		t.Errorf("it said %d times that nothing listens:\n%s", len(faults), p.Text())
	}

	r = newRedis(t)
	p = commandtest.Start(t, map[string]string{"talk.js": talker}, "--redis", r.URL(), "--log-flush-timeout", "0.5", "--logKey", "mine")
	p.Wait("that Redis is away", func() bool { return strings.Contains(p.Text(), "nothing listens there") })
	c = p.Dial("/talk")
	c.SendText("info early")
	c.Next()
	r.Start()
	p.Wait("that it is there", func() bool { return strings.Contains(p.Text(), "Redis takes the log again") })
	p.Wait("the line", func() bool {
		for _, e := range entries(t, r, "mine") {
			if e.Message == "info early" {
				return true
			}
		}
		return false
	})
	r.Freeze()
	c.SendText("info late")
	c.Next()
	began := time.Now()
	_ = c.Conn.Close()
	if code := p.Stop(os.Interrupt); code != 0 || time.Since(began) > 20*time.Second {
		t.Errorf("exit %d after %v", code, time.Since(began))
	}
	if !strings.Contains(p.Text(), "the end of the log is missing in Redis") {
		t.Error(p.Text())
	}
	r.Thaw()
}

// TestLogs checks what logs selects and how it shows it, and that it explains each mistake in one
// line without passwords.
func TestLogs(t *testing.T) {
	t.Parallel()
	r := newRedis(t).Start()
	p := commandtest.Start(t, map[string]string{"talk.js": talker, "other.js": talker}, "--redis", r.URL(), "--log-max", "60")
	for _, resource := range []string{"/other", "/talk"} {
		c := p.Dial(resource)
		for i := range 30 {
			c.SendText(fmt.Sprintf("info %d \x1b[31m of %s", i, resource))
			c.Next()
		}
		c.SendText("error last")
		c.Next()
	}
	c := p.Dial("/talk")
	c.SendText("custom")
	c.Next()
	key := "node.websocket.localhost." + strconv.Itoa(p.Port)
	p.Wait("the last line", func() bool {
		list := entries(t, r, key)
		return slices.ContainsFunc(list, func(e redis.Entry) bool { return e.Message == "custom" })
	})
	args := "logs --redis " + r.URL() + " --port " + strconv.Itoa(p.Port)
	run := func(more string) []string {
		t.Helper()
		out, code := commandtest.Run(t, ".", strings.Fields(args+" "+more)...)
		if code != 0 {
			t.Fatalf("%s: exit %d: %s", more, code, out)
		}
		return strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	}
	// The number of clients is logged five seconds after the first has come.
	isCount := func(line string) bool { return strings.Contains(line, " INFO  clients ") }
	lines := run("")
	last := lines[len(lines)-1]
	if isCount(last) {
		last = lines[max(len(lines)-2, 0)]
	}
	if len(lines) != 20 || !regexp.MustCompile(`^\d{4}-\d\d-\d\d [:.0-9]{12} INFO  custom  resource=talk client=127.0.0.1 id=\S+ type=custom version=1$`).MatchString(last) {
		t.Errorf("by itself: %q", lines)
	}
	if lines := run("--tail 2 --resource other --level info --json"); len(lines) != 2 || !strings.Contains(lines[0], `29 \u001b[31m of /other"`) || !json.Valid([]byte(lines[1])) ||
		!strings.Contains(lines[1], `"level":"ERROR","message":"error last","resource":"other"`) {
		t.Errorf("JSON: %q", lines)
	}
	if lines := run("--tail 2 --level error"); len(lines) != 2 || !strings.Contains(lines[0], "resource=other") || !strings.Contains(lines[1], "resource=talk") {
		t.Errorf("errors: %q", lines)
	}
	lines = run("--range=-1:-1")
	if isCount(lines[0]) {
		lines = run("--range=-2:-2")
	}
	if len(lines) != 1 || !strings.Contains(lines[0], "custom") {
		t.Errorf("range: %q", lines)
	}
	if lines := run("--tail 1000"); strings.Contains(strings.Join(lines, ""), "\x1b") || !strings.Contains(strings.Join(lines, ""), `\x1b[31m`) {
		t.Errorf("not escaped: %q", lines)
	}

	nowhere := newRedis(t)
	for _, c := range []struct {
		command, says string
		code          int
	}{
		{"logs --redis redis://:hidden@127.0.0.1:" + strconv.Itoa(nowhere.Port), "nothing listens there; see --redis", 1},
		{args + " --logKey none", "there is no log none in Redis", 1},
		{args + " --logKey " + key + ":trimmed", "is no log but a string", 1},
		{args + " --range 5", "--range: it takes two indices", 2},
		{args + " --range 1:2 --follow", "one of them", 2},
		{args + " --level loud", "debug, info, warn or error", 2},
		{args + " --modules x", "--modules: no such option", 2},
		{"logs --redis http://x:hidden@y", "it takes redis://[user:password@]host:port/db", 2},
		{"--redis redis://x:hidden@y:hidden", "it takes redis://[user:password@]host:port/db", 2},
		{"redis://x:hidden@y", `"redis://…@y": options begin with two dashes`, 2},
		{"logs --tail redis://x:hidden@z@y/1", `"redis://…@y/1" is not accepted`, 2},
		{args + " --follow=5", "it takes true or false", 2},
		{"--redis rediss://x:hidden@y?ca=/no/file", "/no/file", 2},
		{"--log-format xml", "json or text", 2},
		{"--log-max 0", "1 to 1000000000", 2},
	} {
		out, code := commandtest.Run(t, t.TempDir(), strings.Fields(c.command)...)
		if code != c.code || !strings.Contains(out, c.says) || strings.Count(out, "\n") != 1 || strings.Contains(out, "hidden") {
			t.Errorf("%s: exit %d and %q, want exit %d and one line with %q", c.command, code, out, c.code, c.says)
		}
	}
	if out, code := commandtest.Run(t, ".", "logs", "--help"); code != 0 || !strings.Contains(out, "--follow") {
		t.Errorf("logs --help: exit %d: %s", code, out)
	}
}

// TestLogsFollow checks that logs --follow shows what is appended, and exits well on ^C and when
// nobody reads any more.
func TestLogsFollow(t *testing.T) {
	t.Parallel()
	r := newRedis(t).Start()
	p := commandtest.Start(t, map[string]string{"talk.js": talker}, "--redis", r.URL())
	c := p.Dial("/talk")
	say := func(text string) {
		c.SendText(text)
		c.Next()
	}
	say("first")
	key := "node.websocket.localhost." + strconv.Itoa(p.Port)
	p.Wait("the line", func() bool { return len(entries(t, r, key)) > 2 })
	for _, byHand := range []bool{true, false} {
		cmd := commandtest.Command(t.Context(), "logs", "--redis", r.URL(), "--port", strconv.Itoa(p.Port), "--follow")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		var complaints bytes.Buffer
		cmd.Stderr = &complaints
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		await := func(text string) {
			t.Helper()
			var got []byte
			b := make([]byte, 1<<12)
			for !bytes.Contains(got, []byte(text)) {
				n, err := out.Read(b)
				got = append(got, b[:n]...)
				if err != nil {
					t.Fatalf("%v before %s: %s %s", err, text, got, complaints.String())
				}
			}
		}
		await("first")
		say("second")
		await("second")
		if byHand {
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			rest, _ := io.ReadAll(out)
			for line := range strings.Lines(string(rest)) {
				if !strings.Contains(line, " INFO  clients ") { // which comes five seconds after the first client
					t.Errorf("after ^C: %s", line)
				}
			}
		} else {
			_ = out.Close()
			say("third")
		}
		if err := cmd.Wait(); err != nil || complaints.Len() > 0 {
			t.Errorf("it ended with %v: %s", err, complaints.String())
		}
	}
}

// TestLogsUnread checks that logs ends on ^C although nobody reads what it shows, as with a pager
// that waits.
func TestLogsUnread(t *testing.T) {
	t.Parallel()
	r := newRedis(t).Start()
	p := commandtest.Start(t, map[string]string{"talk.js": talker}, "--redis", r.URL())
	c := p.Dial("/talk")
	for range 10 { // more than a pipe holds
		c.SendText("info " + strings.Repeat("x", 15_000))
		c.Next()
	}
	key := "node.websocket.localhost." + strconv.Itoa(p.Port)
	p.Wait("the lines", func() bool { return len(entries(t, r, key)) > 10 })
	cmd := commandtest.Command(t.Context(), "logs", "--redis", r.URL(), "--port", strconv.Itoa(p.Port))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil { // logs has begun
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	killer := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer killer.Stop()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
