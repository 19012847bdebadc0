package runtime

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/dop251/goja"
)

// Responds reports whether the module had an onRequest when it was loaded.
func (r *Resource) Responds() bool { return r.responds.Load() }

// Respond answers a plain request, one that is no handshake, by calling the module's onRequest with the
// request and its body. Of the Answer, Protocol has no meaning, and a Status of 0 means 200; Header is not
// checked. The error is as that of Open.
func (r *Resource) Respond(ctx context.Context, request Request, body []byte) (Answer, error) {
	e := &exchange{decision{ctx: ctx, conn: r.newConn(r.pick(), &request), handler: "onRequest"}, body}
	if err := e.await(e.call); err != nil {
		return Answer{}, err
	}
	return e.answer, nil
}

// An exchange is a call of Respond. Its Conn is never connected.
type exchange struct {
	decision
	body []byte
}

// call calls onRequest, in a turn.
func (e *exchange) call() {
	if !e.enter() {
		return
	}
	c := e.conn
	w := c.worker
	if w.stopped || w.current == nil {
		e.decide(Answer{}, ErrClosed)
		return
	}
	c.version = w.current
	result, later := goja.Undefined(), false
	called := e.try(func() (err error) {
		on := c.version.responder
		if on == nil { // a reload has removed it
			return nil
		}
		// Looked up for each call, as the handlers of connections are.
		f, ok := goja.AssertFunction(on.Get("onRequest"))
		if !ok {
			return nil
		}
		if result, err = f(on, e.request()); err != nil {
			return err
		}
		if o, ok := result.(*goja.Object); ok {
			later, err = w.whenSettled(o, e.conclude, e.reject)
		}
		return err
	})
	if called && !later {
		e.conclude(result)
	}
}

// try runs f, which may run JavaScript, as a part of onRequest. It decides by the error of f, if there is
// one, and returns false.
func (e *exchange) try(f func() error) bool {
	w := e.conn.worker
	outer := w.call
	w.call = call{conn: e.conn, name: "onRequest"}
	err := w.Try("onRequest", f)
	w.call = outer
	if err != nil {
		e.fail("onRequest", err)
	}
	return err == nil
}

// reject decides by the reason for which a promise of onRequest was rejected.
func (e *exchange) reject(reason goja.Value) { e.fail("onRequest", &rejection{reason}) }

// conclude decides by what onRequest has returned, in a turn: undefined, null and false mean 404, a string
// or bytes are the body, and an object has {status, headers, body}. A Response of fetch has its body in a
// promise.
func (e *exchange) conclude(result goja.Value) {
	w := e.conn.worker
	e.try(func() error {
		if !given(result) || result.StrictEquals(w.vm.ToValue(false)) {
			e.decide(Answer{Status: http.StatusNotFound, Body: "there is nothing here\n"}, nil)
			return nil
		}
		o, ok := result.(*goja.Object)
		if _, isBytes := w.environment.Bytes(result); !ok || isBytes {
			return e.finish(Answer{}, result)
		}
		var a Answer
		var err error
		if s := o.Get("status"); given(s) {
			if a.Status = int(s.ToInteger()); a.Status < 200 || a.Status > 599 {
				return fmt.Errorf("onRequest: status %v: want 200 to 599", s)
			}
		}
		if a.Header, err = w.headersOf(o.Get("headers")); err != nil {
			return err
		}
		if read, ok := goja.AssertFunction(o.Get("arrayBuffer")); ok {
			body, err := read(o)
			if err != nil {
				return err
			}
			if _, err = w.whenSettled(body.ToObject(w.vm), func(v goja.Value) {
				e.try(func() error { return e.finish(a, v) })
			}, e.reject); err != nil {
				return err
			}
			return nil
		}
		if o.Get("body") == nil && o.Get("status") == nil && o.Get("headers") == nil {
			return errors.New("onRequest returned an object that has neither status, headers nor body; return a string, such as JSON.stringify(…), or {status, headers, body}")
		}
		return e.finish(a, o.Get("body"))
	})
}

// finish decides with an answer and its body: a string, bytes, or nothing.
func (e *exchange) finish(a Answer, body goja.Value) error {
	if given(body) {
		data, isBytes := e.conn.worker.environment.Bytes(body)
		if _, isObject := body.(*goja.Object); isObject && !isBytes {
			return errors.New("onRequest: the body must be a string or bytes; make one of an object by JSON.stringify")
		}
		if a.Body = string(data); !isBytes {
			a.Body = body.String()
		} else if a.Header.Get("Content-Type") == "" {
			if a.Header == nil {
				a.Header = http.Header{}
			}
			a.Header.Set("Content-Type", "application/octet-stream")
		}
	}
	e.decide(a, nil)
	return nil
}

// request returns the object that onRequest is given: that of a handshake, and the body, by methods that
// return promises, as those of fetch's Request do.
func (e *exchange) request() *goja.Object {
	w := e.conn.worker
	o := e.conn.jsRequest()
	body := w.vm.NewObject()
	setOwn(w.vm, o, "body", body)
	for name, read := range map[string]func() (goja.Value, error){
		"text":        func() (goja.Value, error) { return w.environment.Text(e.body), nil },
		"json":        func() (goja.Value, error) { return w.parseJSON(goja.Undefined(), w.environment.Text(e.body)) },
		"bytes":       func() (goja.Value, error) { return w.environment.Uint8Array(e.body), nil },
		"arrayBuffer": func() (goja.Value, error) { return w.vm.ToValue(w.vm.NewArrayBuffer(append([]byte{}, e.body...))), nil },
	} {
		method := w.named(name, 0, func(goja.FunctionCall) goja.Value {
			promise, resolve, reject := w.vm.NewPromise()
			if v, err := read(); err != nil {
				_ = reject(w.errorValue(err))
			} else {
				_ = resolve(v)
			}
			return w.vm.ToValue(promise)
		})
		_ = body.DefineDataProperty(name, method, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
		_ = o.DefineDataProperty(name, method, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	return o
}

// responderOf returns what has the onRequest of a module, or nil: the module itself, or else what its file
// exports. onRequest is called as its method.
func responderOf(module *goja.Object, exports goja.Value) *goja.Object {
	exported, _ := exports.(*goja.Object)
	for _, o := range []*goja.Object{module, exported} {
		if o == nil {
			continue
		}
		if _, ok := goja.AssertFunction(o.Get("onRequest")); ok {
			return o
		}
	}
	return nil
}
