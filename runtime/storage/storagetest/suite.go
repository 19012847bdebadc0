// Package storagetest has the tests that every engine of package storage passes.
//
// # Use
//
//	storagetest.Run(t, func(t *testing.T) *storage.Store { … })
//
// # Concurrency
//
// Run is for the test's own goroutine, and starts none that outlives it.
package storagetest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"node.websocket/runtime/storage"
)

// Do carries out operations, and returns their results: a value's JSON text, "-" if there is none, the
// keys and values of a list, or an error's text.
func Do(store *storage.Store, ops ...storage.Operation) (texts []string) {
	for len(ops) > 0 {
		results := make(chan []storage.Result, 1)
		store.Do(ops, func(r []storage.Result) { results <- r })
		for _, r := range <-results {
			texts, ops = append(texts, text(ops[0], r)), ops[1:]
		}
	}
	return texts
}

func text(op storage.Operation, r storage.Result) string {
	switch {
	case r.Err != nil:
		return r.Err.Error()
	case op.Kind == storage.List:
		parts := []string{}
		for _, e := range r.Entries {
			parts = append(parts, e.Key+"="+string(e.Value))
		}
		return strings.Join(parts, " ")
	case r.Value == nil:
		return "-"
	}
	return string(r.Value)
}

// Short makes an operation from its kind, key and texts: the value, or the expected one and the value. "-"
// stands for none.
func Short(kind storage.Kind, key string, texts ...string) storage.Operation {
	op := storage.Operation{Kind: kind, Key: key, By: 1, Limit: storage.MaxEntries}
	value := func(i int) []byte {
		if i >= len(texts) || texts[i] == "-" {
			return nil
		}
		return []byte(texts[i])
	}
	if kind == storage.CompareAndSet {
		op.Expected, op.Value = value(0), value(1)
	} else {
		op.Value = value(0)
	}
	return op
}

// Run tests a store, which open opens empty for each part.
func Run(t *testing.T, open func(t *testing.T) *storage.Store) {
	for name, part := range map[string]func(*testing.T, *storage.Store){
		"Steps": steps, "List": list, "Pages": pages, "TimeToLive": timeToLive, "Sweep": sweep, "Together": together, "Results": results, "Order": order,
	} {
		t.Run(name, func(t *testing.T) {
			store := open(t)
			part(t, store)
			if err := store.Close(); err != nil {
				t.Error(err)
			}
			if got := Do(store, Short(storage.Get, "a"))[0]; got != storage.ErrClosed.Error() {
				t.Errorf("after Close: %s", got)
			}
		})
	}
}

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// steps are carried out one after the other, and then, by a store of their own, together.
func steps(t *testing.T, store *storage.Store) {
	by := func(op storage.Operation, n int64) storage.Operation { op.By = n; return op }
	long := strings.Repeat("k", storage.MaxKey)
	large := `"` + strings.Repeat("v", storage.MaxValue-2) + `"`
	table := []struct {
		op   storage.Operation
		want string
	}{
		{Short(storage.Get, "a"), "-"},
		{Short(storage.Delete, "a"), "false"},
		{Short(storage.Set, "a", `{"b":[1,"ü"]}`), "-"},
		{Short(storage.Get, "a"), `{"b":[1,"ü"]}`},
		{Short(storage.Set, "a", `null`), "-"},
		{Short(storage.Get, "a"), `null`},
		{Short(storage.CompareAndSet, "a", "-", "1"), "false"},
		{Short(storage.CompareAndSet, "a", "1", "2"), "false"},
		{Short(storage.CompareAndSet, "a", "null", "2"), "true"},
		{Short(storage.Get, "a"), "2"},
		{Short(storage.CompareAndSet, "a", "2", "-"), "true"},
		{Short(storage.Get, "a"), "-"},
		{Short(storage.CompareAndSet, "a", "-", "-"), "true"},
		{Short(storage.CompareAndSet, "a", "-", `""`), "true"},
		{Short(storage.Get, "a"), `""`},
		{Short(storage.CompareAndSet, "a", "-", "1"), "false"},
		{Short(storage.Delete, "a"), "true"},
		{Short(storage.Increment, "n"), "1"},
		{by(Short(storage.Increment, "n"), -3), "-2"},
		{by(Short(storage.Increment, "n"), storage.MaxNumber), fmt.Sprint(int64(storage.MaxNumber - 2))},
		{by(Short(storage.Increment, "n"), 3), storage.ErrTooLarge.Error()},
		{by(Short(storage.Increment, "n"), 2), fmt.Sprint(storage.MaxNumber)},
		{by(Short(storage.Increment, "n"), -storage.MaxNumber), "0"},
		{by(Short(storage.Increment, "n"), -storage.MaxNumber), fmt.Sprint(-storage.MaxNumber)},
		{by(Short(storage.Increment, "n"), -1), storage.ErrTooLarge.Error()},
		{Short(storage.CompareAndSet, "n", fmt.Sprint(-storage.MaxNumber), "0.5"), "true"},
		{Short(storage.Increment, "n"), storage.ErrNotNumber.Error()},
		{Short(storage.Set, "n", `"1"`), "-"},
		{Short(storage.Increment, "n"), storage.ErrNotNumber.Error()},
		{Short(storage.Set, "n", `1e300`), "-"},
		{Short(storage.Increment, "n"), storage.ErrNotNumber.Error()},
		{Short(storage.Get, "n"), "1e300"},
		{Short(storage.Delete, "n"), "true"},
		{Short(storage.Set, "\x00 key\n*?[a]", "7"), "-"},
		{Short(storage.Get, "\x00 key\n*?[a]"), "7"},
		{Short(storage.Delete, "\x00 key\n*?[a]"), "true"},
		{Short(storage.Set, long, large), "-"},
		{Short(storage.Get, long), large},
		{Short(storage.Delete, long), "true"},
		{Short(storage.List, ""), ""},
	}
	var all []storage.Operation
	var texts []string
	for _, s := range table {
		want(t, fmt.Sprintf("%d of %.30q", s.op.Kind, s.op.Key), Do(store, s.op)[0], s.want)
		all, texts = append(all, s.op), append(texts, s.want)
	}
	for i, got := range Do(store, all...) {
		want(t, fmt.Sprintf("together: %d of %.30q", all[i].Kind, all[i].Key), got, texts[i])
	}
}

