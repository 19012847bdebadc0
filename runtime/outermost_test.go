package runtime

import (
	"errors"
	"strings"
	"testing"

	"github.com/dop251/goja"

	"node.websocket/runtime/environment"
)

// TestPromisesWorkAfterAnInterrupt ends calls in every place where goja may be, and checks that
// microtasks still run afterwards.
func TestPromisesWorkAfterAnInterrupt(t *testing.T) {
	for name, source := range map[string]string{
		"main":                 `stop(); for (;;);`,
		"native callback":      `[1].forEach(() => { stop(); for (;;); });`,
		"microtask":            `Promise.resolve().then(() => { stop(); for (;;); });`,
		"async, before await":  `(async () => { stop(); for (;;); })();`,
		"async, after await":   `(async () => { await null; stop(); for (;;); })();`,
		"async in async":       `const f = async n => { if (n) await f(n - 1); stop(); for (;;); }; f(5);`,
		"generators":           `function* g(n) { if (n) for (const x of g(n - 1)); stop(); for (;;); } g(5).next();`,
		"async, in a callback": `[1].forEach(async () => { [2].map(async () => { stop(); for (;;); }) });`,
		"async with finally":   `(async () => { try { await null; stop(); for (;;); } finally { after = 'ran' } })();`,
		"generator":            `function* g() { stop(); for (;;); } g().next();`,
		"endless microtasks":   `var n = 0; function f() { if (++n > 100) stop(); return Promise.resolve().then(f); } f();`,
		"endless awaits":       `(async () => { for (let n = 0; ; n++) { await null; if (n === 100) stop(); } })();`,
		"full stack":           `function f() { f(); } f();`,
		"full stack, in async": `(async () => { await null; function f() { f(); } f(); })();`,
	} {
		forms := []string{"function"}
		if !strings.Contains(name, "generator") {
			forms = append(forms, "async function", "async function, after await null")
		}
		for _, form := range forms {
			t.Run(name+" in "+form, func(t *testing.T) {
				vm := goja.New()
				e, err := environment.New(vm, environment.Options{})
				if err != nil {
					t.Fatal(err)
				}
				_ = vm.Set("stop", func() { vm.Interrupt("watchdog") })
				compile := func(form, source string) goja.Callable {
					form, await, _ := strings.Cut(form, ", after ")
					v, err := vm.RunString("(" + form + "(){" + await + "; " + source + "})")
					if err != nil {
						t.Fatal(err)
					}
					f, _ := goja.AssertFunction(v)
					return f
				}
				call := func(f goja.Callable) error {
					e.Enter() // as a turn does
					return outermost(vm, func() error { _, err := f(goja.Undefined()); return err })
				}
				first, next := compile(form, source), compile("function", `globalThis.fin = 0; (async () => { await null; fin = 5; })();`)
				err = call(first)
				var interrupted *goja.InterruptedError
				var ex *goja.Exception
				if strings.Contains(source, "stop()") != errors.As(err, &interrupted) || err != nil && interrupted == nil && !errors.As(err, &ex) {
					t.Errorf("%v", err)
				}
				for range 3 {
					if err := call(next); err != nil || vm.Get("fin").ToInteger() != 5 {
						t.Errorf("afterwards %v, and the microtask left %v", err, vm.Get("fin"))
					}
				}
				if v := vm.Get("after"); v != nil {
					t.Error("finally ran")
				}
			})
		}
	}
}

func newVM(t *testing.T) *goja.Runtime {
	vm := goja.New()
	if _, err := environment.New(vm, environment.Options{}); err != nil {
		t.Fatal(err)
	}
	return vm
}

func TestOutermostPassesErrorsOn(t *testing.T) {
	vm := newVM(t)
	var ex *goja.Exception
	if err := outermost(vm, func() error { _, err := vm.RunString(`throw new TypeError('t')`); return err }); !errors.As(err, &ex) {
		t.Errorf("%v", err)
	}
	if err := outermost(vm, func() error { panic(vm.NewTypeError("from Go")) }); !errors.As(err, &ex) {
		t.Errorf("%v", err)
	}
	mine := errors.New("mine")
	if err := outermost(vm, func() error { return mine }); err != mine {
		t.Errorf("%v", err)
	}
}
