package runtime

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"node.websocket/runtime/history"
)

// newRuntime writes the files to a new folder and returns a Runtime for it, which is closed when
// the test ends.
func newRuntime(t testing.TB, files map[string]string) (*Runtime, *logRecorder) {
	t.Helper()
	return newRuntimeWith(t, files, Options{})
}

func newRuntimeWith(t testing.TB, files map[string]string, o Options) (*Runtime, *logRecorder) {
	t.Helper()
	o.Dir = filepath.Join(t.TempDir(), "modules")
	o.TurnLimit = cmp.Or(o.TurnLimit, time.Minute) // a call may take longer on a busy machine than on others
	for name, text := range files {
		write(t, filepath.Join(o.Dir, name), text)
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	log := &logRecorder{}
	o.Log = slog.New(log)
	o.ReadOptions = readTestOptions
	r, err := start(o, "modules")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r, log
}

// readTestOptions accepts any options except a limit below 0.
func readTestOptions(options map[string]any) (ModuleOptions, error) {
	if n, ok := options["maxMessage"].(int64); ok && n < 0 {
		return ModuleOptions{}, errors.New("Module.options.maxMessage: too small")
	}
	workers, _ := options["workers"].(int64)
	limit, _ := options["handlerTimeout"].(int64) // in milliseconds
	requests, _ := options["requests"].(bool)
	kept := map[string]history.Limit{}
	patterns, _ := options["history"].(map[string]any)
	for pattern, n := range patterns {
		kept[pattern] = history.Limit{Messages: int(n.(int64))}
	}
	queue, _ := options["maxQueue"].(int64)
	return ModuleOptions{options, int(workers), time.Duration(limit) * time.Millisecond, history.NewLimits(kept), requests, int(queue)}, nil
}

func write(t testing.TB, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// connect opens a connection to a resource, and fails the test if it is refused.
func connect(t testing.TB, r *Runtime, resource string) (*Conn, *fakeSession) {
	t.Helper()
	c, a, err := open(r, resource, Request{})
	if err != nil || a.Status != 0 {
		t.Fatalf("open %s: %v, %+v", resource, err, a)
	}
	s := newFakeSession(c)
	c.Connected(s)
	return c, s
}

func open(r *Runtime, resource string, request Request) (*Conn, Answer, error) {
	w, err := r.Resource(resource)
	if err != nil {
		return nil, Answer{}, err
	}
	if request.ID == "" {
		request.ID = "c1"
	}
	if request.RemoteAddress == "" {
		request.RemoteAddress = "192.0.2.1"
	}
	request.Transport, request.Version = "websocket", "13"
	return w.Open(context.Background(), request)
}

// disconnect ends a connection, and waits until it has left its worker: Disconnected does not wait where
// another goroutine has the turn, such as one that has just sent what the test has waited for.
func disconnect(c *Conn, code int) {
	c.Disconnected(code, "")
	c.worker.do(func() {}) // behind it in the queue
}

func text(messages ...string) []Message {
	batch := make([]Message, len(messages))
	for i, m := range messages {
		batch[i] = Message{Data: []byte(m)}
	}
	return batch
}

// A fakeSession records the messages sent. It records a binary one as "binary:" and its bytes in
// hex.
type fakeSession struct {
	conn *Conn

	mu      sync.Mutex
	sent    []string
	flushes int
	state   int
	code    int
	reason  string
	pings   []string
	full    bool
	cut     bool
	resumed chan struct{} // has room for one
}

func newFakeSession(c *Conn) *fakeSession {
	return &fakeSession{conn: c, state: stateOpen, resumed: make(chan struct{}, 1)}
}

// deliver delivers messages as transport's sessions do: those not taken are offered again after a
// Resume while the session is open.
func (s *fakeSession) deliver(batch []Message) {
	for {
		batch = batch[s.conn.Receive(batch):]
		if len(batch) == 0 {
			return
		}
		<-s.resumed
		if s.ReadyState() != stateOpen {
			return
		}
	}
}

func (s *fakeSession) Resume() {
	select {
	case s.resumed <- struct{}{}:
	default:
	}
}

func (s *fakeSession) flushed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.flushes
}

func (s *fakeSession) add(m string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != stateOpen {
		return false
	}
	s.sent = append(s.sent, m)
	return !s.full
}
func (s *fakeSession) SendText(data string) bool   { return s.add(data) }
func (s *fakeSession) SendBinary(data []byte) bool { return s.add(fmt.Sprintf("binary:%x", data)) }
func (s *fakeSession) SendPrepared(p Prepared) bool {
	if m := p.(Message); m.Binary {
		return s.SendBinary(m.Data)
	} else {
		return s.SendText(string(m.Data))
	}
}
func (s *fakeSession) Flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flushes++
}
func (s *fakeSession) Close(code int, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == stateOpen {
		s.state, s.code, s.reason = 2, code, reason
	}
}
func (s *fakeSession) Terminate() {
	s.mu.Lock()
	s.state, s.cut = stateClosed, true
	s.mu.Unlock()
	s.Resume()
}
func (s *fakeSession) Abandon(code int, reason string) {
	s.Close(code, reason)
	s.Resume()
}
func (s *fakeSession) Ping(data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pings = append(s.pings, string(data))
}
func (s *fakeSession) ReadyState() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}
func (s *fakeSession) BufferedAmount() int { return 7 }
func (s *fakeSession) Protocol() string    { return "v1" }

