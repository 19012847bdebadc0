package transport

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestAnswersStalled has clients ask for more than may wait for them together, and read nothing.
func TestAnswersStalled(t *testing.T) {
	t.Parallel()
	const size = 16 << 20 // more than the buffers of a socket
	h := newResponder(t, func(_ context.Context, r *Request, _ []byte) (Answer, error) {
		if strings.Contains(r.Head, "short") {
			return Answer{Body: strings.Repeat("x", writeAtOnce)}, nil
		}
		return Answer{Body: strings.Repeat("x", size)}, nil
	})
	for _, c := range []struct {
		name     string
		stalled  time.Duration
		status   int // of a third request
		complete int // of the first two
	}{
		{"they may take their time", time.Hour, http.StatusServiceUnavailable, 2},
		{"they have stalled", 0, http.StatusOK, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			cut := make(lines, 10)
			s, address := serve(t, Options{Log: slog.New(slog.NewTextHandler(cut, &slog.HandlerOptions{Level: slog.LevelWarn}))}, h)
			s.answers.most, s.answers.stalled = 5*size/2, c.stalled
			var stalling []*http.Response
			for range 2 {
				stalling = append(stalling, getSlowly(t, address, "/a"))
			}
			for _, path := range []string{"/a", "/a?short"} {
				status := c.status
				if path == "/a?short" {
					status = http.StatusOK
				}
				r := getSlowly(t, address, path)
				if r.StatusCode != status {
					t.Errorf("%s: %s", path, r.Status)
				}
				if _, err := io.Copy(io.Discard, r.Body); err != nil {
					t.Errorf("%s: %v", path, err)
				}
			}
			for range 2 - c.complete {
				await(t, cut) // although its client still reads nothing
			}
			complete := 0
			for _, r := range stalling {
				if n, _ := io.Copy(io.Discard, r.Body); n == size {
					complete++
				}
			}
			if complete != c.complete {
				t.Errorf("%d of the first two are complete", complete)
			}
			if err := s.Shutdown(t.Context()); err != nil || s.answers.held != 0 || len(s.answers.all) != 0 {
				t.Errorf("afterwards: %v, %d bytes of %d answers", err, s.answers.held, len(s.answers.all))
			}
		})
	}
}

// lines gets the lines of a log.
type lines chan string

func (l lines) Write(line []byte) (int, error) {
	l <- string(line)
	return len(line), nil
}

// getSlowly returns the answer to a request as soon as its header has come.
func getSlowly(t *testing.T, address, path string) *http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return conn, nil }}
	t.Cleanup(func() { _ = conn.Close() })
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := transport.RoundTrip(q)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Body.Close() })
	return r
}
