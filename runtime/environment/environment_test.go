package environment

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/dop251/goja"
)

// newTestVM makes a VM with its environment and a require for built-in modules, and records what it
// logs.
func newTestVM(t testing.TB) (*goja.Runtime, *Environment, *[]string) {
	t.Helper()
	vm := goja.New()
	vm.SetMaxCallStackSize(1000)
	lines := &[]string{}
	e, err := New(vm, Options{Log: func(level slog.Level, text string) { *lines = append(*lines, level.String()+" "+text) }})
	if err != nil {
		t.Fatal(err)
	}
	if err := vm.Set("require", func(name string) goja.Value {
		v, ok := e.Builtin(name)
		if !ok {
			panic(vm.NewTypeError("no module %s", name))
		}
		return v
	}); err != nil {
		t.Fatal(err)
	}
	return vm, e, lines
}

// checkScripts runs each script as the body of an async function, which fails by throwing.
func checkScripts(t *testing.T, scripts map[string]string) {
	t.Helper()
	for name, source := range scripts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vm, _, lines := newTestVM(t)
			var result goja.Value
			_ = vm.Set("done", func(v goja.Value) { result = v })
			if _, err := vm.RunScript(name+".js", "var assert = require('assert');\n(async () => {"+source+"})().then(() => done('ok'), (e) => done(e.stack || String(e)));"); err != nil {
				t.Fatal(err)
			}
			if result == nil || result.String() != "ok" {
				t.Errorf("%v\nlogged: %s", result, strings.Join(*lines, "\n"))
			}
		})
	}
}
