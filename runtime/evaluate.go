package runtime

import (
	"context"
	"errors"
	"strings"

	"github.com/dop251/goja"

	"node.websocket/runtime/inspect"
	"node.websocket/runtime/source"
)

// An Evaluation is the result of code that a person has typed.
type Evaluation struct {
	// Text is the value as console.log prints it, or the error with its stack; at most 64 KiB.
	Text string
	// Printed has the lines that console has printed before the code returned; at most 128 KiB.
	Printed string
	// Failed reports whether Text is an error.
	Failed bool
	// Incomplete reports whether the code breaks off, as in the middle of a function. It was not run.
	Incomplete bool
}

// maxShown is the most bytes of an Evaluation's Text, and bounds its Printed.
const maxShown = 64 << 10

// Evaluate runs code in the resource's worker, or in the first of several, in a turn that has the time of a
// handler. It has the worker's globals and, unless those have such names, module, exports and require of the
// module's file, server and connections, and in _ the last value. If the value is a promise, Evaluate waits
// until it has settled, or ctx ends.
func (r *Resource) Evaluate(ctx context.Context, code string) Evaluation {
	program, err := source.CompileLine("repl", code)
	switch {
	case errors.Is(err, source.ErrIncomplete):
		return Evaluation{Incomplete: true}
	case err != nil:
		return failed(err)
	}
	w := r.all()[0]
	for _, other := range r.all() {
		if other.serves.Load() {
			w = other
			break
		}
	}
	done := make(chan Evaluation, 1)
	w.post(func() {
		w.evaluate(program, func(e Evaluation) {
			select {
			case done <- e:
			default: // a thenable that settles twice
			}
		})
	})
	select {
	case e := <-done:
		return e
	case <-w.gone:
		return failed(errLost)
	case <-ctx.Done():
		return failed(ctx.Err())
	}
}

// failed returns the Evaluation for an error that no code has thrown.
func failed(err error) Evaluation {
	text := err.Error()
	if mistake, ok := errors.AsType[*source.CompileError](err); ok {
		text = "SyntaxError: " + mistake.Message
	}
	return Evaluation{Text: text, Failed: true}
}

// evaluate is Evaluate in a turn.
func (w *worker) evaluate(program *goja.Program, done func(Evaluation)) {
	if w.stopped || w.current == nil {
		done(failed(errors.New("the module does not run")))
		return
	}
	var printed strings.Builder
	fulfilled := func(v goja.Value) {
		w.define("_", v)
		done(Evaluation{Text: inspect.Cut(w.environment.Inspect(v), maxShown), Printed: printed.String()})
	}
	thrown := func(err error) {
		var message string
		var frames []frame
		if rejected, ok := err.(*rejection); ok {
			message, frames = w.thrown(rejected.reason), w.stackOf(rejected.reason)
		} else {
			message, frames = w.describe(err)
		}
		done(Evaluation{Text: inspect.Cut(message+"\n"+stackText(frames), maxShown), Printed: printed.String(), Failed: true})
	}
	w.printed = &printed
	defer func() { w.printed = nil }()
	err := w.protect("repl", func() error {
		w.defineTyped()
		v, err := w.vm.RunProgram(program)
		w.environment.Enter() // RunProgram undid it
		if err != nil {
			return err
		}
		if o, ok := v.(*goja.Object); ok && o.ExportType() == promiseType {
			_, err := w.whenSettled(o, fulfilled, func(reason goja.Value) { thrown(&rejection{reason}) })
			return err
		}
		fulfilled(v)
		return nil
	})
	if err != nil {
		thrown(err)
	}
	w.settle(nil)
}

// defineTyped defines the globals that typed code has beside those of the module.
func (w *worker) defineTyped() {
	f := w.current.files[w.current.entry]
	w.define("module", f.module)
	w.define("exports", f.module.Get("exports"))
	w.define("require", w.named("require", 1, f.jsRequire))
	w.define("server", w.server)
	w.define("connections", w.server.Get("connections"))
}

// define defines a global for typed code, unless the module has one of that name.
func (w *worker) define(name string, v goja.Value) {
	global := w.vm.GlobalObject()
	if now := global.Get(name); now != nil && (w.typed[name] == nil || !now.SameAs(w.typed[name])) {
		return
	}
	if err := global.DefineDataProperty(name, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
		return // the module has frozen the global object
	}
	if w.typed == nil {
		w.typed = map[string]goja.Value{}
	}
	w.typed[name] = v
}
