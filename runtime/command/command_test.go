package command

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/transport/websocket/websockettest"
)

func TestMain(m *testing.M) { commandtest.Main(m, Main) }

func TestHelp(t *testing.T) {
	t.Parallel()
	out, code := commandtest.Run(t, t.TempDir(), "--help")
	if code != 0 || !strings.Contains(out, "Whom to serve") || !strings.Contains(out, " logs [options]") {
		t.Errorf("exit %d\n%s", code, out)
	}
	if out, code := commandtest.Run(t, t.TempDir(), "--modules", "two\nlines"); code != 1 || !strings.Contains(out, `there is no folder two\nlines here`) {
		t.Errorf("a name of two lines: exit %d\n%s", code, out)
	}
	for path, want := range map[string]string{
		"./node.websocket": "./node.websocket", "/x/go-build123/b001/exe/node.websocket": "go run .", "node.websocket.exe": "node.websocket.exe",
	} {
		if got := callOf(path); got != want {
			t.Errorf("%s is called as %s, want %s", path, got, want)
		}
	}
}

const farewell = `var Module = this.Module = function(){ };
Module.prototype.onData = function(d, c){ c.send(d); };
Module.prototype.onDisconnect = function(c, code){ console.log('bye ' + code); };`

// TestStop checks that a stop closes every connection with 1001, tells the module, and exits with 0.
func TestStop(t *testing.T) {
	t.Parallel()
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		p := commandtest.Start(t, map[string]string{"test.js": farewell})
		clients := []*websockettest.Client{p.Dial("/test"), p.Dial("/test")}
		closed := make(chan int, len(clients))
		for _, c := range clients {
			c.SendText("x")
			c.Next()
			go func() { closed <- awaitClose(t, c) }() // ends when the server closes the connection
		}
		if code := p.Stop(s); code != 0 {
			t.Errorf("%v: exit %d", s, code)
		}
		for range clients {
			if code := <-closed; code != 1001 {
				t.Errorf("%v: closed with %d, want 1001", s, code)
			}
		}
		if n := strings.Count(p.Text(), "bye 1001"); n != 2 {
			t.Errorf("%v: onDisconnect ran %d times, want 2\n%s", s, n, p.Text())
		}
	}
}

// awaitClose answers the server's close and returns its code.
func awaitClose(t *testing.T, c *websockettest.Client) int {
	code, err := c.AwaitClose()
	if err != nil {
		t.Error(err)
	}
	return code
}

// TestSecondSignal checks that a second signal does not wait for a client that leaves the close
// unanswered, which the first one does. A hangup does not count as a second signal.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	p := commandtest.Start(t, map[string]string{"test.js": farewell})
	p.Dial("/test")
	p.Signal(os.Interrupt)
	p.Wait("the stop to begin", func() bool { return strings.Contains(p.Text(), "stopping") })
	p.Signal(syscall.SIGHUP)
	p.Wait("the reload", func() bool { return strings.Contains(p.Text(), "reloading") })
	if code := p.Stop(os.Interrupt); code != 1 || !strings.Contains(p.Text(), "stopped at once by a second interrupt") {
		t.Errorf("exit %d\n%s", code, p.Text())
	}
}

// TestLogCannotBeForged checks that a client's message cannot look like a line of the log.
func TestLogCannotBeForged(t *testing.T) {
	t.Parallel()
	p := commandtest.Start(t, map[string]string{"test.js": `this.Module = function(){ this.onData = function(d, c){ c.log(d); c.send('ok') } };`}, "--origins", "http://a.com")
	c := p.Dial("/test", "Origin: http://a.com\r\n")
	c.SendText("one\n2026-01-01 00:00:00.000 ERROR forged\x1b[31m")
	c.Next()
	p.Wait("the line", func() bool { return strings.Contains(p.Text(), "forged") })
	for line := range strings.SplitSeq(p.Text(), "\n") {
		if strings.HasPrefix(line, "2026-01-01") || strings.Contains(line, "\x1b") {
			t.Errorf("forged: %q", line)
		}
	}
	if !strings.Contains(p.Text(), "    | 2026-01-01 00:00:00.000 ERROR forged\\x1b[31m") {
		t.Errorf("not logged:\n%s", p.Text())
	}
}

// TestVersion checks that the command and the option print the same line.
func TestVersion(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"version"}, {"--version"}, {"--port", "1", "--version"}} {
		out, code := commandtest.Run(t, t.TempDir(), args...)
		if code != 0 || out != versionLine()+"\n" || !strings.HasPrefix(out, "node.websocket ") {
			t.Errorf("%v: exit %d: %s", args, code, out)
		}
	}
	if out, code := commandtest.Run(t, t.TempDir(), "version", "1"); code != 2 || !strings.Contains(out, "one argument too many") {
		t.Errorf("exit %d: %s", code, out)
	}
}

// TestConfiguration runs the program with a configuration file.
func TestConfiguration(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "node.toml")
	commandtest.WriteFile(t, file, "origins = 'http://a.com'\npong-timeout = 7\n")
	out, code := commandtest.Run(t, t.TempDir(), "--config", file, "--port", "1", "--print-config")
	if code != 0 || !strings.Contains(out, "\nport = 1  # --port\n") || !strings.Contains(out, "\npong-timeout = 7  # "+file+":2\n") {
		t.Errorf("exit %d\n%s", code, out)
	}
	p := commandtest.Start(t, map[string]string{"test.js": farewell}, "--config", file)
	if c, err := p.Connect("/test", "Origin: http://b.com\r\n"); err == nil {
		_ = c.Conn.Close()
		t.Error("an origin that the file does not list may connect")
	}
	p.Dial("/test", "Origin: http://a.com\r\n")
}
