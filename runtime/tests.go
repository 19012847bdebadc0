package runtime

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dop251/goja"

	"node.websocket/runtime/source"
)

//go:embed tests.js
var testsSource string

// testsProgram returns the program of tests.js. Servers need none.
var testsProgram = sync.OnceValue(func() *goja.Program { return goja.MustCompile("tests.js", testsSource, true) })

// A TestResult is the outcome of one test of a file.
type TestResult struct {
	Name string
	// Duration is the time that it took.
	Duration time.Duration
	// Message is the reason for a failure; "" if there is none. At is the place,
	// "modules/chat.test.js:3:5", or "", and Detail the code around it with the stack.
	Message, At, Detail string
}

// Test evaluates a file of the folder that has tests, such as "chat.test.js", and runs them one after
// the other, each for at most limit. The file can use
//
//	test('greets', async () => { … })          // a test; a promise that it returns is awaited
//	const client = await connect('/chat')      // to a module of this Runtime, without a network
//	client.send(data); await client.receive(); await client.close()
//	expect(value).toBe(other)
//	clock.install(); await clock.tick(1000)    // the time of all modules, for timers and Date
//
// report is called for each test. The error tells why the file could not be evaluated, and is a
// *TestError if its code is the reason. Test must be called before any module is loaded, and not at the same time as
// Close or another Test.
func (r *Runtime) Test(ctx context.Context, file string, limit time.Duration, report func(TestResult)) error {
	if r.clock == nil {
		r.clock = &testClock{} // before there are workers
	}
	resource := newResource(r, file, 0)
	t := &testRun{worker: resource.all()[0], limit: limit, ended: make(chan struct{})}
	defer func() {
		close(t.ended) // ends the goroutines of connections
		t.worker.stop()
	}()
	var broken error
	if !t.worker.do(func() { broken = t.load(file) }) {
		return errLost
	}
	if broken != nil {
		return broken
	}
	for i := range t.names {
		if err := ctx.Err(); err != nil {
			return err
		}
		began := time.Now()
		result := t.run(ctx, i)
		result.Duration = time.Since(began)
		report(result)
	}
	return nil
}

// A TestError is the error of a file with tests that could not be evaluated.
type TestError struct{ TestResult }

func (e *TestError) Error() string { return e.Message }

// A testRun runs the tests of a file.
type testRun struct {
	worker *worker
	limit  time.Duration
	ended  chan struct{} // closed by Test

	// only in a turn of worker
	names []string
	tests *goja.Object    // an array of {name, run}
	open  []*testSession  // of the test in progress
	until context.Context // of the test in progress
}

// load evaluates the file, in a turn.
func (t *testRun) load(file string) error {
	w := t.worker
	if err := w.makeVM(); err != nil {
		return err
	}
	w.seen = source.Inputs{}
	v := &version{worker: w, number: 1, entry: file, files: map[string]*loadedFile{}}
	v.options.Workers = 1
	w.loading = v
	err := w.protect("load", func() error {
		if err := t.define(); err != nil {
			return err
		}
		_, err := v.require(nil, file, v.evaluateFile)
		return err
	})
	w.loading = nil
	if len(w.rejected) > 0 && err == nil {
		err = &rejection{reason: w.rejected[0].Result()}
	}
	w.rejected = nil
	if err != nil {
		return &TestError{t.result(file, err)}
	}
	w.current, w.loads = v, 1
	return w.protect("load", func() error {
		for i := range int(t.tests.Get("length").ToInteger()) {
			t.names = append(t.names, t.tests.Get(fmt.Sprint(i)).ToObject(w.vm).Get("name").String())
		}
		return nil
	})
}

// define defines the globals of a file with tests. It must be called within protect.
func (t *testRun) define() error {
	w := t.worker
	made, err := w.vm.RunProgram(testsProgram())
	if err != nil {
		return err
	}
	w.environment.Enter() // RunProgram undid it
	call, _ := goja.AssertFunction(made)
	util, _ := w.environment.Builtin("util")
	result, err := call(goja.Undefined(), w.named("connect", 3, t.connect), util,
		w.named("install", 1, t.installClock), w.named("tick", 2, t.tickClock), w.named("uninstall", 0, func(goja.FunctionCall) goja.Value {
			t.uninstallClock()
			return goja.Undefined()
		}))
	if err != nil {
		return err
	}
	all := result.ToObject(w.vm)
	t.tests = all.Get("tests").ToObject(w.vm)
	for _, name := range []string{"test", "connect", "expect", "clock"} {
		if err := w.vm.Set(name, all.Get(name)); err != nil {
			return err
		}
	}
	return nil
}

// run runs a test.
func (t *testRun) run(ctx context.Context, i int) TestResult {
	w := t.worker
	ctx, cancel := context.WithTimeout(ctx, t.limit)
	defer cancel()
	done := make(chan TestResult, 2) // the result of the call, and of what is thrown later
	before := w.resource.tally.errors.Load()
	passed := TestResult{Name: t.names[i]}
	w.post(func() {
		t.until = ctx
		err := w.protect(t.names[i], func() error {
			one := t.tests.Get(fmt.Sprint(i)).ToObject(w.vm)
			f, _ := goja.AssertFunction(one.Get("run"))
			result, err := f(goja.Undefined())
			if err != nil {
				return err
			}
			if promise, ok := result.(*goja.Object); ok {
				later, err := w.whenSettled(promise, func(goja.Value) { done <- passed }, func(reason goja.Value) { done <- t.result(t.names[i], &rejection{reason}) })
				if err != nil || later {
					return err
				}
			}
			done <- passed
			return nil
		})
		if err != nil {
			done <- t.result(t.names[i], err)
		}
		w.settle(nil)
	})
	var result TestResult
	select {
	case result = <-done:
	case <-ctx.Done():
		result = TestResult{Name: t.names[i], Message: fmt.Sprintf("it took longer than %v; perhaps it waits for a message that does not come", t.limit)}
	case <-w.gone:
		return TestResult{Name: t.names[i], Message: errLost.Error()}
	}
	w.do(func() {
		for _, s := range t.open {
			s.closeBy(closeNormal, "")
		}
		t.open = nil
	})
	t.uninstallClock()
	if n := w.resource.tally.errors.Load() - before; n > 0 && result.Message == "" {
		result.Message = "an error was not handled, which the log has"
	}
	return result
}

// result describes an error, in a turn.
func (t *testRun) result(name string, err error) TestResult {
	w := t.worker
	r := TestResult{Name: name}
	if compile, ok := errors.AsType[*source.CompileError](err); ok && compile.Line > 0 {
		r.Message, r.At = compile.Message, frame{file: compile.File, line: compile.Line, column: compile.Column}.place()
		r.Detail = source.CodeFrame(compile.Source, compile.Line, compile.Column)
		return r
	}
	var frames []frame
	if rejected, ok := err.(*rejection); ok {
		r.Message, frames = w.thrown(rejected.reason), w.stackOf(rejected.reason)
	} else {
		r.Message, frames = w.describe(err)
	}
	if len(frames) > 0 {
		r.At = frames[0].place()
		if text, ok := w.sources.text[frames[0].file]; ok {
			r.Detail = source.CodeFrame(text, frames[0].line, frames[0].column)
		}
		r.Detail += stackText(frames)
	}
	return r
}