// clear forgets the messages recorded so far.
func (s *fakeSession) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = nil
}

// messages returns the messages recorded so far, joined by "|".
func (s *fakeSession) messages() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.sent, "|")
}

// A logRecorder records log lines in the form "LEVEL message key=value …".
type logRecorder struct {
	mu    sync.Mutex
	lines []string
	attrs string
	root  *logRecorder
}

func (l *logRecorder) Enabled(context.Context, slog.Level) bool { return true }
func (l *logRecorder) Handle(_ context.Context, r slog.Record) error {
	line := r.Level.String() + " " + r.Message + l.attrs
	r.Attrs(func(a slog.Attr) bool {
		line += " " + a.String()
		return true
	})
	to := l
	if l.root != nil {
		to = l.root
	}
	to.mu.Lock()
	defer to.mu.Unlock()
	to.lines = append(to.lines, line)
	return nil
}
func (l *logRecorder) WithAttrs(attrs []slog.Attr) slog.Handler {
	n := &logRecorder{attrs: l.attrs, root: l}
	if l.root != nil {
		n.root = l.root
	}
	for _, a := range attrs {
		n.attrs += " " + a.String()
	}
	return n
}
func (l *logRecorder) WithGroup(string) slog.Handler { return l }

func (l *logRecorder) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}

// want fails the test unless a line of the log has all the parts.
func (l *logRecorder) want(t testing.TB, parts ...string) {
	t.Helper()
	if l.count(parts...) == 0 {
		t.Errorf("no log line with %q in:\n%s", parts, l.text())
	}
}

// count returns the number of lines of the log that have all the parts.
func (l *logRecorder) count(parts ...string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
lines:
	for _, line := range l.lines {
		for _, p := range parts {
			if !strings.Contains(line, p) {
				continue lines
			}
		}
		n++
	}
	return n
}

// eventually waits for a condition that another goroutine brings about.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("timed out: %s", what)
		}
		<-tick.C
	}
}

const echo = `
var Module = this.Module = function(){ };
Module.prototype.onData = function(data, connection){ connection.send(data); };
`

// liveHeap returns the bytes of the heap that are in use after a collection.
func liveHeap() uint64 {
	goruntime.GC()
	goruntime.GC()
	var m goruntime.MemStats
	goruntime.ReadMemStats(&m)
	return m.HeapAlloc
}

func move(t testing.TB, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}
