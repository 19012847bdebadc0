package command

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/transport/websocket/websockettest"
)

func TestMain(m *testing.M) { commandtest.Main(m, Main) }

// TestRefusesToStart checks that whatever keeps the program from starting is one line that names the
// option to change.
func TestRefusesToStart(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := strconv.Itoa(taken.Addr().(*net.TCPAddr).Port)
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "modules"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		command string // words between spaces
		code    int
		says    string
	}{
		{"--port " + port, 1, "another program has this port; stop it, or choose another with --port N"},
		{"--modules nosuch", 1, "there is no folder nosuch here; make one with a module in it, or name another with --modules DIR"},
		{"--public nosuch", 1, "--public"},
		{"--host 192.0.2.1", 1, "this machine does not have that address"},
		{"--port=http", 2, "a number from 0 to 65535"},
		{"--nosuch", 2, "no such option"},
		{"--tls-cert nosuch.pem", 2, "one needs the other"},
		{"--port 0 --tls-cert nosuch.pem --tls-key nosuch.pem", 1, "--tls-cert and --tls-key: stat nosuch.pem: no such file"},
		{"--port 0 --tls-client-ca nosuch.pem", 1, "--tls-client-ca: open nosuch.pem: no such file"},
		{"--port 0 --flash-policy-port " + port, 1, "choose another with --flash-policy-port N"},
		{`--origins=eval('x')`, 2, "an origin such as"},
		{"--modules two\nlines", 1, `there is no folder two\nlines here`},
	} {
		out, code := commandtest.Run(t, dir, strings.Split(c.command, " ")...)
		if code != c.code || !strings.Contains(out, c.says) || strings.Count(out, "\n") != 1 {
			t.Errorf("%s: exit %d and %q, want exit %d and one line with %q", c.command, code, out, c.code, c.says)
		}
	}
	out, code := commandtest.Run(t, dir, "--help")
	if code != 0 || !strings.Contains(out, "Whom to serve") {
		t.Errorf("--help: exit %d\n%s", code, out)
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
