//go:build unix

package runtime

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestReloadOfAPipe checks that a reload does not wait for a pipe in the place of a file.
func TestReloadOfAPipe(t *testing.T) {
	t.Parallel()
	r, log := newRuntime(t, map[string]string{"test.js": module("connection.send(require('./lib/x'))")["test.js"], "lib/x.js": "module.exports = 'one'"})
	_, s := connect(t, r, "test")
	answer(s, "x")
	pipe := filepath.Join(r.options.Dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	move(t, pipe, filepath.Join(r.options.Dir, "lib", "x.js"))
	done := make(chan struct{})
	go func() { // ends with the reload, or never
		r.reload(false, time.Minute)
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("waits for the pipe")
	}
	move(t, filepath.Join(r.options.Dir, "lib", "x.js"), pipe)
	save(t, r, "lib/x.js", "module.exports = 'two'")
	if got := answer(s, "x"); got != "two" {
		t.Errorf("%q\n%s", got, log.text())
	}
}
