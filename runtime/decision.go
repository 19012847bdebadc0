package runtime

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// A decision is the answer to a client that waits for it, which JavaScript makes in a turn, or in the turn
// in which a promise settles.
type decision struct {
	// fixed
	ctx     context.Context // ends when the client has hung up, or its time is over
	conn    *Conn
	handler string // that decides

	entered atomic.Bool // the worker has begun

	mu sync.Mutex

	// guarded by mu until there is an outcome, and then fixed
	decided bool
	answer  Answer
	err     error
	wake    chan struct{} // closed by decide; nil: nobody waits
}

// await runs f in a turn and waits for the outcome, which f, or what f leaves behind, must decide if enter
// returns true. It returns the error of the outcome, or why there is none.
func (d *decision) await(f func()) error {
	began := time.Now()
	w := d.conn.worker
	w.post(f)
	wake := d.undecided()
	if wake == nil {
		return d.err
	}
	select {
	case <-wake:
		return d.err
	case <-w.gone:
		return errLost
	case <-d.ctx.Done():
	}
	if errors.Is(d.ctx.Err(), context.DeadlineExceeded) {
		what := d.handler + " returned a promise that does not settle"
		if !d.entered.Load() {
			what = "the module was busy for the whole time that a handshake or a request may take"
		}
		w.resource.log.Error(what, "limit", time.Since(began).Round(time.Millisecond), "client", d.conn.remoteAddress)
	}
	return fmt.Errorf("%s of %s: %w", d.handler, w.resource.name, d.ctx.Err())
}

// enter reports whether the client still waits. The function that await runs calls it first. It is not
// a closure in await because that would be an allocation for each connection.
func (d *decision) enter() bool {
	d.entered.Store(true)
	return d.ctx.Err() == nil
}

// decide sets the outcome, unless there is one.
func (d *decision) decide(a Answer, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.decided {
		return
	}
	d.decided, d.answer, d.err = true, a, err
	if d.wake != nil {
		close(d.wake)
	}
}

// undecided returns nil if there is an outcome, and otherwise a channel that is closed when there is.
// It may be called once.
func (d *decision) undecided() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.decided {
		return nil
	}
	d.wake = make(chan struct{})
	return d.wake
}

// fail decides with an error of the module, which it logs.
func (d *decision) fail(handler string, err error) {
	w := d.conn.worker
	message := w.report(d.conn, handler, err) // to print err itself could run JavaScript, without a limit
	d.decide(Answer{}, fmt.Errorf("%s of %s: %s", handler, w.resource.name, message))
}
