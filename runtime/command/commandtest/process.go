// Package commandtest runs the program in tests, as a process of its own.
//
// # What
//
// [Start] starts the server on a free port, with the modules of the test; [Run] runs a command to its end.
// The process is killed when the test ends, and its log is shown if the test has failed.
//
// # How to use
//
// In TestMain, [Main] makes the test binary be the program as well, which saves building it; where the program
// cannot be linked into the tests, as in examples, [Build] builds it.
//
//	func TestMain(m *testing.M) { commandtest.Main(m, command.Main) }
//
//	p := commandtest.Start(t, map[string]string{"echo.js": echo}, "--origins", "http://a.com")
//	c := p.Dial("/echo")
//
// # Concurrency
//
// Tests with processes of their own may run in parallel. A [Process] may be used by any goroutine, but only
// the test's own may call methods that can fail it. For each process one goroutine waits; it ends with the
// process.
package commandtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"
)

// limit bounds the time of each wait, generously for a busy machine.
const limit = 60 * time.Second

// asProgram is the environment variable that makes a test binary be the program.
const asProgram = "NODE_WEBSOCKET_AS_PROGRAM"

// program is the path of the program. It is fixed before the tests run.
var program string

// Main runs the tests, or the program if it was started by a test. It does not return.
func Main(m *testing.M, main func(args []string) int) {
	if os.Getenv(asProgram) != "" {
		os.Exit(main(os.Args[1:]))
	}
	var err error
	if program, err = os.Executable(); err != nil {
		fmt.Fprintln(os.Stderr, "commandtest:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// Build builds the program from the module in the folder source, into the folder to. Start and Run use it from
// then on.
func Build(source, to string) error {
	name := filepath.Join(to, "node.websocket")
	build := exec.Command("go", "build", "-o", name, ".")
	build.Dir = source
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build of the program: %w\n%s", err, out)
	}
	program = name
	return nil
}

// Command returns the program with these arguments, ready to be started.
func Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

// A Process is the program, serving.
type Process struct {
	Port int    // that it serves
	Dir  string // of its modules, unless the test has named another with --modules

	t    testing.TB
	cmd  *exec.Cmd
	log  output
	done chan struct{} // closed when the process has ended
}

// output collects what a process writes.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

var atPort = regexp.MustCompile(`wss?://\S+:(\d+)/`)

// Start runs the server on a free port with a folder of modules, given by their names in it, and returns when it
// serves. Further arguments may name other ones.
func Start(t testing.TB, modules map[string]string, args ...string) *Process {
	t.Helper()
	return start(t, modules, func(*exec.Cmd) {}, args...)
}

// StartIn runs the server on a free port in a folder, with the modules and pages that it finds there, and
// returns when it serves.
func StartIn(t testing.TB, dir string, args ...string) *Process {
	t.Helper()
	p := &Process{t: t, Dir: filepath.Join(dir, "modules"), done: make(chan struct{})}
	p.cmd = Command(context.Background(), append([]string{"--port", "0"}, args...)...)
	p.cmd.Dir = dir
	return p.serve(t)
}

// start is Start with a function that changes the command before it is started.
func start(t testing.TB, modules map[string]string, change func(*exec.Cmd), args ...string) *Process {
	t.Helper()
	p := &Process{t: t, Dir: t.TempDir(), done: make(chan struct{})}
	for name, text := range modules {
		WriteFile(t, filepath.Join(p.Dir, name), text)
	}
	p.cmd = Command(context.Background(), append([]string{"--port", "0", "--modules", p.Dir, "--public", ""}, args...)...)
	change(p.cmd)
	return p.serve(t)
}

// serve starts the process, and returns it when it serves.
func (p *Process) serve(t testing.TB) *Process {
	t.Helper()
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { // ends with the process
		defer close(p.done)
		_ = p.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.done
		if t.Failed() {
			t.Log(p.Text())
		}
	})
	p.Wait("the banner", func() bool { return atPort.MatchString(p.Text()) })
	p.Port, _ = strconv.Atoi(atPort.FindStringSubmatch(p.Text())[1])
	return p
}

// Address returns the process's address: "127.0.0.1:8080".
func (p *Process) Address() string { return "127.0.0.1:" + strconv.Itoa(p.Port) }

// PID returns the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Text returns what the process has printed so far.
func (p *Process) Text() string { return p.log.String() }

// Wait returns once ok does. It fails the test if that takes too long, or the process ends.
func (p *Process) Wait(what string, ok func() bool) {
	p.t.Helper()
	deadline := time.Now().Add(limit)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-p.done:
			if ok() {
				return
			}
			p.t.Fatalf("it ended before %s: %v", what, p.cmd.ProcessState)
		case <-tick.C:
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("timed out: %s", what)
		}
	}
}

// Signal sends a signal.
func (p *Process) Signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// Running reports whether the process has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Stop sends a signal and returns the exit code.
func (p *Process) Stop(s os.Signal) int {
	p.t.Helper()
	p.Signal(s)
	return p.Ended()
}

// Ended waits for the process to end and returns its exit code.
func (p *Process) Ended() int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(limit):
		p.t.Fatal("it did not stop")
	}
	return p.cmd.ProcessState.ExitCode()
}

// Run runs the program to its end in a folder, and returns what it printed and its exit code.
func Run(t testing.TB, dir string, args ...string) (string, int) {
	t.Helper()
	return run(t, dir, func(*exec.Cmd) {}, args...)
}

// run is Run with a function that changes the command before it is started.
func run(t testing.TB, dir string, change func(*exec.Cmd), args ...string) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := Command(ctx, args...)
	cmd.Dir = dir
	change(cmd)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// WriteFile writes a file, and makes its folder if need be.
func WriteFile(t testing.TB, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
