package storage

import (
	"bytes"
	"log/slog"
	"slices"
	"sync"
	"time"
)

const (
	// maxMemory bounds the bytes of all values in memory, with their keys and overhead.
	maxMemory = 64 << 20
	// overhead is the size of an entry beyond its key and value, in bytes.
	overhead = 64
	// maxChunk is the number of entries above which a chunk is split.
	maxChunk = 512
)

// NewMemory returns a store whose values end with the process. It says so in the log when it is first
// used.
func NewMemory(log *slog.Logger) *Store {
	return New(&memory{
		warn: sync.OnceFunc(func() {
			log.Warn("require('storage') keeps values in memory, so they end with the program; keep them on disk with --data DIR, or in Redis with --redis URL")
		}),
	}, log)
}

// memory is the engine of NewMemory.
type memory struct {
	values, times ordered
	warn          func()
}

func (m *memory) Apply(ops []Operation) ([]Result, error) {
	if ops[0].Kind != Expire {
		m.warn()
	}
	t := &tables{values: &m.values, times: &m.times, now: time.Now(), room: m.room}
	return t.apply(ops)
}

func (m *memory) room(bytes, entries int) error {
	if more := bytes + entries*overhead; more > 0 && m.values.size+m.times.size+more > maxMemory {
		return errFull
	}
	return nil
}

func (m *memory) Close() error { return nil }

// ordered is a table in memory: chunks of entries, in the order of their keys, of which none is empty. Where a single
// slice would move megabytes to insert a key, this moves some kilobytes.
type ordered struct {
	chunks [][]stored
	size   int // bytes of the entries, with their overhead
}

// stored is an entry of a table. Its key and value do not change.
type stored struct{ key, value []byte }

func (s *stored) size() int { return len(s.key) + len(s.value) + overhead }

// find returns the place of a key, or the one where it belongs.
func (o *ordered) find(key []byte) (chunk, at int, found bool) {
	chunk, found = slices.BinarySearchFunc(o.chunks, key, func(c []stored, key []byte) int { return bytes.Compare(c[0].key, key) })
	if found {
		return chunk, 0, true
	}
	if chunk == 0 {
		return 0, 0, false
	}
	chunk--
	at, found = slices.BinarySearchFunc(o.chunks[chunk], key, func(s stored, key []byte) int { return bytes.Compare(s.key, key) })
	return chunk, at, found
}

func (o *ordered) get(key []byte) []byte {
	if chunk, at, found := o.find(key); found {
		return o.chunks[chunk][at].value
	}
	return nil
}

func (o *ordered) put(key, value []byte) error {
	entry := stored{key, value}
	chunk, at, found := o.find(key)
	o.size += entry.size()
	switch {
	case found:
		o.size -= o.chunks[chunk][at].size()
		o.chunks[chunk][at] = entry
		return nil
	case len(o.chunks) == 0:
		o.chunks = [][]stored{{entry}}
		return nil
	}
	c := slices.Insert(o.chunks[chunk], at, entry)
	o.chunks[chunk] = c
	if len(c) > maxChunk {
		o.chunks[chunk] = slices.Clone(c[:len(c)/2])
		o.chunks = slices.Insert(o.chunks, chunk+1, slices.Clone(c[len(c)/2:]))
	}
	return nil
}

func (o *ordered) delete(key []byte) error {
	chunk, at, found := o.find(key)
	if !found {
		return nil
	}
	o.size -= o.chunks[chunk][at].size()
	if o.chunks[chunk] = slices.Delete(o.chunks[chunk], at, at+1); len(o.chunks[chunk]) == 0 {
		o.chunks = slices.Delete(o.chunks, chunk, chunk+1)
	}
	return nil
}

func (o *ordered) ascend(from []byte, f func(key, value []byte) bool) {
	chunk, at, _ := o.find(from)
	for ; chunk < len(o.chunks); chunk, at = chunk+1, 0 {
		for _, s := range o.chunks[chunk][at:] {
			if !f(s.key, s.value) {
				return
			}
		}
	}
}
