package browser

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// A server is one running program.
type server struct {
	*commandtest.Process
	t *testing.T
}

// startServer runs the program with the modules and pages of this repository, or with those that the arguments
// name. Unless the test has stopped it, it is stopped at the end of the test.
func startServer(t *testing.T, args ...string) *server {
	t.Helper()
	needBrowser(t)
	s := &server{commandtest.Start(t, nil, append([]string{"--host", "127.0.0.1", "--modules", "../../modules", "--public", "../public"}, args...)...), t}
	t.Cleanup(s.stop)
	return s
}

// stop sends SIGTERM and checks that the program ends with exit code 0. It does nothing if the program has ended.
func (s *server) stop() {
	s.t.Helper()
	if !s.Running() {
		return
	}
	if code := s.Stop(syscall.SIGTERM); code != 0 {
		s.t.Errorf("the server ended with exit code %d, want 0", code)
	}
}

// page returns the URL of one of the server's pages.
func (s *server) page(name string) string { return "http://" + s.Address() + "/" + name }

// lines counts the lines of the log that contain all these words.
func (s *server) lines(words ...string) (n int) {
	for line := range strings.Lines(s.Text()) {
		if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(line, word) }) {
			n++
		}
	}
	return n
}

// waitLog returns when the log has a line with all these words.
func (s *server) waitLog(words ...string) {
	s.t.Helper()
	s.Wait("a line with "+strings.Join(words, ", "), func() bool { return s.lines(words...) > 0 })
}

// waitTimes returns when the server has written a text so many times.
func (s *server) waitTimes(text string, times int) {
	s.t.Helper()
	s.Wait(text, func() bool { return strings.Count(s.Text(), text) >= times })
}
