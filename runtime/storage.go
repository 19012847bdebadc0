package runtime

import (
	"fmt"
	"sync"

	"github.com/dop251/goja"

	"node.websocket/runtime/storage"
)

// A Storage keeps the values of require('storage').
type Storage interface {
	// Do begins to carry out operations, in order, and returns at once. done is called once, on another
	// goroutine, with the results of the first of them, at least one; the others are asked for again.
	// done does not wait, and may call Do.
	Do(ops []storage.Operation, done func(results []storage.Result))
}

const (
	// maxAsked is the number of operations of one worker that may wait for the storage.
	maxAsked = 10_000
	// maxAskedBytes is the number of bytes of keys and values in them.
	maxAskedBytes = 64 << 20
)

// An asking is a storage operation of a module, until its promise is settled.
type asking struct {
	op              storage.Operation
	result          storage.Result
	conn            *Conn // whose handler has asked, or nil
	resolve, reject func(any) error
}

// size returns the bytes that an operation is counted as while it waits.
func (a *asking) size() int { return len(a.op.Key) + len(a.op.Value) + len(a.op.Expected) }

// An askings holds a worker's storage operations. One batch of them is with the storage, or has come back
// and is being settled; the others wait for that. So what the storage has read for a worker that is slow
// is never more than one batch, and what was asked for meanwhile goes to the disk together.
type askings struct {
	count, bytes int // of those that are not settled; only in a turn

	mu sync.Mutex

	// guarded by mu
	waiting  []*asking
	asked    []*asking // the batch, while the storage has it
	answered []*asking // the batch, while it is being settled
	over     bool      // the worker runs no JavaScript any more: nothing is settled
}

// storageModule makes what require('storage') returns, or nil if there is no storage.
func (w *worker) storageModule() goja.Value {
	if w.resource.runtime.options.Storage == nil {
		return nil
	}
	module := w.vm.NewObject()
	for _, m := range []struct {
		name   string
		length int
		read   func(call goja.FunctionCall) storage.Operation // panics with what JavaScript is thrown
	}{
		{"get", 1, func(call goja.FunctionCall) storage.Operation {
			return storage.Operation{Kind: storage.Get, Key: w.storageKey(call.Argument(0))}
		}},
		{"set", 2, func(call goja.FunctionCall) storage.Operation {
			return storage.Operation{Kind: storage.Set, Key: w.storageKey(call.Argument(0)), TTL: w.ttl(call.Argument(2)),
				Value: w.storageText(call.Argument(1), false)}
		}},
		{"delete", 1, func(call goja.FunctionCall) storage.Operation {
			return storage.Operation{Kind: storage.Delete, Key: w.storageKey(call.Argument(0))}
		}},
		{"increment", 1, func(call goja.FunctionCall) storage.Operation {
			return storage.Operation{Kind: storage.Increment, Key: w.storageKey(call.Argument(0)), TTL: w.ttl(call.Argument(2)),
				By: w.storageNumber("by", call.Argument(1), 1, -storage.MaxNumber, storage.MaxNumber)}
		}},
		{"compareAndSet", 3, func(call goja.FunctionCall) storage.Operation {
			return storage.Operation{Kind: storage.CompareAndSet, Key: w.storageKey(call.Argument(0)), TTL: w.ttl(call.Argument(3)),
				Expected: w.storageText(call.Argument(1), true), Value: w.storageText(call.Argument(2), true)}
		}},
		{"list", 0, w.storageList},
	} {
		_ = module.Set(m.name, w.named(m.name, m.length, func(call goja.FunctionCall) goja.Value {
			return w.ask(func() storage.Operation { return m.read(call) })
		}))
	}
	return module
}

// ask asks the storage for an operation, and returns the promise of its result. It is rejected with what
// read throws.
func (w *worker) ask(read func() storage.Operation) goja.Value {
	promise, resolve, reject := w.vm.NewPromise()
	a := &asking{conn: w.call.conn, resolve: resolve, reject: reject}
	if ex := w.vm.Try(func() { a.op = read() }); ex != nil {
		_ = reject(ex.Value())
		return w.vm.ToValue(promise)
	}
	size := a.size()
	if s := &w.askings; s.count >= maxAsked || s.bytes+size > maxAskedBytes {
		_ = reject(w.storageError("too many operations wait for the storage: %d operations or %d MiB in one worker; await their promises", maxAsked, maxAskedBytes>>20))
		return w.vm.ToValue(promise)
	}
	w.askings.count++
	w.askings.bytes += size
	w.askings.mu.Lock()
	w.askings.waiting = append(w.askings.waiting, a)
	w.askings.mu.Unlock()
	w.askStorage()
	return w.vm.ToValue(promise)
}