func list(t *testing.T, store *storage.Store) {
	for _, key := range []string{"room/2", "room/10", "room", "room/", "roon", "room/ü", "a", "z", "room/1\xff"} {
		Do(store, Short(storage.Set, key, "1"))
	}
	for _, s := range []struct {
		prefix, after string
		limit         int
		want          string
	}{
		{"room/", "", 10, "room/=1 room/10=1 room/1\xff=1 room/2=1 room/ü=1"},
		{"room/", "", 2, "room/=1 room/10=1"},
		{"room/", "room/10", 2, "room/1\xff=1 room/2=1"},
		{"room/", "room/11", 2, "room/1\xff=1 room/2=1"},
		{"room/", "room/ü", 2, ""},
		{"room/", "a", 1, "room/=1"},
		{"room/", "z", 1, ""},
		{"", "roon", 10, "z=1"},
		{"", "", 3, "a=1 room=1 room/=1"},
		{"\xff", "", 3, ""},
		{"room/1\xff", "", 3, "room/1\xff=1"},
	} {
		op := storage.Operation{Kind: storage.List, Key: s.prefix, After: s.after, Limit: s.limit}
		want(t, fmt.Sprintf("list %q after %q", s.prefix, s.after), Do(store, op)[0], s.want)
	}
}

// pages reads 2,500 keys by pages, while every third is deleted.
func pages(t *testing.T, store *storage.Store) {
	var ops []storage.Operation
	for i := range 2500 {
		ops = append(ops, Short(storage.Set, fmt.Sprintf("k%04d", i*7919%2500), "1"))
	}
	for i := 0; i < 2500; i += 3 {
		ops = append(ops, Short(storage.Delete, fmt.Sprintf("k%04d", i)))
	}
	Do(store, ops...)
	n, after := 0, ""
	for {
		page := strings.Fields(Do(store, storage.Operation{Kind: storage.List, Key: "k", After: after, Limit: 100})[0])
		if len(page) == 0 {
			break
		}
		for _, entry := range page {
			key := strings.TrimSuffix(entry, "=1")
			if n%2 == 0 && key != fmt.Sprintf("k%04d", n/2*3+1) || n%2 == 1 && key != fmt.Sprintf("k%04d", n/2*3+2) {
				t.Fatalf("key %d is %s", n, key)
			}
			after, n = key, n+1
		}
	}
	want(t, "keys", n, 2500-834)
}

