package transport

import (
	"errors"
	"log/slog"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"node.websocket/transport/websocket"
)

// A faultyListener returns errors before it accepts.
type faultyListener struct {
	net.Listener
	errs chan error
}

func (l faultyListener) Accept() (net.Conn, error) {
	select {
	case err := <-l.errs:
		return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.Addr(), Err: err}
	default:
		return l.Listener.Accept()
	}
}

func newFaultyListener(t *testing.T, errs ...error) faultyListener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	f := faultyListener{l, make(chan error, len(errs))}
	for _, err := range errs {
		f.errs <- err
	}
	return f
}

// TestAcceptErrorPasses checks that temporary errors, such as EMFILE, are logged once and waited out:
// clients are served afterwards.
func TestAcceptErrorPasses(t *testing.T) {
	t.Parallel()
	var log logBuffer
	full := os.NewSyscallError("accept4", syscall.EMFILE)
	l := newFaultyListener(t, full, full, os.NewSyscallError("accept4", syscall.ENFILE))
	conversation := echoConversation(t)
	serveOn(t, l, Options{Log: log.logger()}, oneConversation(conversation))
	c := dial(t, l.Addr().String()).open("/a")
	c.send(websocket.Text, "hello")
	c.want(websocket.Text, "hello")
	if got := log.String(); strings.Count(got, "too many open files") != 1 || !strings.Contains(got, "connections cannot be accepted") {
		t.Errorf("log: %s", got)
	}
}

// TestAcceptErrorStays checks that Serve returns any other error, and leaves nothing running.
func TestAcceptErrorStays(t *testing.T) {
	t.Parallel()
	l := newFaultyListener(t, os.NewSyscallError("accept4", syscall.EBADF))
	s := NewServer(Options{Log: slog.New(slog.DiscardHandler)}, oneConversation(echoConversation(t)))
	if err := s.Serve(l); !errors.Is(err, syscall.EBADF) {
		t.Errorf("Serve returned %v", err)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}
