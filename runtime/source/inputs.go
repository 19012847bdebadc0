package source

import (
	"hash/maphash"
	"sync"
)

// Inputs holds the hashes of files when they were read, by file. Files that could not be read are
// Unreadable.
type Inputs map[string]uint64

var hashSeed = maphash.MakeSeed()

// Hash returns the hash of a file's bytes, for comparing within this process. It is never
// Unreadable.
func Hash(data []byte) uint64 { return max(1, maphash.Bytes(hashSeed, data)) }

// Unreadable is in place of the hash of a file that does not exist or cannot be read.
const Unreadable = 0

// ReadOnce returns a function that returns the hash of a file, and reads each file only once. Any
// goroutine may call it.
func (f *Folder) ReadOnce() func(file string) uint64 {
	var mu sync.Mutex
	known := Inputs{} // guarded by mu
	return func(file string) uint64 {
		mu.Lock()
		defer mu.Unlock()
		hash, ok := known[file]
		if !ok {
			if data, err := f.Read(file); err == nil {
				hash = Hash(data)
			}
			known[file] = hash
		}
		return hash
	}
}
