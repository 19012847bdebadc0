package storage

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

// sweepEvery is the interval at which values whose time has come are removed.
const sweepEvery = 10 * time.Second

// A Store carries out operations on one goroutine, together for all callers.
type Store struct {
	// fixed after newStore
	engine Engine
	log    *slog.Logger
	wake   chan struct{} // of capacity 1: requests wait, or the store closes
	sweeps chan chan struct{}
	done   chan struct{} // closed when the goroutine has ended

	mu sync.Mutex

	// guarded by mu
	requests []*request
	closing  bool

	// used by the goroutine
	failing  bool  // the last transaction failed
	closeErr error // of the engine; read once done is closed
}

// A request is one call of Do.
type request struct {
	ops  []Operation
	done func([]Result)
}

// New returns a store that uses an engine, which it closes. Failures of the engine are logged when they
// begin and when they end.
func New(engine Engine, log *slog.Logger) *Store {
	s := &Store{engine: engine, log: log, wake: make(chan struct{}, 1), sweeps: make(chan chan struct{}), done: make(chan struct{})}
	go s.run() // ends at Close
	return s
}

// Do begins to carry out operations, in order, and returns at once. done is called once, on another
// goroutine, with the results of the first of them, at least one: results are limited in bytes. The
// caller has to ask for the others again. done must not wait for long; it may call Do. After Close, all
// results are ErrClosed, and done is called before Do returns.
func (s *Store) Do(ops []Operation, done func(results []Result)) {
	s.mu.Lock()
	if s.closing && s.ended() {
		s.mu.Unlock()
		done(failed(len(ops), ErrClosed))
		return
	}
	s.requests = append(s.requests, &request{ops, done})
	s.mu.Unlock()
	s.wakeUp()
}

// ended reports whether the goroutine takes no more requests. It is called with mu held, as is the close
// of done.
func (s *Store) ended() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

func (s *Store) wakeUp() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Close carries out what was asked for, also by calls of Do within done, and closes the engine.
func (s *Store) Close() error {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	s.wakeUp()
	<-s.done
	return s.closeErr
}

// run carries out requests until Close.
func (s *Store) run() {
	debug.SetPanicOnFault(true) // a file that was cut short while it is mapped into memory
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	for {
		select {
		case <-s.wake:
		case <-sweep.C:
			s.sweep()
		case swept := <-s.sweeps:
			s.sweep()
			close(swept)
		}
		for requests := s.take(); len(requests) > 0; requests = s.take() {
			s.serve(requests)
		}
		if s.end() {
			return
		}
	}
}

// end closes the engine if the store is closing and nothing waits.
func (s *Store) end() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closing || len(s.requests) > 0 {
		return false
	}
	s.closeErr = s.engine.Close()
	close(s.done)
	return true
}

// take removes and returns the first of the requests, as many as go into one transaction.
func (s *Store) take() []*request {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, ops := 0, 0
	for n < len(s.requests) && (n == 0 || ops+len(s.requests[n].ops) <= maxBatch) {
		ops += len(s.requests[n].ops)
		n++
	}
	taken := s.requests[:n:n]
	if s.requests = s.requests[n:]; len(s.requests) == 0 {
		s.requests = nil
	}
	return taken
}

// serve carries out requests, and tells each what was done of it. Those of which nothing was done wait
// again, before all others.
func (s *Store) serve(requests []*request) {
	var ops []Operation
	written := 0
	for _, r := range requests {
		for i := range r.ops {
			if written += r.ops[i].size(); len(ops) == maxBatch || len(ops) > 0 && written > maxWritten {
				break
			}
			ops = append(ops, r.ops[i])
		}
		if len(ops) == maxBatch || written > maxWritten {
			break
		}
	}
	results := s.apply(ops)
	for i, r := range requests {
		if len(results) == 0 {
			s.mu.Lock()
			s.requests = append(requests[i:len(requests):len(requests)], s.requests...)
			s.mu.Unlock()
			return
		}
		n := min(len(results), len(r.ops))
		r.done(results[:n:n])
		results = results[n:]
	}
}

// apply is Apply of the engine, which is asked for the whole: an error is the result of all operations.
func (s *Store) apply(ops []Operation) (results []Result) {
	defer func() {
		if x := recover(); x != nil { // bbolt panics when it reads a page that cannot be
			results = s.failed(len(ops), fmt.Errorf("the file is damaged: %v", x))
		}
	}()
	results, err := s.engine.Apply(ops)
	if err != nil {
		return s.failed(len(ops), err)
	}
	if s.failing {
		s.failing = false
		s.log.Info("the storage works again")
	}
	return results
}

// failed returns n results with an error, which is logged if it is the first since a success.
func (s *Store) failed(n int, err error) []Result {
	if !s.failing {
		s.failing = true
		s.log.Error("the storage fails", "error", err)
	}
	return failed(n, err)
}

func failed(n int, err error) []Result {
	results := make([]Result, n)
	for i := range results {
		results[i].Err = err
	}
	return results
}

// Sweep removes values whose time has come, as is done every ten seconds in any case, and waits for that. It must
// not be called after Close.
func (s *Store) Sweep() {
	swept := make(chan struct{})
	s.sweeps <- swept
	<-swept
}

// sweep removes values whose time has come, some in each transaction, for as long as nothing else waits.
func (s *Store) sweep() {
	for {
		results := s.apply([]Operation{{Kind: Expire}})
		s.mu.Lock()
		waiting := len(s.requests) > 0 || s.closing
		s.mu.Unlock()
		if waiting || results[0].Err != nil || results[0].Value == nil {
			return
		}
	}
}
