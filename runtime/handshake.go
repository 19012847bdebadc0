package runtime

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dop251/goja"
)

// Open makes an instance of the module for a request and calls its onHandshake, if it has one. An
// Answer with a Status refuses the request. Otherwise the caller answers the handshake and calls
// Connected, or drops the Conn if that cannot be done.
//
// The error is non-nil if the module threw, its promise was rejected, its answer is invalid, its
// worker was given up, the runtime is closed, or ctx ended. Those of the module, and a deadline, have
// been logged.
func (r *Resource) Open(ctx context.Context, request Request) (*Conn, Answer, error) {
	began := time.Now()
	h := &handshake{ctx: ctx, conn: r.newConn(r.pick(), &request)}
	h.conn.worker.post(h.run)
	if wake := h.undecided(); wake != nil {
		select {
		case <-wake:
		case <-h.conn.worker.gone:
			return nil, Answer{}, errLost
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				what := "onHandshake returned a promise that does not settle"
				if !h.entered.Load() {
					what = "the module was busy for the whole time that a handshake may take"
				}
				r.log.Error(what, "limit", time.Since(began).Round(time.Millisecond), "client", request.RemoteAddress)
			}
			return nil, Answer{}, fmt.Errorf("onHandshake of %s: %w", r.name, ctx.Err())
		}
	}
	if h.err != nil {
		return nil, Answer{}, h.err
	}
	return h.conn, h.answer, nil
}

// A handshake is a call of Open.
type handshake struct {
	// fixed
	ctx  context.Context
	conn *Conn

	entered atomic.Bool // run has been called

	mu sync.Mutex

	// guarded by mu until the handshake is decided, and then fixed
	decided bool
	answer  Answer
	err     error
	wake    chan struct{} // closed by decide; nil: nobody waits
}

// run opens the connection, in a turn.
func (h *handshake) run() {
	h.entered.Store(true)
	if h.ctx.Err() == nil {
		h.open()
	}
}

// decide sets the outcome, unless there is one.
func (h *handshake) decide(a Answer, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.decided {
		return
	}
	h.decided, h.answer, h.err = true, a, err
	if h.wake != nil {
		close(h.wake)
	}
}

// undecided returns nil if there is an outcome, and otherwise a channel that is closed when there is.
// It may be called once.
func (h *handshake) undecided() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.decided {
		return nil
	}
	h.wake = make(chan struct{})
	return h.wake
}

// fail decides with an error of the module, which it logs.
func (h *handshake) fail(handler string, err error) {
	w := h.conn.worker
	message := w.report(h.conn, handler, err) // to print err itself could run JavaScript, without a limit
	h.decide(Answer{}, fmt.Errorf("%s of %s: %s", handler, w.resource.name, message))
}

// conclude decides by what onHandshake has returned, in a turn.
func (h *handshake) conclude(result goja.Value) {
	a, err := h.conn.worker.answerOf(result)
	if err != nil {
		h.fail("onHandshake", err)
		return
	}
	h.decide(a, nil)
}

// open makes the instance and calls onHandshake, in a turn. The outcome is decided in that turn, or in
// the turn in which the promise that onHandshake returned settles.
func (h *handshake) open() {
	c := h.conn
	w := c.worker
	if w.stopped || w.current == nil {
		h.decide(Answer{}, ErrClosed)
		return
	}
	c.version = w.current
	err := w.Try("constructor", func() (err error) {
		c.instance, err = c.version.instantiate()
		if err == nil && c.version.shape == nil && c.version.object == nil {
			c.version.shape = w.shapeOf(c.version, c.instance)
		}
		return err
	})
	if err != nil {
		h.fail("constructor", err)
		return
	}
	result, later := goja.Undefined(), false
	err = w.Try("onHandshake", func() (err error) {
		f, ok := goja.AssertFunction(c.instance.Get("onHandshake"))
		if !ok {
			return nil
		}
		if result, err = f(c.instance, c.jsRequest()); err != nil {
			return err
		}
		if o, ok := result.(*goja.Object); ok {
			later, err = w.whenSettled(o, h.conclude, func(reason goja.Value) { h.fail("onHandshake", &rejection{reason}) })
			return err
		}
		return nil
	})
	switch {
	case err != nil:
		h.fail("onHandshake", err)
	case !later:
		h.conclude(result)
	}
}

// answerOf reads the value that onHandshake returned. false refuses, an object is read as an Answer,
// and every other value accepts.
func (w *worker) answerOf(v goja.Value) (a Answer, err error) {
	if v.StrictEquals(w.vm.ToValue(false)) {
		return Answer{Status: http.StatusForbidden, Body: "the module refused the handshake"}, nil
	}
	o, ok := v.(*goja.Object)
	if !ok {
		return Answer{}, nil
	}
	err = w.Try("onHandshake", func() error {
		if s := o.Get("status"); given(s) {
			a.Status = int(s.ToInteger())
			if a.Status < 200 || a.Status > 599 {
				return fmt.Errorf("onHandshake: status %v: want 200 to 599", s)
			}
		}
		if b := o.Get("body"); given(b) {
			a.Body = b.String()
		}
		if p := o.Get("protocol"); given(p) {
			a.Protocol = p.String()
		}
		h := o.Get("headers")
		if !given(h) {
			return nil
		}
		headers := h.ToObject(w.vm)
		a.Header = http.Header{}
		for _, name := range headers.Keys() {
			for _, value := range w.headerValues(headers.Get(name)) {
				a.Header.Add(name, value)
			}
		}
		return nil
	})
	return a, err
}

// headerValues returns the values of a header: one, or, from an array, up to 100 for a header that is
// sent several times, such as Set-Cookie.
func (w *worker) headerValues(v goja.Value) []string {
	if o, ok := v.(*goja.Object); ok && o.ClassName() == "Array" {
		values := []string{}
		w.vm.ForOf(o, func(item goja.Value) bool {
			values = append(values, item.String())
			return len(values) < 100
		})
		return values
	}
	return []string{v.String()}
}

// given reports whether v is present, and neither undefined nor null.
func given(v goja.Value) bool { return v != nil && !goja.IsUndefined(v) && !goja.IsNull(v) }
