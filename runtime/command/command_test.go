package command

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is the built binary; TestMain makes it.
var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "node.websocket")
	if err == nil {
		program = filepath.Join(dir, "node.websocket")
		build := exec.Command("go", "build", "-o", program, "node.websocket")
		build.Stderr = os.Stderr
		err = build.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "build the program:", err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// skip skips a test that needs what this machine does not have. In CI everything must be there.
func skip(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal("may not skip in CI: ", reason)
	}
	t.Skip(reason)
}

// A process is the program, running.
type process struct {
	t    testing.TB
	cmd  *exec.Cmd
	port int
	dir  string // of the modules

	mu  sync.Mutex
	log bytes.Buffer // guarded by mu
	out chan struct{}
}

func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(b)
}

func (p *process) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

var atPort = regexp.MustCompile(`wss?://\S+:(\d+)/`)

// start runs the program on a free port with a folder of modules, and waits until it serves. It is stopped when the
// test ends.
func start(t testing.TB, modules map[string]string, args ...string) *process {
	t.Helper()
	p := &process{t: t, dir: t.TempDir(), out: make(chan struct{})}
	for name, text := range modules {
		writeFile(t, filepath.Join(p.dir, name), text)
	}
	p.cmd = exec.Command(program, append([]string{"--port", "0", "--modules", p.dir, "--public", ""}, args...)...)
	p.cmd.Stderr = p
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { // ends with the program
		defer close(p.out)
		_ = p.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.out
		if t.Failed() {
			t.Log(p.text())
		}
	})
	p.wait("the banner", func() bool { return atPort.MatchString(p.text()) })
	p.port, _ = strconv.Atoi(atPort.FindStringSubmatch(p.text())[1])
	return p
}

func writeFile(t testing.TB, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (p *process) wait(what string, ok func() bool) {
	p.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			p.t.Fatalf("timed out: %s", what)
		}
		<-tick.C
	}
}

// stop sends a signal and returns the exit code.
func (p *process) stop(s os.Signal) int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
	select {
	case <-p.out:
	case <-time.After(20 * time.Second):
		p.t.Fatal("did not stop")
	}
	return p.cmd.ProcessState.ExitCode()
}

// runOnce runs the program to its end, through a shell, and returns what it said and its exit code.
func runOnce(t *testing.T, dir, command string) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", `"$0" `+command, program)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func TestRefusesToStart(t *testing.T) {
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
		command string
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
		{"--tls-cert nosuch.pem --tls-key nosuch.pem", 1, "--tls-cert and --tls-key: stat nosuch.pem: no such file"},
		{"--tls-client-ca nosuch.pem", 1, "--tls-client-ca: open nosuch.pem: no such file"},
		{"--port 0 --flash-policy-port " + port, 1, "choose another with --flash-policy-port N"},
		{`--origins="eval('x')"`, 2, "an origin such as"},
		{"--modules 'two\nlines'", 1, `there is no folder two\nlines here`},
	} {
		out, code := runOnce(t, dir, c.command)
		if code != c.code || !strings.Contains(out, c.says) || strings.Count(out, "\n") != 1 {
			t.Errorf("%s: exit %d and %q, want exit %d and one line with %q", c.command, code, out, c.code, c.says)
		}
	}
	out, code := runOnce(t, dir, "--help")
	if code != 0 || !strings.Contains(out, "Whom to serve") {
		t.Errorf("--help: exit %d\n%s", code, out)
	}
}

// The options of 2009 as a real shell hands them over: the module sees what came of them.
func TestOptionsThroughAShell(t *testing.T) {
	for _, c := range []struct{ command, want string }{
		{`--port='0' --host='127.0.0.1'`, `127.0.0.1 "*"`},
		{`--origins=['http://a.com']`, `localhost "http://a.com"`},
		{`--origins="['http://a.com','http://b.com']"`, `localhost ["http://a.com","http://b.com"]`},
		{`--host "'127.0.0.1'" --origins '*'`, `127.0.0.1 "*"`},
	} {
		t.Run(c.command, func(t *testing.T) {
			words, err := exec.Command("sh", "-c", `for a in "$@"; do echo "$a"; done`, "sh").Output()
			if err != nil || len(words) != 0 {
				skip(t, "no shell on this machine")
			}
			words, err = exec.Command("sh", "-c", `for a in `+c.command+`; do echo "$a"; done`).Output()
			if err != nil {
				t.Fatal(err)
			}
			p := start(t, map[string]string{"test.js": `var Module = this.Module = function(){ };
				Module.prototype.onData = function(d, c){ c.send(c.server.options.host + ' ' + JSON.stringify(c.server.options.origins)) };`},
				strings.Fields(string(words))...)
			client := dial(t, p.port, "/test", "http://a.com")
			client.send("x")
			if got := client.next(); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

const farewell = `var Module = this.Module = function(){ };
Module.prototype.onData = function(d, c){ c.send(d); };
Module.prototype.onDisconnect = function(c, code){ console.log('bye ' + code); };`

func TestStop(t *testing.T) {
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		p := start(t, map[string]string{"test.js": farewell})
		clients := []*client{dial(t, p.port, "/test", ""), dial(t, p.port, "/test", "")}
		for _, c := range clients {
			c.send("x")
			c.next()
			go c.echoClose(t)
		}
		if code := p.stop(s); code != 0 {
			t.Errorf("%v: exit %d", s, code)
		}
		for _, c := range clients {
			if code := <-c.closed; code != 1001 {
				t.Errorf("%v: closed with %d, want 1001", s, code)
			}
		}
		if n := strings.Count(p.text(), "bye 1001"); n != 2 {
			t.Errorf("%v: onDisconnect ran %d times, want 2\n%s", s, n, p.text())
		}
	}
}

// A client that does not answer the close holds a stop up for a while; a second signal does not wait for it. A hangup is none.
func TestSecondSignal(t *testing.T) {
	p := start(t, map[string]string{"test.js": farewell})
	dial(t, p.port, "/test", "")
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	p.wait("the stop to begin", func() bool { return strings.Contains(p.text(), "stopping") })
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	p.wait("the reload", func() bool { return strings.Contains(p.text(), "reloading") })
	if code := p.stop(os.Interrupt); code != 1 || !strings.Contains(p.text(), "stopped at once by a second interrupt") {
		t.Errorf("exit %d\n%s", code, p.text())
	}
}

// What a client says cannot look like a line of the log.
func TestLogCannotBeForged(t *testing.T) {
	p := start(t, map[string]string{"test.js": `this.Module = function(){ this.onData = function(d, c){ c.log(d); c.send('ok') } };`}, "--origins", "http://a.com")
	c := dial(t, p.port, "/test", "http://a.com")
	c.send("one\n2026-01-01 00:00:00.000 ERROR forged\x1b[31m")
	c.next()
	p.wait("the line", func() bool { return strings.Contains(p.text(), "forged") })
	for line := range strings.SplitSeq(p.text(), "\n") {
		if strings.HasPrefix(line, "2026-01-01") || strings.Contains(line, "\x1b") {
			t.Errorf("forged: %q", line)
		}
	}
	if !strings.Contains(p.text(), "    | 2026-01-01 00:00:00.000 ERROR forged\\x1b[31m") {
		t.Errorf("not logged:\n%s", p.text())
	}
}
