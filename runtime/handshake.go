package runtime

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
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
	c := &Conn{worker: r.worker, request: request}
	began := time.Now()
	outcome := make(chan opened, 1)
	entered := make(chan struct{})
	r.worker.post(func() {
		close(entered)
		if ctx.Err() == nil {
			c.open(func(a Answer, err error) {
				select {
				case outcome <- opened{a, err}:
				default: // an outcome is already there
				}
			})
		}
	})
	select {
	case o := <-outcome:
		if o.err != nil {
			return nil, Answer{}, o.err
		}
		return c, o.answer, nil
	case <-r.worker.gone:
		return nil, Answer{}, errLost
	case <-ctx.Done():
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		what := "onHandshake returned a promise that does not settle"
		select {
		case <-entered:
		default:
			what = "the module was busy for the whole time that a handshake may take"
		}
		r.log.Error(what, "limit", time.Since(began).Round(time.Millisecond), "client", request.RemoteAddress)
	}
	return nil, Answer{}, fmt.Errorf("onHandshake of %s: %w", r.name, ctx.Err())
}

// opened is the outcome of a handshake.
type opened struct {
	answer Answer
	err    error
}

// open makes the instance and calls onHandshake, in a turn. It calls decide in that turn, or in the
// turn in which the promise that onHandshake returned settles.
func (c *Conn) open(decide func(Answer, error)) {
	w := c.worker
	if w.stopped || w.resource.current == nil {
		decide(Answer{}, ErrClosed)
		return
	}
	fail := func(handler string, err error) {
		message := w.report(c, handler, err) // to print err itself could run JavaScript, without a limit
		decide(Answer{}, fmt.Errorf("%s of %s: %s", handler, w.resource.name, message))
	}
	answer := func(result goja.Value) {
		a, err := w.answerOf(result)
		if err != nil {
			fail("onHandshake", err)
			return
		}
		decide(a, nil)
	}
	c.version = w.resource.current
	err := w.Try("constructor", func() (err error) {
		c.instance, err = w.construct(c.version.constructor)
		if err == nil && c.version.shape == nil {
			c.version.shape = w.shapeOf(c.version, c.instance)
		}
		return err
	})
	if err != nil {
		fail("constructor", err)
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
			later, err = w.whenSettled(o, answer, func(reason goja.Value) { fail("onHandshake", &rejection{reason}) })
			return err
		}
		return nil
	})
	switch {
	case err != nil:
		fail("onHandshake", err)
	case !later:
		answer(result)
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

// jsRequest returns the object that modules get for the handshake, as the argument of onHandshake and
// as connection.request.
func (c *Conn) jsRequest() *goja.Object {
	if c.requestObj != nil {
		return c.requestObj
	}
	vm, r := c.worker.vm, &c.request
	o := vm.NewObject()
	headers, query, cookies := vm.NewObject(), vm.NewObject(), vm.NewObject()
	if r.Host != "" { // net/http takes it out of Header
		setOwn(vm, headers, "host", r.Host)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		values, joined := r.Header[name], ", "
		if name == "Cookie" {
			joined = "; "
		}
		setOwn(vm, headers, strings.ToLower(name), strings.Join(values, joined))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Query)) {
		values := r.Query[name]
		if len(values) == 1 {
			setOwn(vm, query, name, values[0])
		} else {
			setOwn(vm, query, name, values)
		}
	}
	for _, cookie := range (&http.Request{Header: r.Header}).Cookies() {
		setOwn(vm, cookies, cookie.Name, cookie.Value)
	}
	for _, p := range []struct {
		name  string
		value any
	}{
		{"method", r.Method}, {"url", r.URL}, {"path", r.Path}, {"query", query}, {"headers", headers}, {"cookies", cookies},
		{"origin", orNull(r.Origin)}, {"host", r.Host}, {"remoteAddress", r.RemoteAddress}, {"secure", r.Secure}, {"httpVersion", r.HTTPVersion},
	} {
		setOwn(vm, o, p.name, p.value)
	}
	c.requestObj = o
	return o
}

// setOwn defines a property whose name may come from a client. "__proto__" does not set the prototype.
func setOwn(vm *goja.Runtime, o *goja.Object, name string, value any) {
	if list, ok := value.([]string); ok {
		items := make([]any, len(list))
		for i, s := range list {
			items[i] = s
		}
		value = vm.NewArray(items...)
	}
	_ = o.DefineDataProperty(name, vm.ToValue(value), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
}

// orNull returns s, or nil for JavaScript's null if s is empty.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
