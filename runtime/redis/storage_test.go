package redis

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"node.websocket/runtime/storage"
	"node.websocket/runtime/storage/storagetest"
)

const storageKeys = "{test}"

// openStorage returns a store whose engine change may change.
func openStorage(t testing.TB, server *Server, change func(*StorageEngine)) *storage.Store {
	t.Helper()
	e := NewStorageEngine(server, storageKeys)
	if change != nil {
		change(e)
	}
	return storage.New(e, slog.New(slog.DiscardHandler))
}

func TestStorage(t *testing.T) {
	server := anyRedis(t)
	storagetest.Run(t, func(t *testing.T) *storage.Store {
		do(t, server, "FLUSHALL")
		return openStorage(t, server, nil)
	})
}

// TestStorageSweeps checks that a sweep removes all that has ended, from each of the keys, and that a store
// that was never used sends nothing.
func TestStorageSweeps(t *testing.T) {
	server := anyRedis(t)
	store := openStorage(t, server, nil)
	var sets []storage.Operation
	for i := range storage.MaxExpired + 10 {
		o := storagetest.Short(storage.Set, fmt.Sprint("k", i), "1")
		o.TTL = time.Millisecond
		sets = append(sets, o)
	}
	storagetest.Do(store, append(sets, storagetest.Short(storage.Set, "kept", "1"))...)
	wait(t, "the end", func() bool { return storagetest.Do(store, storagetest.Short(storage.List, "k"))[0] == "kept=1" })
	store.Sweep()
	for key, want := range map[string]int{"values": 1, "keys": 1, "times": 0} {
		count := "ZCARD"
		if key == "values" {
			count = "HLEN"
		}
		if n, err := redis.Int(do(t, server, count, storageKeys+":"+key), nil); n != want || err != nil {
			t.Errorf("%s has %d entries, %v", key, n, err)
		}
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
	unused := openStorage(t, parse(t, "redis://127.0.0.1:1"), func(e *StorageEngine) { e.patience = time.Hour })
	unused.Sweep()
	if err := unused.Close(); err != nil {
		t.Error(err)
	}
}

// TestStorageCut cuts the connection at every tenth byte of a request, and within the reply. What is
// confirmed must have been carried out, what is said not to have been must not, and what fails in
// another way says that it may have been.
func TestStorageCut(t *testing.T) {
	server := anyRedis(t)
	c := startCutter(t, server)
	through := parse(t, "redis://"+c.listener.Addr().String())
	direct := openStorage(t, server, nil)
	defer direct.Close()
	total := func() string { return storagetest.Do(direct, storagetest.Short(storage.Get, "n"))[0] }
	increment := storagetest.Short(storage.Increment, "n")
	storagetest.Do(direct, increment) // Redis knows the script
	may, confirmed := 0, 0
	try := func(up, down int64) {
		before := total()
		c.set(up, down)
		store := openStorage(t, through, func(e *StorageEngine) { e.patience = 0 })
		defer store.Close()
		got := storagetest.Do(store, increment)[0]
		after := total()
		switch {
		case strings.Contains(got, "may have been carried out"):
			may++
		case strings.Contains(got, "was not carried out"):
			if after != before {
				t.Errorf("cut after %d and %d bytes: %s, but it was", up, down, got)
			}
		case got == after && got != before:
			confirmed++
		default:
			t.Errorf("cut after %d and %d bytes: %s, from %s to %s", up, down, got, before, after)
		}
	}
	for up := int64(5); up < 400; up += 10 {
		try(up, endless)
	}
	for down := int64(3); down < 30; down++ {
		try(endless, down)
	}
	try(endless, endless)
	if may == 0 || confirmed == 0 {
		t.Errorf("%d may have been carried out, %d were", may, confirmed)
	}
	c.set(endless, 100) // enough for some replies
	store := openStorage(t, through, nil)
	defer store.Close()
	for cut := c.cut.Load(); c.cut.Load() < cut+3; {
		if got := storagetest.Do(store, storagetest.Short(storage.Get, "none"))[0]; got != "-" {
			t.Fatalf("a read fails: %s", got)
		}
	}
}

// TestStorageAway uses a Redis that cannot be reached.
func TestStorageAway(t *testing.T) {
	away := openStorage(t, parse(t, "redis://:secret@127.0.0.1:1"), func(e *StorageEngine) { e.patience = time.Millisecond })
	defer away.Close()
	for range 2 {
		got := storagetest.Do(away, storagetest.Short(storage.Set, "a", "1"))[0]
		if got != "Redis at redis://127.0.0.1:1/0: nothing listens there; the operation was not carried out" {
			t.Error(got)
		}
	}
}
