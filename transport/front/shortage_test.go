package front

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// A needyListener fails with EMFILE while short is set, and has no connections.
type needyListener struct {
	mu    sync.Mutex
	short bool
	asked int
	done  chan struct{}
	wake  chan struct{}
}

func (l *needyListener) Accept() (net.Conn, error) {
	for {
		l.mu.Lock()
		l.asked++
		short := l.short
		l.mu.Unlock()
		if short {
			return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
		}
		select {
		case <-l.wake:
		case <-l.done:
			return nil, net.ErrClosed
		}
	}
}

func (l *needyListener) Close() error   { close(l.done); return nil }
func (l *needyListener) Addr() net.Addr { return &net.TCPAddr{Port: 80} }

func (l *needyListener) set(short bool) {
	l.mu.Lock()
	l.short = short
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// A logText is a log that several goroutines write and the test reads.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestShortage checks that the log has one line when accepting begins to fail, and one when that is over, however often it failed
// and however briefly it went well meanwhile; and that Accept returns no such error.
func TestShortage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text logText
		inner := &needyListener{done: make(chan struct{}), wake: make(chan struct{}, 1)}
		l := New(inner, Options{Log: slog.New(slog.NewTextHandler(&text, nil)), Timeout: time.Second, MaxPending: 1})
		accepted := make(chan error, 1)
		go func() {
			_, err := l.Accept()
			accepted <- err
		}()
		count := func(what string) int {
			synctest.Wait()
			return strings.Count(text.String(), what)
		}
		want := func(when string, begun, over int) {
			t.Helper()
			if b, o := count("level=WARN msg=\"connections cannot be accepted"), count("level=INFO msg=\"connections are accepted again"); b != begun || o != over {
				t.Errorf("%s: %d lines of beginning, %d of the end, want %d, %d:\n%s", when, b, o, begun, over, text.String())
			}
		}
		for range 5 { // it comes and goes
			inner.set(true)
			time.Sleep(2 * time.Minute) // of the bubble's own clock
			inner.set(false)
			time.Sleep(3 * time.Second) // of the bubble's own clock
		}
		want("while it lasts", 1, 0)
		inner.mu.Lock()
		if inner.asked < 500 || inner.asked > 800 {
			t.Errorf("asked %d times in ten minutes", inner.asked)
		}
		inner.mu.Unlock()
		time.Sleep(5 * time.Second) // of the bubble's own clock
		want("after it", 1, 1)
		inner.set(true)
		time.Sleep(time.Second) // of the bubble's own clock
		want("the next", 2, 1)
		if !strings.Contains(text.String(), "too many open files") || !strings.Contains(text.String(), "at=:80") {
			t.Error(text.String())
		}
		l.Close()
		if err := <-accepted; !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		time.Sleep(time.Minute) // of the bubble's own clock
		want("after Close", 2, 1)
	})
}
