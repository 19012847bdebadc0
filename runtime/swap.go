package runtime

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/dop251/goja"
)

// An instanceShape is what the instances of a version are like when they have just been made, as far as a reload has to know.
type instanceShape struct {
	code    *goja.Object // the keys, in an array, of own properties that are functions or accessors: this.f = function …; nil: none
	private bool         // it may have private fields
}

// own says whether instances own, or hide, what is of their version's code.
func (s *instanceShape) own() bool { return s.code != nil || s.private }

var (
	// perhapsPrivate looks into a constructor's source. Where it is wrong an instance is made that was not needed.
	perhapsPrivate = regexp.MustCompile(`#[\p{L}_$]`)
	// plain matches constructors that do nothing, or set properties to what is evidently no function.
	plain = regexp.MustCompile(`^function\s*[\w$]*\s*\([^)]*\)\s*\{(?:\s|this\.[\w$]+\s*=\s*` +
		`(?:-?[\d.]+|'[^'\\\n]*'|"[^"\\\n]*"|true|false|null|undefined|void 0|\[\s*\]|\{\s*\})\s*(?:[;,]|\s))*\}$`)
)

// shapeOf looks at an instance that has just been made. It is called within a guard.
func (w *worker) shapeOf(v *version, instance *goja.Object) *instanceShape {
	s := &instanceShape{private: perhapsPrivate.MatchString(w.sourceOf(v.constructor))}
	if keys, err := w.ownCode(goja.Undefined(), instance); err == nil {
		if keys := keys.ToObject(w.vm); keys.Get("length").ToInteger() > 0 {
			s.code = keys
		}
	}
	return s
}

// sourceOf is the source of a constructor and of those it extends.
func (w *worker) sourceOf(constructor *goja.Object) string {
	var b strings.Builder
	for depth := 0; constructor != nil && depth < 10; depth++ {
		if _, ok := goja.AssertConstructor(constructor); !ok { // Function.prototype, at last
			break
		}
		if text, err := w.functionSource(constructor); err == nil {
			b.WriteString(text.String())
		}
		constructor = constructor.Prototype()
	}
	return b.String()
}

// fresh says whether the instances of a version cannot do with a new prototype: what they own, or hide, is of the old code.
// For the new version that takes an instance to look at, unless its constructor is plain; probe is that instance, if one was
// made. It is called within a guard.
func (v *version) fresh() (yes bool, probe *goja.Object, err error) {
	w := v.worker
	if v.shape == nil {
		source := w.sourceOf(v.constructor)
		if plain.MatchString(source) {
			v.shape = &instanceShape{}
		} else if probe, err = w.construct(v.constructor); err == nil {
			v.shape = w.shapeOf(v, probe)
		} else if isUncatchable(err) {
			return false, nil, err
		} else {
			// A constructor may throw to refuse a handshake: that says nothing of the connections that are open.
			return perhapsPrivate.MatchString(source) || !v.prototypeHasOnData(), nil, nil
		}
	}
	return v.shape.own(), probe, nil
}

// install puts a version in the place of the one that serves, under the connections that are open. It returns the timers
// of versions before it that run on, in words, and how many connections had to keep their version.
func (r *Resource) install(v *version) (running string, kept int) {
	old := r.current
	r.current, r.loads, r.failure = v, v.number, nil
	r.seen = v.inputs()
	r.options.Store(&v.options)
	r.sources.keep(v)
	if old != nil {
		for key, f := range old.files {
			if v.files[key] != f {
				f.dispose()
				f.hot.disposers = nil
			}
		}
	}
	for _, f := range v.files {
		f.takeData()
		f.version, f.hot.previous = v, nil
	}
	v.previous = nil
	running = r.worker.timers.retire(r.worker, v)
	if r.worker.first == nil {
		return running, 0
	}
	var fresh bool
	var probe *goja.Object
	err := r.worker.Try("reload", func() (err error) {
		fresh, probe, err = v.fresh()
		return err
	})
	for c := r.worker.first; c != nil; c = c.next {
		if c.behind = err == nil && c.pending && c.renews(fresh); c.behind {
			continue
		}
		failure := err
		if failure == nil {
			failure = c.adopt(v, fresh, probe)
			probe = nil
		}
		if failure == nil {
			continue
		}
		if kept++; kept <= maxKeptTold {
			r.worker.report(c, "reload", failure, slog.Int("keeps_version", c.version.number))
		}
		if isUncatchable(failure) { // the next would take as long
			err = failure
		}
	}
	r.worker.tellReload(v)
	return running, kept
}

// maxKeptTold is for how many connections it is told why they keep their version. How many there are is told in any case.
const maxKeptTold = 10

// tellReload calls onReload for the connections that a version has taken over.
func (w *worker) tellReload(v *version) {
	known := false
	for c := w.first; c != nil; c = c.next {
		if c.version != v {
			continue
		}
		if !known && !c.has("onReload") { // nor have the others
			return
		}
		known = true
		began := time.Now()
		c.handler("onReload")
		if time.Since(began) >= w.resource.runtime.options.TurnLimit {
			w.resource.log.Error("onReload ran over its limit; it is not called for the connections after this one", "id", c.request.ID, "version", v.number)
			return
		}
	}
}

// has says whether the instance has a handler.
func (c *Conn) has(name string) (found bool) {
	_ = c.worker.Try("reload", func() error {
		_, found = goja.AssertFunction(c.instance.Get(name))
		return nil
	})
	return found
}

// renews says whether adopt would make a new instance.
func (c *Conn) renews(fresh bool) bool {
	return fresh || c.version.shape != nil && c.version.shape.own()
}

// adopt gives a connection's instance the code of a version: its prototype, or, where the instance holds functions of its
// own or private fields, a new instance with the other properties carried over. On an error the instance is as it was.
func (c *Conn) adopt(v *version, fresh bool, probe *goja.Object) error {
	w := c.worker
	return w.Try("reload", func() error {
		prototype, ok := v.constructor.Get("prototype").(*goja.Object)
		if !ok {
			return fmt.Errorf("Module.prototype is no object")
		}
		if !c.renews(fresh) {
			if err := c.instance.SetPrototype(prototype); err != nil {
				return err
			}
			c.version = v
			return nil
		}
		instance := probe
		if instance == nil {
			var err error
			if instance, err = w.construct(v.constructor); err != nil {
				return err
			}
		}
		made := goja.Undefined()
		if old := c.version.shape; old != nil && old.code != nil {
			made = old.code
		}
		if _, err := w.carryOver(goja.Undefined(), c.instance, instance, made); err != nil {
			return err
		}
		c.instance, c.version = instance, v
		return nil
	})
}

// catchUpVersion is adopt for a connection that could not be swapped with the others: it was opened under one version and connected
// under another, or a promise of its old instance had not settled.
func (c *Conn) catchUpVersion(v *version) error {
	var fresh bool
	var probe *goja.Object
	err := c.worker.Try("reload", func() (err error) {
		fresh, probe, err = v.fresh()
		return err
	})
	if err != nil {
		return err
	}
	return c.adopt(v, fresh, probe)
}

// settled is called when the promise is settled that onData returned. An instance that is to be replaced serves until then,
// as what its method does after an await is done to that instance.
func (c *Conn) settled() {
	w := c.worker
	if !c.behind || !c.connected {
		return
	}
	c.behind = false
	if err := c.catchUpVersion(w.resource.current); err != nil {
		w.report(c, "reload", err, slog.Int("keeps_version", c.version.number))
		return
	}
	if c.has("onReload") {
		c.handler("onReload")
	}
}
