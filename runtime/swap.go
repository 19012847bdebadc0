package runtime

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/dop251/goja"
)

// An instanceShape describes the new instances of a version. A reload has to rebuild instances that
// hold code of their version.
type instanceShape struct {
	// code is a JavaScript array of the keys of own properties that are functions, as in
	// this.f = function …, or accessors. Nil means that there are none.
	code    *goja.Object
	private bool // there may be private fields
}

// ownsCode reports whether instances own functions, or may have private fields.
func (s *instanceShape) ownsCode() bool { return s.code != nil || s.private }

var (
	// perhapsPrivate matches the source of a constructor that has private fields. A false match only
	// costs an instance that is rebuilt without need.
	perhapsPrivate = regexp.MustCompile(`#[\p{L}_$]`)
	// plain matches constructors that do nothing, or set properties to literals only.
	plain = regexp.MustCompile(`^function\s*[\w$]*\s*\([^)]*\)\s*\{(?:\s|this\.[\w$]+\s*=\s*` +
		`(?:-?[\d.]+|'[^'\\\n]*'|"[^"\\\n]*"|true|false|null|undefined|void 0|\[\s*\]|\{\s*\})\s*(?:[;,]|\s))*\}$`)
)

// shapeOf returns the shape of a new instance. It must be called within Call or Try.
func (w *worker) shapeOf(v *version, instance *goja.Object) *instanceShape {
	s := &instanceShape{private: perhapsPrivate.MatchString(w.sourceOf(v.constructor))}
	if keys, err := w.ownCode(goja.Undefined(), instance); err == nil {
		if keys := keys.ToObject(w.vm); keys.Get("length").ToInteger() > 0 {
			s.code = keys
		}
	}
	return s
}

// sourceOf returns the source of a constructor and of the classes that it extends.
func (w *worker) sourceOf(constructor *goja.Object) string {
	var b strings.Builder
	for depth := 0; constructor != nil && depth < 10; depth++ {
		if _, ok := goja.AssertConstructor(constructor); !ok { // Function.prototype, the end of the chain
			break
		}
		if text, err := w.functionSource(constructor); err == nil {
			b.WriteString(text.String())
		}
		constructor = constructor.Prototype()
	}
	return b.String()
}

// needsNewInstances reports whether a reload must rebuild instances rather than change their
// prototype, because instances of v own functions or private fields. To find out, it may make an
// instance, which it returns as probe. It must be called within Call or Try.
func (v *version) needsNewInstances() (yes bool, probe *goja.Object, err error) {
	w := v.worker
	if v.object != nil {
		return false, nil, nil
	}
	if v.shape == nil {
		source := w.sourceOf(v.constructor)
		if plain.MatchString(source) {
			v.shape = &instanceShape{}
		} else if probe, err = w.construct(v.constructor); err == nil {
			v.shape = w.shapeOf(v, probe)
		} else if isUncatchable(err) {
			return false, nil, err
		} else {
			// A constructor may throw to refuse a handshake, which does not concern open connections.
			return perhapsPrivate.MatchString(source) || !v.prototypeHasOnData(), nil, nil
		}
	}
	return v.shape.ownsCode(), probe, nil
}

// install makes v the current version and begins to swap the instances of the open connections, in a
// turn. It returns the number of timers of older versions that it cleared, those of their timers that keep
// running, and the number of connections that had to keep their version so far.
func (w *worker) install(v *version) (cleared int, running map[int]int, kept int) {
	old := w.current
	w.current, w.loads, w.failure = v, v.number, nil
	w.seen = v.inputs()
	w.stopwatch.limit.Store(int64(v.options.TurnLimit))
	w.overruns = overruns{}
	if w.resource.options.Load() == nil {
		w.resource.missing.Store(int32(v.options.Workers - 1))
	}
	w.resource.options.Store(&v.options.Read)
	w.resource.version.Store(int64(v.number))
	w.resource.tally.serve()
	w.resource.responds.Store(v.responder != nil)
	w.serves.Store(true)
	w.sources.keep(v)
	if old != nil {
		for key, f := range old.files {
			if v.files[key] != f {
				f.dispose()
				f.endOperations()
				f.hot.disposers = nil
			}
		}
	}
	for _, f := range v.files {
		f.takeData()
		f.version, f.hot.previous = v, nil
	}
	v.previous = nil
	if err := w.Try("reload", func() error { return v.keepObject(old) }); err != nil {
		w.report(nil, "reload", err)
	}
	if n := w.clients.Load(); n > 0 && old != nil && v.silent && !old.silent {
		w.logAt(slog.LevelWarn, "the module has no onData any more, so what open connections send is dropped; close them in onReload, or give it an onData", "connections", n)
	}
	cleared, running = w.timers.retire(w, v)
	w.swap = swap{version: v, next: w.first, left: int(w.clients.Load()), began: time.Now()}
	if w.first != nil {
		w.beginSwap()
	}
	return cleared, running, w.swap.kept
}

// needsNewInstance reports whether adopt has to rebuild c's instance, because of the new version, as
// rebuild says, or because of the instance's own.
func (c *Conn) needsNewInstance(rebuild bool) bool {
	return rebuild || c.version.object != nil || c.version.shape != nil && c.version.shape.ownsCode()
}

// adopt moves a connection to version v. It changes the instance's prototype or, if needsNewInstance
// reports true, replaces the instance by probe, or a new one if probe is nil, and carries the other
// properties over. After an error the connection is unchanged.
func (c *Conn) adopt(v *version, rebuild bool, probe *goja.Object) error {
	w := c.worker
	return w.Try("reload", func() error {
		if v.object != nil {
			c.instance, c.version = v.object, v
			return nil
		}
		prototype, ok := v.constructor.Get("prototype").(*goja.Object)
		if !ok {
			return fmt.Errorf("Module.prototype is no object")
		}
		if !c.needsNewInstance(rebuild) {
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
		if c.version.object == nil { // or it is no instance, but shared
			made := goja.Undefined()
			if old := c.version.shape; old != nil && old.code != nil {
				made = old.code
			}
			if _, err := w.carryOver(goja.Undefined(), c.instance, instance, made); err != nil {
				return err
			}
		}
		c.instance, c.version = instance, v
		return nil
	})
}

// adoptCurrent moves a connection to the current version if it was opened under one version and
// connected under another.
func (c *Conn) adoptCurrent() error {
	v := c.worker.current
	var rebuild bool
	var probe *goja.Object
	err := c.worker.Try("reload", func() (err error) {
		rebuild, probe, err = v.needsNewInstances()
		return err
	})
	if err != nil {
		return err
	}
	return c.adopt(v, rebuild, probe)
}
