package command

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strconv"
	"strings"
	"time"

	"node.websocket/runtime"
)

// The command repl reaches the server by a Unix socket in a folder that nobody but the server's user can enter. So
// there is no port that a page in a browser, or another user, could reach, and no secret to hand over.

// replSocket returns the name of the socket of the server on a port. It makes the folder.
func replSocket(port int) (string, error) {
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		var err error
		if dir, err = os.UserCacheDir(); err != nil {
			return "", fmt.Errorf("repl: there is no folder for a socket: %w", err)
		}
	}
	dir = filepath.Join(dir, "node.websocket-repl")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("repl: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", fmt.Errorf("repl: %w", err)
	}
	if !info.IsDir() || goruntime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("repl: %s has to be a folder that nobody else can enter; run chmod 700 %[1]s", dir)
	}
	return filepath.Join(dir, strconv.Itoa(port)), nil
}

// listenRepl opens the socket of the server on a port. It takes the place of one that nobody listens on any more.
func listenRepl(port int) (net.Listener, error) {
	name, err := replSocket(port)
	if err != nil {
		return nil, err
	}
	if conn, err := net.Dial("unix", name); err == nil {
		_ = conn.Close()
		return nil, fmt.Errorf("repl: another server has %s", name)
	}
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("repl: %w", err)
	}
	l, err := net.Listen("unix", name)
	if err != nil {
		return nil, fmt.Errorf("repl: %w", err)
	}
	if err := os.Chmod(name, 0o600); err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("repl: %w", err)
	}
	return l, nil
}

// mostLogged is the most bytes of code that a line of the log has.
const mostLogged = 200

// acceptPause is the wait after a connection could not be accepted.
const acceptPause = 100 * time.Millisecond

// A replServer answers the command repl.
type replServer struct {
	runtime *runtime.Runtime
	log     *slog.Logger
}

// serve answers until the listener is closed.
func (s *replServer) serve(l net.Listener) {
	for {
		conn, err := l.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // such as EMFILE, which comes again at once
			time.Sleep(acceptPause)
		default:
			go s.talk(conn) // ends with the connection
		}
	}
}

// talk answers the requests of one connection, in order.
func (s *replServer) talk(conn net.Conn) {
	defer conn.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	requests := make(chan replRequest)
	go func() { // ends with the connection; it reads on during an evaluation, to see that nobody waits for it any more
		defer cancel()
		defer close(requests)
		lines := bufio.NewScanner(conn)
		lines.Buffer(nil, mostCode)
		for lines.Scan() {
			var q replRequest
			if json.Unmarshal(lines.Bytes(), &q) != nil {
				return
			}
			select {
			case requests <- q:
			case <-ctx.Done():
				return
			}
		}
	}()
	answers := json.NewEncoder(conn)
	for q := range requests {
		if answers.Encode(s.answer(ctx, q)) != nil {
			return
		}
	}
}

// answer evaluates code or, without code, tells of the module.
func (s *replServer) answer(ctx context.Context, q replRequest) replAnswer {
	name := strings.ToLower(strings.Trim(q.Module, "/"))
	if name == "" {
		name = "_default"
	}
	r, err := s.runtime.Resource(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return replAnswer{Text: "there is no module for /" + strings.TrimSuffix(name, "_default"), Failed: true}
	case err != nil:
		return replAnswer{Text: err.Error(), Failed: true}
	case q.Code == "":
		return replAnswer{Text: "connected to the module " + r.Name()}
	}
	e := r.Evaluate(ctx, q.Code)
	if !e.Incomplete {
		shown := strings.TrimSpace(q.Code)
		s.log.Info("repl: "+strings.ToValidUTF8(shown[:min(len(shown), mostLogged)], ""), "resource", r.Name(), "failed", e.Failed)
	}
	return replAnswer{Text: e.Text, Printed: e.Printed, Failed: e.Failed, Incomplete: e.Incomplete}
}
