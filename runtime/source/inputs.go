package source

import "hash/maphash"

// Inputs are files by their name, with a hash of what they held when they were read.
type Inputs map[string]uint64

var hashSeed = maphash.MakeSeed()

// Hash is never Unreadable. It is another one in each process.
func Hash(data []byte) uint64 { return max(1, maphash.Bytes(hashSeed, data)) }

// Unreadable stands for a file that is not there, or cannot be read.
const Unreadable = 0

// ReadOnce returns a function that hashes a file of the folder, and does so once for each.
func (f *Folder) ReadOnce() func(file string) uint64 {
	known := Inputs{}
	return func(file string) uint64 {
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
