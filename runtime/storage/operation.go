package storage

import (
	"errors"
	"time"
)

// Limits of operations, which the caller of Do has to keep.
const (
	MaxKey     = 1 << 10 // bytes of a key
	MaxValue   = 1 << 20 // bytes of a value's JSON text
	MaxEntries = 1000    // entries of one List
	MaxNumber  = 1<<53 - 1
)

// Limits of what is carried out in one transaction, and of a page of a list. An engine keeps those of results.
const (
	maxBatch   = 1000    // operations
	maxWritten = 8 << 20 // bytes of keys and values
	MaxResults = 8 << 20 // bytes of results; the last may exceed it
	MaxPage    = 4 << 20 // bytes of one List; the last entry may exceed it
	MaxExpired = 1000    // values that one Expire removes
)

// A Kind tells operations apart.
type Kind int

const (
	Get           Kind = iota // the result is the value, or nil
	Set                       // stores Value
	Delete                    // the result is true if there was a value
	List                      // entries whose keys begin with Key, and come after After, in the order of their bytes
	Increment                 // adds By to a whole number, or to 0 where there is no value; the result is the sum
	CompareAndSet             // like Set, or Delete if Value is nil, if the value is Expected; the result is true if it was
	Expire                    // removes values whose time has come, MaxExpired at most; the result is nil if these were all
)

// An Operation is one thing to do. It is not changed after Do was called.
type Operation struct {
	Kind     Kind
	Key      string
	Value    []byte        // the JSON text to store
	Expected []byte        // of CompareAndSet: the JSON text; nil means that there must be no value
	By       int64         // of Increment
	TTL      time.Duration // how long a stored value is kept; 0 means until it is deleted. Increment sets it where there was no value.
	After    string        // of List
	Limit    int           // of List: the most entries
}

// size returns the bytes that an operation adds to a transaction.
func (o *Operation) size() int { return len(o.Key) + len(o.Value) + len(o.Expected) }

// A Result holds the outcome of an operation.
type Result struct {
	Value   []byte  // JSON text; nil if there is none
	Entries []Entry // of List
	Err     error
}

// size returns the bytes that a result takes.
func (r *Result) size() int {
	n := len(r.Value)
	for _, e := range r.Entries {
		n += len(e.Key) + len(e.Value)
	}
	return n
}

// An Entry is a key with its value, a JSON text.
type Entry struct {
	Key   string
	Value []byte
}

// Errors of single operations.
var (
	ErrNotNumber = errors.New("the value is not a whole number")
	ErrTooLarge  = errors.New("the sum is beyond ±9007199254740991, the whole numbers that JavaScript has")
	ErrClosed    = errors.New("the storage is closed")
	errFull      = errors.New("the storage in memory is full, at 64 MiB; delete values, give them a ttl, or keep them on disk with --data DIR, or in Redis with --redis URL")
)

// An Engine carries out operations for a [Store], one call at a time.
type Engine interface {
	// Apply carries out the first of ops, at least one, in order and in one transaction. It returns their
	// results, which it limits in bytes. If it returns an error, that is the result of them all.
	Apply(ops []Operation) ([]Result, error)
	// Close is called last.
	Close() error
}
