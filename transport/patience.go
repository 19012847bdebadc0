package transport

import (
	"context"
	"sync"
	"time"
)

// A patience is context.WithTimeout for something that mostly needs no waiting: it has neither a timer
// nor an entry in its parent until Done is called.
type patience struct {
	context.Context // the parent
	until           time.Time

	mu     sync.Mutex
	waited context.Context // guarded by mu; nil: Done was not called
	cancel context.CancelFunc
}

func newPatience(parent context.Context, timeout time.Duration) *patience {
	return &patience{Context: parent, until: time.Now().Add(timeout)}
}

// Deadline implements context.Context.
func (p *patience) Deadline() (time.Time, bool) { return p.until, true }

// Done implements context.Context.
func (p *patience) Done() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waited == nil {
		p.waited, p.cancel = context.WithDeadline(p.Context, p.until)
	}
	return p.waited.Done()
}

// Err implements context.Context.
func (p *patience) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.waited != nil:
		return p.waited.Err()
	case p.Context.Err() != nil:
		return p.Context.Err()
	case !time.Now().Before(p.until):
		return context.DeadlineExceeded
	}
	return nil
}

// end releases what Done has made. Nobody waits any more.
func (p *patience) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cancel != nil {
		p.cancel()
	}
}