// askStorage hands what waits to the storage, unless it has a batch.
func (w *worker) askStorage() {
	s := &w.askings
	s.mu.Lock()
	if len(s.asked) > 0 || len(s.answered) > 0 || len(s.waiting) == 0 {
		s.mu.Unlock()
		return
	}
	s.asked, s.waiting = s.waiting, nil
	ops := make([]storage.Operation, len(s.asked))
	for i, a := range s.asked {
		ops[i] = a.op
	}
	s.mu.Unlock()
	w.resource.runtime.options.Storage.Do(ops, w.takeAnswers)
}

// takeAnswers takes the results of the first operations of the batch. The others wait again, before those
// that came later. It is called by the storage.
func (w *worker) takeAnswers(results []storage.Result) {
	s := &w.askings
	s.mu.Lock()
	batch := s.asked[:len(results)]
	s.waiting = append(s.asked[len(results):len(s.asked):len(s.asked)], s.waiting...)
	s.asked = nil
	over := s.over || w.isLost()
	if !over {
		for i := range results {
			batch[i].result = results[i]
		}
		s.answered = batch
	}
	s.mu.Unlock()
	if over {
		w.askStorage() // what was asked for is done, although nobody is told
		return
	}
	go w.post(w.settleStorage) // ends with its turn; the storage does not wait for JavaScript
}

// settleStorage settles the promises of the batch, in a turn, and hands the next one to the storage. It
// makes way for others that want the turn.
func (w *worker) settleStorage() {
	for a := w.nextAnswer(); a != nil; a = w.nextAnswer() {
		w.Call(call{conn: a.conn, name: "storage", function: func(goja.Value, ...goja.Value) (goja.Value, error) {
			return goja.Undefined(), w.settleAsking(a)
		}})
		if w.makeWay() {
			w.post(w.settleStorage)
			return
		}
	}
	w.askStorage()
}

// nextAnswer removes and returns the first operation of the batch that is to be settled, or returns nil.
func (w *worker) nextAnswer() *asking {
	s := &w.askings
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.answered) == 0 {
		return nil
	}
	a := s.answered[0]
	s.answered[0] = nil
	s.answered = s.answered[1:]
	s.count--
	s.bytes -= a.size()
	return a
}

// endStorage settles nothing any more, and lets the storage do what was asked for. It is called in the last
// turn.
func (w *worker) endStorage() {
	s := &w.askings
	s.mu.Lock()
	s.over, s.answered = true, nil
	s.mu.Unlock()
	w.askStorage()
}

// settleAsking settles the promise of one operation. It must be called within Call.
func (w *worker) settleAsking(a *asking) error {
	r := &a.result
	if r.Err != nil {
		return a.reject(w.storageError("%s of %q: %w", storageNames[a.op.Kind], a.op.Key, r.Err))
	}
	var value goja.Value = goja.Undefined()
	var err error
	if a.op.Kind == storage.List {
		entries := make([]any, len(r.Entries))
		for i, e := range r.Entries {
			o := w.vm.NewObject()
			if value, err = w.parsed(e.Value); err != nil {
				break
			}
			setOwn(w.vm, o, "key", w.vm.ToValue(e.Key))
			setOwn(w.vm, o, "value", value)
			entries[i] = o
		}
		value = w.vm.NewArray(entries...)
	} else if r.Value != nil {
		value, err = w.parsed(r.Value)
	}
	if err != nil {
		return a.reject(w.errorValue(err))
	}
	return a.resolve(value)
}

var storageNames = map[storage.Kind]string{
	storage.Get: "get", storage.Set: "set", storage.Delete: "delete", storage.List: "list",
	storage.Increment: "increment", storage.CompareAndSet: "compareAndSet",
}

func (w *worker) parsed(json []byte) (goja.Value, error) {
	return w.parseJSON(goja.Undefined(), w.environment.Text(json))
}

func (w *worker) storageError(format string, args ...any) *goja.Object {
	return w.errorObject(fmt.Errorf("storage: "+format, args...))
}
