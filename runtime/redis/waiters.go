package redis

import (
	"context"
	"sync"
)

// waiters wait until a number that grows has reached theirs. The zero value has none.
type waiters struct {
	mu  sync.Mutex
	all map[*waiter]struct{} // guarded by mu
}

type waiter struct {
	number int64
	result chan error // gets an element once
}

// add adds a waiter for a number that has not been reached.
func (w *waiters) add(number int64) *waiter {
	w.mu.Lock()
	defer w.mu.Unlock()
	one := &waiter{number, make(chan error, 1)}
	if w.all == nil {
		w.all = map[*waiter]struct{}{}
	}
	w.all[one] = struct{}{}
	return one
}

// wait waits for a waiter until ctx is done.
func (w *waiters) wait(ctx context.Context, one *waiter) error {
	select {
	case err := <-one.result:
		return err
	case <-ctx.Done():
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.all, one)
		return errAway
	}
}

// reach ends the waiting for numbers up to number.
func (w *waiters) reach(number int64) {
	w.end(func(one *waiter) bool { return one.number <= number }, nil)
}

// fail ends all waiting with an error.
func (w *waiters) fail() { w.end(func(*waiter) bool { return true }, errAway) }

func (w *waiters) end(which func(*waiter) bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for one := range w.all {
		if which(one) {
			delete(w.all, one)
			one.result <- err
		}
	}
}
