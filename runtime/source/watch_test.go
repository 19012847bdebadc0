package source

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Watches that were lost in an overflow of the queue of events are made again.
func TestWatchAfterOverflow(t *testing.T) {
	t.Parallel()
	f := newFolder(t, map[string]string{"test.js": "", "lib/v.js": "one"})
	w, err := NewWatcher(f)
	if err != nil {
		t.Fatal(err)
	}
	w.Add(Inputs{"test.js": 1, "lib/v.js": 1})
	seen, done, ended := make(chan string, 100), make(chan struct{}), make(chan struct{})
	go func() { // ends when done is closed, below
		w.Run(done, func() {
			text, _ := f.Read("lib/v.js") // empty while it is written
			seen <- string(text)
		})
		close(ended)
	}()
	defer func() { close(done); <-ended }()
	eventually := func(want string) {
		t.Helper()
		deadline := time.After(30 * time.Second)
		for {
			select {
			case got := <-seen:
				if got == want {
					return
				}
			case <-deadline:
				t.Fatalf("no change to %q was seen", want)
			}
		}
	}
	if err := w.events.Remove(filepath.Join(f.dir, "lib")); err != nil {
		t.Fatal(err)
	}
	write(t, f, "lib/v.js", "two")
	w.overflow <- struct{}{}
	eventually("two")
	write(t, f, "lib/v.js", "three")
	eventually("three")
}

// The usual texts of these errors speak of disks and files.
func TestWatchError(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]string{syscall.ENOSPC: "fs.inotify.max_user_watches", syscall.EMFILE: "fs.inotify.max_user_instances", syscall.EACCES: "permission denied"} {
		if got := watchError(os.NewSyscallError("watch", err)); !strings.Contains(got.Error(), want) || !errors.Is(got, err) {
			t.Errorf("%v: %v", err, got)
		}
	}
}
