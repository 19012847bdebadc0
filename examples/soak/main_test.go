package soak

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"node.websocket/runtime/command/commandtest"
)

var (
	length = flag.Duration("soak", 5*time.Second, "how long the hostile clients attack")
	places = flag.Int("visitors", 2000, "how many clients come and go at a time")
	only   = flag.String("kinds", "", "a regular expression for the kinds of hostile clients; all, if it is empty")
)

// asChild is the environment variable that makes the test binary be another process of the test: the
// hostile clients, the visitors, or the echo that the program is compared with.
const asChild = "NODE_WEBSOCKET_SOAK"

func TestMain(m *testing.M) {
	switch os.Getenv(asChild) {
	case "hostile":
		os.Exit(beHostile(os.Args[1:]))
	case "visitors":
		os.Exit(beVisitors(os.Args[1:]))
	case "echo":
		os.Exit(beEcho())
	}
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "node.websocket-soak-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = commandtest.Build("../..", dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		return 1
	}
	return m.Run()
}

// child returns the command that makes this binary another process, at a lower priority than the
// program unless it is the echo.
func child(t *testing.T, what string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	if what != "echo" {
		cmd = exec.CommandContext(t.Context(), "nice", append([]string{"-n", "10", self}, args...)...)
	}
	cmd.Env = append(os.Environ(), asChild+"="+what)
	cmd.Stderr = os.Stderr
	return cmd
}

// beEcho prints the address of a TCP echo for one client, and serves that until its standard input ends.
func beEcho() int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		return 1
	}
	fmt.Println(l.Addr())
	go func() { // ends with the process
		if conn, err := l.Accept(); err == nil {
			_, _ = io.Copy(struct{ io.Writer }{conn}, struct{ io.Reader }{conn}) // without splice
		}
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// A control exchanges messages with an echo in another process, to measure what the machine adds to
// every latency.
type control struct {
	conn   net.Conn
	cmd    *exec.Cmd
	input  io.Closer
	done   chan struct{}
	result chan latencies
}

func startControl(t *testing.T) *control {
	t.Helper()
	c := &control{cmd: child(t, "echo"), done: make(chan struct{}), result: make(chan latencies, 1)}
	in, err := c.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.input = in
	lines := bufio.NewScanner(out)
	lines.Scan()
	if c.conn, err = net.Dial("tcp", lines.Text()); err != nil {
		t.Fatal(err)
	}
	go c.measure()
	return c
}

// measure ends when done is closed.
func (c *control) measure() {
	var all latencies
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	p := make([]byte, 64)
	for {
		select {
		case <-c.done:
			c.result <- all
			return
		case <-tick.C:
			start := time.Now()
			if _, err := c.conn.Write(p); err != nil {
				c.result <- nil
				return
			}
			if _, err := io.ReadFull(c.conn, p); err != nil {
				c.result <- nil
				return
			}
			all = append(all, time.Since(start))
		}
	}
}

// stop ends the control and returns what it has measured.
func (c *control) stop(t *testing.T) latencies {
	t.Helper()
	close(c.done)
	all := <-c.result
	_ = c.conn.Close()
	_ = c.input.Close()
	if err := c.cmd.Wait(); err != nil || len(all) == 0 {
		t.Errorf("the control: %d exchanges, %v", len(all), err)
	}
	return all
}
