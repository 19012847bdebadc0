package storage_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"node.websocket/runtime/storage"
	"node.websocket/runtime/storage/storagetest"
)

var discard = slog.New(slog.DiscardHandler)

func TestMemory(t *testing.T) {
	storagetest.Run(t, func(*testing.T) *storage.Store { return storage.NewMemory(discard) })
}

func openDisk(t *testing.T, dir string) *storage.Store {
	t.Helper()
	store, err := storage.OpenDisk(dir, discard)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func TestDisk(t *testing.T) {
	storagetest.Run(t, func(t *testing.T) *storage.Store { return openDisk(t, t.TempDir()) })
}

// TestMemoryIsFull fills the memory. What is refused must change nothing, and what is deleted makes room.
func TestMemoryIsFull(t *testing.T) {
	var log bytes.Buffer
	store := storage.NewMemory(slog.New(slog.NewTextHandler(&log, nil)))
	large := `"` + strings.Repeat("v", storage.MaxValue-2) + `"`
	set := func(key, value string) string {
		return storagetest.Do(store, storagetest.Short(storage.Set, key, value))[0]
	}
	n := 0
	for n < 100 && set(fmt.Sprint("k", n), large) == "-" {
		n++
	}
	if n != 63 {
		t.Errorf("%d values of a MiB have room", n)
	}
	if got := set("k99", large); !strings.Contains(got, "--data DIR") {
		t.Error(got)
	}
	for _, key := range []string{"k0", "k1"} { // a value in the place of another needs no room
		if got := set(key, large); got != "-" {
			t.Error(got)
		}
	}
	got := storagetest.Do(store, storagetest.Short(storage.Get, "k99"), storagetest.Short(storage.Delete, "k0"), storagetest.Short(storage.Set, "k99", large))
	if fmt.Sprint(got) != "[- true -]" {
		t.Errorf("%.100q", got)
	}
	if err := store.Close(); err != nil || strings.Count(log.String(), "--data DIR") != 1 {
		t.Errorf("%v; the log has %q", err, log.String())
	}
}

// TestDiskKeeps opens a file again, and finds what was stored.
func TestDiskKeeps(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	store := openDisk(t, dir)
	storagetest.Do(store, storagetest.Short(storage.Set, "a", "1"), storagetest.Short(storage.Increment, "n"))
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	store = openDisk(t, dir)
	defer store.Close()
	if got := storagetest.Do(store, storagetest.Short(storage.List, ""))[0]; got != "a=1 n=1" {
		t.Error(got)
	}
}

// TestDiskRefuses opens what cannot be opened, and reads what was damaged since.
func TestDiskRefuses(t *testing.T) {
	dir := t.TempDir()
	store := openDisk(t, dir)
	if _, err := storage.OpenDisk(dir, discard); err == nil || !strings.Contains(err.Error(), "another process has it open") {
		t.Error(err)
	}
	large := strings.Repeat("1", 100_000)
	for i := range 20 {
		storagetest.Do(store, storagetest.Short(storage.Set, fmt.Sprint("k", i), large))
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "storage.db")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"text":  bytes.Repeat([]byte("no database\n"), 10_000),
		"short": whole[:100],
		"zeros": make([]byte, len(whole)),
	} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if store, err := storage.OpenDisk(dir, discard); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", name, err)
			if err == nil {
				_ = store.Close()
			}
		}
	}
	half := bytes.Clone(whole)
	for i := 2 * os.Getpagesize(); i < len(half); i++ { // all but the two pages that bbolt checks
		half[i] = 'x'
	}
	if err := os.WriteFile(file, half, 0o600); err != nil {
		t.Fatal(err)
	}
	if store, err := storage.OpenDisk(dir, discard); err == nil {
		if got := storagetest.Do(store, storagetest.Short(storage.Get, "k1"))[0]; !strings.Contains(got, "damaged") {
			t.Error(got)
		}
	} else if !strings.Contains(err.Error(), "damaged") {
		t.Error(err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, err := storage.OpenDisk(filepath.Join(file, "below"), discard); err != nil {
		t.Error(err) // file is a folder now
	}
}

// engine fails while it is told to, and counts transactions.
type engine struct {
	fail    chan error
	entered chan int
	leave   chan bool
}

func (e *engine) Apply(ops []storage.Operation) ([]storage.Result, error) {
	e.entered <- len(ops)
	<-e.leave
	select {
	case err := <-e.fail:
		return nil, err
	default:
		return make([]storage.Result, len(ops)), nil
	}
}

func (e *engine) Close() error { return nil }

// TestGroupCommit asks for 3,000 operations, each by itself, while one is being written. They must go into
// few transactions.
func TestGroupCommit(t *testing.T) {
	e := &engine{entered: make(chan int), leave: make(chan bool)}
	store := storage.New(e, discard)
	done := make(chan bool, 3001)
	do := func() {
		store.Do([]storage.Operation{{Kind: storage.Set, Key: "a"}}, func(r []storage.Result) { done <- r[0].Err == nil })
	}
	do()
	<-e.entered
	for range 3000 {
		do()
	}
	e.leave <- true
	var sizes []int
	for range 3 {
		sizes = append(sizes, <-e.entered)
		e.leave <- true
	}
	for range 3001 {
		if !<-done {
			t.Error("an operation has failed")
		}
	}
	if fmt.Sprint(sizes) != "[1000 1000 1000]" {
		t.Error(sizes)
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}

// TestFailure has a full disk. Each operation must fail, the log say so once, and operations succeed later.
func TestFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		e := &engine{fail: make(chan error, 2), entered: make(chan int, 10), leave: make(chan bool, 10)}
		store := storage.New(e, slog.New(slog.NewTextHandler(&log, nil)))
		e.fail <- errors.New("no space left")
		e.fail <- errors.New("no space left")
		for range 4 {
			e.leave <- true
		}
		for i, want := range []string{"no space left", "no space left", "-"} {
			if got := storagetest.Do(store, storagetest.Short(storage.Set, "a", "1"))[0]; got != want {
				t.Errorf("%d: %s", i, got)
			}
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
		if text := log.String(); strings.Count(text, "no space left") != 1 || strings.Count(text, "works again") != 1 {
			t.Error(text)
		}
	})
}
