//go:build redisserver

package redis

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"node.websocket/runtime/storage"
	"node.websocket/runtime/storage/storagetest"
)

// TestStorageFaults kills, freezes and fills a Redis, and makes a replica of it.
func TestStorageFaults(t *testing.T) {
	t.Parallel()
	r := startRedis(t, "--appendonly", "yes", "--appendfsync", "always")
	store := openStorage(t, r.server(), func(e *StorageEngine) { e.limit = 3 * time.Second })
	defer store.Close()
	set := func(value string) string {
		return storagetest.Do(store, storagetest.Short(storage.Set, "a", value))[0]
	}
	get := func() string { return storagetest.Do(store, storagetest.Short(storage.Get, "a"))[0] }
	expect := func(what, got, want string) {
		t.Helper()
		if got != want && !(want != "-" && strings.Contains(got, want)) {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	expect("at first", set("1"), "-")

	r.Kill()
	done := make(chan string)
	go func() { done <- set("2") }() // waits for the restart
	r.Start()
	if got := <-done; got != "-" && !strings.Contains(got, "may have been carried out") {
		t.Error("over a restart: ", got)
	}
	expect("after a restart", set("3"), "-")
	expect("after a restart", get(), "3")

	r.Freeze()
	began := time.Now()
	expect("frozen", set("4"), "it does not answer; the operation may have been carried out")
	expect("still frozen", set("5"), "was not carried out")
	if took := time.Since(began); took > 20*time.Second {
		t.Error("a frozen Redis took ", took)
	}
	r.Thaw()
	wait(t, "the thaw", func() bool { return set("6") == "-" })
	expect("thawed", get(), "6")

	r.do("CONFIG", "SET", "maxmemory", "1")
	expect("full", set("7"), "OOM")
	expect("full", get(), "6")
	r.do("CONFIG", "SET", "maxmemory", "0")

	r.do("REPLICAOF", "127.0.0.1", "1")
	go func() { done <- set("8") }()
	r.do("REPLICAOF", "NO", "ONE")
	expect("over a failover", <-done, "-")
	expect("after a failover", get(), "8")

	r.do("SCRIPT", "FLUSH")
	r.do("CLIENT", "KILL", "TYPE", "normal")
	wait(t, "idleness", func() bool { return get() == "8" })
}

// TestStorageRights checks that the permissions in the hint suffice.
func TestStorageRights(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	user := func(name string) []string {
		store := openStorage(t, parse(t, fmt.Sprintf("redis://%s:pw@127.0.0.1:%d", name, r.Port)), nil)
		defer store.Close()
		last := storagetest.Short(storage.Set, "b", "2")
		last.TTL = time.Hour
		return storagetest.Do(store, last, storagetest.Short(storage.Increment, "n"), storagetest.Short(storage.List, ""),
			storagetest.Short(storage.Delete, "b"), storagetest.Short(storage.CompareAndSet, "n", "1", "-"))
	}
	_, names, _ := strings.Cut(storageHints["NOPERM"], "allow its user ")
	names, _, _ = strings.Cut(names, " on all keys")
	rights := []any{"ACL", "SETUSER", "enough", "on", ">pw", "~" + storageKeys + ":*"}
	for name := range strings.SplitSeq(strings.ReplaceAll(names, " and ", ", "), ", ") {
		rights = append(rights, "+"+strings.ToLower(name))
	}
	r.do(rights...)
	if got := fmt.Sprint(user("enough")); got != "[- 1 b=2 n=1 true true]" {
		t.Error(got)
	}
	r.do("ACL", "SETUSER", "none", "on", ">pw", "+ping")
	if got := user("none")[0]; !strings.Contains(got, "allow its user EVALSHA") {
		t.Error(got)
	}
}

// TestStorageWrongType finds keys that are something else.
func TestStorageWrongType(t *testing.T) {
	t.Parallel()
	server := startRedis(t).server()
	do(t, server, "SET", storageKeys+":keys", "x")
	store := openStorage(t, server, nil)
	defer store.Close()
	for range 2 {
		got := storagetest.Do(store, storagetest.Short(storage.Set, "a", "1"))[0]
		if !strings.Contains(got, "WRONGTYPE") || !strings.Contains(got, "--redis-prefix") || strings.Contains(got, "carried out") {
			t.Error(got)
		}
	}
	do(t, server, "DEL", storageKeys+":keys")
	if got := storagetest.Do(store, storagetest.Short(storage.Get, "a"))[0]; got != "-" {
		t.Errorf("a failure has stored %s", got)
	}
}
