package runtime

import (
	"errors"
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
		"async with finally":   `(async () => { try { await null; stop(); for (;;); } finally { after = 'ran' } })();`,
		"generator":            `function* g() { stop(); for (;;); } g().next();`,
		"endless microtasks":   `var n = 0; function f() { if (++n > 100) stop(); return Promise.resolve().then(f); } f();`,
		"endless awaits":       `(async () => { for (let n = 0; ; n++) { await null; if (n === 100) stop(); } })();`,
		"full stack":           `function f() { f(); } f();`,
		"full stack, in async": `(async () => { await null; function f() { f(); } f(); })();`,
	} {
		t.Run(name, func(t *testing.T) {
			vm := newVM(t)
			_ = vm.Set("stop", func() { vm.Interrupt("watchdog") })
			enter := func(source string) error {
				return outermost(vm, func() error {
					v, err := vm.RunString("(function(){" + source + "})")
					if err != nil {
						return err
					}
					f, _ := goja.AssertFunction(v)
					_, err = f(goja.Undefined())
					return err
				})
			}
			err := enter(source)
			var interrupted *goja.InterruptedError
			var overflow *goja.StackOverflowError
			if !errors.As(err, &interrupted) && !errors.As(err, &overflow) {
				t.Errorf("%v", err)
			}
			for range 3 {
				if err := enter(`globalThis.fin = 0; (async () => { await null; fin = 5; })();`); err != nil || vm.Get("fin").ToInteger() != 5 {
					t.Errorf("afterwards %v, and the microtask left %v", err, vm.Get("fin"))
				}
			}
			if v := vm.Get("after"); v != nil {
				t.Error("finally ran")
			}
		})
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
