package runtime

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"

	"github.com/dop251/goja"
)

// An instanceShape is what the instances of a version are like when they have just been made, as far as a reload has to know.
type instanceShape struct {
	functions []string // own properties that are functions: class fields with an arrow function, this.f = function …
	private   bool     // it may have private fields
}

// perhapsPrivate and perhapsFunctions look into a constructor's source. They may be wrong on the side of caution: then an
// instance is made that was not needed.
var (
	perhapsPrivate   = regexp.MustCompile(`#[\p{L}_$]`)
	perhapsFunctions = regexp.MustCompile(`=>|\bfunction\b|\bbind\b|\bcall\b|\bapply\b|\bclass\b|\bassign\b|\bsuper\b`)
)

// shapeOf looks at an instance that has just been made. It is called within a guard.
func (w *Worker) shapeOf(v *version, instance *goja.Object) *instanceShape {
	s := &instanceShape{private: perhapsPrivate.MatchString(w.sourceOf(v.constructor))}
	for _, key := range instance.GetOwnPropertyNames() {
		if p, err := w.ownFunction(goja.Undefined(), instance, w.vm.ToValue(key)); err == nil && p.ToBoolean() {
			s.functions = append(s.functions, key)
		}
	}
	return s
}

// sourceOf is the source of a constructor and of those it extends.
func (w *Worker) sourceOf(constructor *goja.Object) string {
	var b strings.Builder
	for depth := 0; constructor != nil && depth < 10; depth++ {
		if _, ok := goja.AssertFunction(constructor); !ok {
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
// For the new version that takes an instance to look at; probe is that instance, if one was made.
func (v *version) fresh() (yes bool, probe *goja.Object, err error) {
	if v.shape == nil {
		source := v.worker.sourceOf(v.constructor)
		// The head of a constructor names it "function" or "class" itself.
		_, body, _ := strings.Cut(source, "{")
		if !perhapsPrivate.MatchString(source) && !perhapsFunctions.MatchString(body) && !strings.Contains(source, "extends") {
			v.shape = &instanceShape{}
		} else {
			if probe, err = v.worker.construct(v.constructor); err != nil {
				return false, nil, err
			}
			v.shape = v.worker.shapeOf(v, probe)
		}
	}
	return v.shape.private || len(v.shape.functions) > 0, probe, nil
}

// install puts a version in the place of the one that serves, under the connections that are open. It returns the timers
// of versions before it that run on, in words, and how many connections had to keep their version.
func (w *Worker) install(v *version) (running string, kept int) {
	old := w.current
	w.current, w.loads, w.failure = v, v.number, nil
	w.seen = v.inputs()
	w.overrides.Store(&v.options)
	w.sources.keep(v)
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
	running = w.timers.retire(w, v)
	if w.first == nil {
		return running, 0
	}
	var fresh bool
	var probe *goja.Object
	err := w.guard(func() (err error) {
		fresh, probe, err = v.fresh()
		return err
	})
	for c := w.first; c != nil; c = c.next {
		this := err
		if this == nil {
			this = c.adopt(v, fresh, probe)
			probe = nil
		}
		if this != nil {
			kept++
			w.report(c, "reload", this, slog.Int("keeps_version", c.version.number))
		}
	}
	if w.has(v, "onReload") {
		for c := w.first; c != nil; c = c.next {
			if c.version == v {
				c.handler("onReload")
			}
		}
	}
	return running, kept
}

// adopt gives a connection's instance the code of a version: its prototype, or, where the instance holds functions of its
// own or private fields, a new instance with the other properties carried over. On an error the instance is as it was.
func (c *Conn) adopt(v *version, fresh bool, probe *goja.Object) error {
	w := c.worker
	return w.guard(func() error {
		prototype, ok := v.constructor.Get("prototype").(*goja.Object)
		if !ok {
			return fmt.Errorf("Module.prototype is no object")
		}
		old := c.version.shape
		if !fresh && (old == nil || !old.private && len(old.functions) == 0) {
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
		made := []any{}
		if old != nil {
			for _, name := range old.functions {
				made = append(made, name)
			}
		}
		if _, err := w.carryOver(goja.Undefined(), c.instance, instance, w.vm.NewArray(made...)); err != nil {
			return err
		}
		c.instance, c.version = instance, v
		return nil
	})
}

// catchUp is adopt for a connection that was opened under one version and connected under another.
func (c *Conn) catchUp(v *version) error {
	var fresh bool
	var probe *goja.Object
	err := c.worker.guard(func() (err error) {
		fresh, probe, err = v.fresh()
		return err
	})
	if err != nil {
		return err
	}
	return c.adopt(v, fresh, probe)
}

// has says whether the instances of a version have an optional handler.
func (w *Worker) has(v *version, name string) bool {
	if v.shape != nil {
		for _, f := range v.shape.functions {
			if f == name {
				return true
			}
		}
	}
	found := false
	_ = w.guard(func() error {
		if p, ok := v.constructor.Get("prototype").(*goja.Object); ok {
			_, found = goja.AssertFunction(p.Get(name))
		}
		return nil
	})
	return found
}
