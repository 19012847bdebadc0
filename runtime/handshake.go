package runtime

import (
	"context"
	"fmt"
	"net/http"

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
	h := &handshake{decision{ctx: ctx, conn: r.newConn(r.pick(), &request), handler: "onHandshake"}}
	if err := h.await(h.open); err != nil {
		return nil, Answer{}, err
	}
	return h.conn, h.answer, nil
}

// A handshake is a call of Open.
type handshake struct{ decision }

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
	if !h.enter() {
		return
	}
	c := h.conn
	w := c.worker
	if w.stopped || w.current == nil {
		h.decide(Answer{}, ErrClosed)
		return
	}
	c.version = w.current
	if c.version.silent {
		h.decide(Answer{Status: http.StatusNotFound, Body: "there is no WebSocket here: the module has an onRequest, but no onData\n"}, nil)
		return
	}
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
		a.Header, err = w.headersOf(o.Get("headers"))
		return err
	})
	return a, err
}

// headersOf reads the headers of an answer: an object, or anything that lists pairs of a name and a value,
// such as an array of them, a Map, or fetch's Headers. It must be called within Call or Try.
func (w *worker) headersOf(v goja.Value) (http.Header, error) {
	if !given(v) {
		return nil, nil
	}
	o := v.ToObject(w.vm)
	header := http.Header{}
	if _, lists := goja.AssertFunction(o.GetSymbol(goja.SymIterator)); !lists {
		for _, name := range o.Keys() {
			for _, value := range w.headerValues(o.Get(name)) {
				header.Add(name, value)
			}
		}
		return header, nil
	}
	var err error
	pairs := 0
	w.vm.ForOf(o, func(item goja.Value) bool {
		pair, ok := item.(*goja.Object)
		if pairs++; !ok || pairs > maxHeaders {
			err = fmt.Errorf("the headers must be an object, such as {'content-type': 'text/html'}, or up to %d pairs", maxHeaders)
			return false
		}
		for _, value := range w.headerValues(pair.Get("1")) {
			header.Add(pair.Get("0").String(), value)
		}
		return true
	})
	return header, err
}

// maxHeaders is the most pairs of headers that are read of a list, which may have no end.
const maxHeaders = 1000

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
