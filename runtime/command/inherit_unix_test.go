//go:build unix

package command

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/transport/websocket"
)

// listenFor returns a socket for the program, and its port.
func listenFor(t *testing.T) (*os.File, int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file, l.Addr().(*net.TCPAddr).Port
}

// TestRestartRefusesNobody starts the program again and again on a socket that the test keeps, while
// clients come and go. None is refused, not even between two programs, and each is served or closed with
// 1001.
func TestRestartRefusesNobody(t *testing.T) {
	t.Parallel()
	socket, port := listenFor(t)
	modules := map[string]string{"test.js": farewell}
	p := commandtest.StartInheriting(t, []*os.File{socket}, nil, modules)
	if p.Port != port {
		t.Fatalf("it serves port %d, want %d", p.Port, port)
	}
	var served, closed atomic.Int64
	var answers [8]atomic.Int64 // of each client
	over := make(chan struct{})
	var clients sync.WaitGroup
	for i := range answers {
		clients.Go(func() { // ends with over
			for !isClosed(over) {
				c, err := commandtest.Connect("127.0.0.1:"+strconv.Itoa(port), "/test")
				if err != nil {
					t.Errorf("refused: %v", err)
					return
				}
				for n := 0; i < 4 || n < 20; n++ { // the first four stay until they are closed
					if n > 0 && isClosed(over) {
						break
					}
					op, payload := websocket.Opcode(0), ""
					if err = c.Write(websocket.Text, "x"); err == nil {
						op, payload, err = c.ReadAnswering()
					}
					if err == nil && op == websocket.Text {
						served.Add(1)
						answers[i].Add(1)
						continue
					}
					if err != nil || !strings.HasPrefix(payload, "\x03\xe9") {
						t.Errorf("opcode %d, payload %q, error %v; want the message or a Close with 1001", op, payload, err)
					} else if err := c.Write(websocket.Close, payload[:2]); err == nil {
						closed.Add(1)
					}
					break
				}
				_ = c.Conn.Close()
			}
		})
	}
	serving := func() { // also each of those that stay
		before := served.Load()
		var by [4]int64
		for i := range by {
			by[i] = answers[i].Load()
		}
		p.Wait("clients to be served", func() bool {
			all := served.Load() > before+100
			for i := range by {
				all = all && answers[i].Load() > by[i]
			}
			return all || t.Failed()
		})
	}
	for range 3 {
		serving()
		if code := p.Stop(syscall.SIGTERM); code != 0 {
			t.Errorf("exit %d", code)
		}
		p = commandtest.StartInheriting(t, []*os.File{socket}, nil, modules)
	}
	serving()
	close(over)
	clients.Wait()
	if n := closed.Load(); n < 12 {
		t.Errorf("%d clients were closed with 1001, want at least 4 for each of 3 stops", n)
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// TestInherit checks that sockets are told apart by their names, and that systemd is told when the program
// serves and when it stops.
func TestInherit(t *testing.T) {
	t.Parallel()
	clients, port := listenFor(t)
	internal, internalPort := listenFor(t)
	told, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer told.Close()
	if err := told.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	wantTold := func(want string) {
		t.Helper()
		b := make([]byte, 100)
		if n, err := told.Read(b); err != nil || string(b[:n]) != want {
			t.Errorf("told systemd %q (%v), want %q", b[:n], err, want)
		}
	}
	p := commandtest.StartInheriting(t, []*os.File{internal, clients},
		[]string{"LISTEN_FDNAMES=internal:node.websocket.socket", "NOTIFY_SOCKET=" + told.LocalAddr().String()}, map[string]string{"test.js": farewell})
	wantTold("READY=1")
	if p.Port != port {
		t.Errorf("clients have port %d, want %d", p.Port, port)
	}
	if status, body, _ := probe(t, "http://127.0.0.1:"+strconv.Itoa(internalPort)+"/ready"); status != 200 {
		t.Errorf("the internal port: %d %q", status, body)
	}
	c := p.Dial("/test")
	c.SendText("x")
	c.Next()
	p.Signal(syscall.SIGTERM)
	wantTold("STOPPING=1")
	if code := awaitClose(t, c); code != 1001 {
		t.Errorf("closed with %d", code)
	}
	if code := p.Ended(); code != 0 {
		t.Errorf("exit %d", code)
	}
}

// TestInheritRefuses checks what the program says of sockets that it does not serve: those that speak no
// TCP, and those that everybody reaches, with --proxy-protocol.
func TestInheritRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	commandtest.WriteFile(t, filepath.Join(dir, "modules/test.js"), farewell)
	local, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "socket"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer local.Close()
	everywhere, err := net.ListenTCP("tcp", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer everywhere.Close()
	for _, test := range []struct {
		socket interface{ File() (*os.File, error) }
		arg    string
		want   string
	}{
		{local, "--watch=false", "only tcp is served"},
		{everywhere, "--proxy-protocol", "could claim any address"},
	} {
		file, err := test.socket.File()
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		out, code := commandtest.RunInheriting(t, dir, []*os.File{file}, nil, "--public", "", test.arg)
		if code == 0 || !strings.Contains(out, test.want) {
			t.Errorf("exit %d, want %q: %s", code, test.want, out)
		}
	}
}