// ttl is long enough for a busy machine to carry out what comes before.
const ttl = 200 * time.Millisecond

func lasting(op storage.Operation) storage.Operation { op.TTL = ttl; return op }

// gone returns once a key has no value.
func gone(t *testing.T, store *storage.Store, key string) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for Do(store, Short(storage.Get, key))[0] != "-" {
		if time.Now().After(deadline) {
			t.Fatalf("%s does not end", key)
		}
	}
}

func timeToLive(t *testing.T, store *storage.Store) {
	kept := storage.Operation{Kind: storage.Set, Key: "kept", Value: []byte("1"), TTL: time.Hour}
	Do(store, lasting(Short(storage.Set, "a", "1")), lasting(Short(storage.Set, "b", "1")), Short(storage.Set, "b", "2"),
		lasting(Short(storage.Set, "c", "1")), Short(storage.CompareAndSet, "c", "1", "2"),
		Short(storage.Increment, "n"), lasting(Short(storage.Increment, "n")), kept)
	want(t, "get", Do(store, Short(storage.Get, "b"), Short(storage.Get, "kept")), "[2 1]")
	last := lasting(Short(storage.Increment, "last"))
	Do(store, last)
	if got := Do(store, Short(storage.Increment, "last"))[0]; got != "2" && got != "1" { // a second time to live does not begin
		t.Errorf("increment: %s", got)
	}
	gone(t, store, "a")
	gone(t, store, "last")
	want(t, "at the end", Do(store, Short(storage.List, ""), Short(storage.Delete, "a"), Short(storage.CompareAndSet, "a", "1", "2"),
		Short(storage.CompareAndSet, "a", "-", "2"), Short(storage.Increment, "last"), Short(storage.List, "")),
		"[b=2 c=2 kept=1 n=2 false false true 1 a=2 b=2 c=2 kept=1 last=1 n=2]")
}

// sweep stores values again in the place of others that have ended, which must not take these along.
func sweep(t *testing.T, store *storage.Store) {
	Do(store, lasting(Short(storage.Set, "a", "1")), lasting(Short(storage.Set, "b", "1")))
	gone(t, store, "b")
	Do(store, Short(storage.Set, "a", "2"))
	store.Sweep()
	want(t, "list", Do(store, Short(storage.List, ""))[0], "a=2")
}

// together increments one number from many goroutines.
func together(t *testing.T, store *storage.Store) {
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for range 20 {
				Do(store, Short(storage.Increment, "n"), Short(storage.Get, "n"))
			}
		})
	}
	all.Wait()
	want(t, "sum", Do(store, Short(storage.Get, "n"))[0], "400")
}

// results reads more than one transaction returns: each call of Do gets a part.
func results(t *testing.T, store *storage.Store) {
	large := `"` + strings.Repeat("v", storage.MaxValue-2) + `"`
	var sets, gets []storage.Operation
	for i := range 20 {
		sets = append(sets, Short(storage.Set, fmt.Sprint("k", 100+i), large))
		gets = append(gets, Short(storage.Get, fmt.Sprint("k", 100+i)))
	}
	Do(store, sets...)
	calls := make(chan int, 1)
	store.Do(gets, func(r []storage.Result) { calls <- len(r) })
	if n := <-calls; n < 1 || n > 10 {
		t.Errorf("%d results of a MiB come together", n)
	}
	for i, got := range Do(store, gets...) {
		if got != large {
			t.Errorf("result %d is %.20q", i, got)
		}
	}
	page := strings.Count(Do(store, Short(storage.List, "k"))[0], "=")
	if page < 1 || page > 6 {
		t.Errorf("a page has %d values of a MiB", page)
	}
	want(t, "the next page", Do(store, storage.Operation{Kind: storage.List, Key: "k", After: "k118", Limit: 10})[0], "k119="+large)
}

// order sends what goes into several transactions by one call after the other.
func order(t *testing.T, store *storage.Store) {
	done := make(chan bool, 1)
	for i := range 3000 {
		store.Do([]storage.Operation{Short(storage.CompareAndSet, "n", []string{"-", fmt.Sprint(i)}[min(i, 1)], fmt.Sprint(i+1))}, func(r []storage.Result) {
			if string(r[0].Value) != "true" {
				t.Errorf("operation %d: %s, %v", i, r[0].Value, r[0].Err)
			}
			if i == 2999 {
				close(done)
			}
		})
	}
	<-done
}
