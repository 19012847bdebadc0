package command

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"node.websocket/runtime/command/commandtest"
)

const countingMessages = `count = 0;
exports.Module = class { onData(data, c){ count++; c.send(data) } };`

// awaitRepl waits until a program accepts the command repl, which it does after its banner. dir is its XDG_RUNTIME_DIR.
func awaitRepl(p *commandtest.Process, dir string) {
	p.Wait("the socket of the repl", func() bool {
		c, err := net.Dial("unix", filepath.Join(dir, "node.websocket-repl", strconv.Itoa(p.Port)))
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

// TestRepl evaluates lines of a pipe in a module that serves.
func TestRepl(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", dir)
	p := commandtest.Start(t, map[string]string{"chat.js": countingMessages}, "--allow-repl")
	awaitRepl(p, dir)
	c := p.Dial("/chat")
	c.SendText("x")
	c.Next()
	port := strconv.Itoa(p.Port)
	for _, try := range []struct {
		input, module string
		code          int
		want          string
	}{
		{"count\ncount = 5\n\nserver.clients\nfunction f(a) {\n  return a + count\n}\nf(1)\nawait Promise.resolve({ a: 1 })\n_.a", "chat", 0, "1\n5\n1\nundefined\n6\n{ a: 1 }\n1\n"},
		{"for (const c of connections) c.send('from the repl')", "/Chat", 0, "true\n"},
		{"1\nnosuch()\n2\n", "chat", 1, "1\nnode.websocket: ReferenceError: nosuch is not defined\n"},
		{"console.log('a'); console.log('b'); 1", "chat", 0, "a\nb\n1\n"},
		{"console.log('a'); nosuch", "chat", 1, "a\nnode.websocket: ReferenceError: nosuch is not defined\n"},
		{"f(", "chat", 1, "node.websocket: the code breaks off\n"},
		{"1", "nosuch", 1, "node.websocket: there is no module for /nosuch\n"},
	} {
		out, err, code := pipe(t, strings.NewReader(try.input), "repl", try.module, "--port", port)
		if code != try.code || out+err != try.want {
			t.Errorf("%q: exit %d\n%s%swant\n%s", try.input, code, out, err, try.want)
		}
	}
	if got := c.Next(); got != "from the repl" {
		t.Errorf("the client has received %q", got)
	}
	p.Wait("the line", func() bool { return strings.Contains(p.Text(), "INFO  repl: count = 5  resource=chat failed=false\n") })
	_ = c.Conn.Close()
	folder := filepath.Join(dir, "node.websocket-repl")
	for name, want := range map[string]os.FileMode{folder: 0o700, filepath.Join(folder, port): 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if _, err := listenRepl(p.Port); err == nil || !strings.Contains(err.Error(), "another server has ") {
		t.Errorf("a second server: %v", err)
	}
	if code := p.Stop(os.Interrupt); code != 0 {
		t.Errorf("exit %d\n%s", code, p.Text())
	}
	if _, err := os.Stat(filepath.Join(folder, port)); err == nil {
		t.Error("the socket is still there")
	}
	commandtest.WriteFile(t, filepath.Join(folder, port), "") // of a server that was killed
	if l, err := listenRepl(p.Port); err != nil {
		t.Error(err)
	} else {
		_ = l.Close()
	}
	for _, try := range []struct {
		args string
		code int
		want string
	}{
		{"repl chat --port " + port, 1, "no server of yours on port " + port + " was started with --allow-repl"},
		{"repl", 2, "repl: it takes the name of a module"},
		{"repl --help", 0, " repl chat\n"},
	} {
		if out, err, code := pipe(t, nil, strings.Fields(try.args)...); code != try.code || !strings.Contains(out+err, try.want) {
			t.Errorf("%s: exit %d\n%s%s", try.args, code, out, err)
		}
	}
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := listenRepl(p.Port); err == nil || !strings.Contains(err.Error(), "run chmod 700") {
		t.Errorf("a folder that others can enter: %v", err)
	}
}

// A brokenListener cannot accept connections, as without descriptors, until there were a few tries.
type brokenListener struct {
	net.Listener
	tries int
}

func (l *brokenListener) Accept() (net.Conn, error) {
	if l.tries--; l.tries > 0 {
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	return nil, net.ErrClosed
}

// TestReplWithoutDescriptors expects a wait between connections that cannot be accepted.
func TestReplWithoutDescriptors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		new(replServer).serve(&brokenListener{tries: 4})
		if took := time.Since(began); took != 3*acceptPause {
			t.Errorf("three failures took %v", took)
		}
	})
}
