package inspect

import (
	"log/slog"
	"testing"

	"github.com/dop251/goja"
)

// bufferClass makes as much of Buffer as printing needs.
var bufferClass = goja.MustCompile("buffer.js", `globalThis.Buffer = class Buffer extends Uint8Array {
	static from(text) { return super.from([...text], (c) => c.charCodeAt(0)); }
	static alloc(n) { return new this(n); }
}`, true)

// newTestVM makes a VM with a console and a Buffer, and records what the console prints.
func newTestVM(t testing.TB) (*goja.Runtime, *Inspector, *[]string) {
	t.Helper()
	vm := goja.New()
	vm.SetMaxCallStackSize(1000)
	i, err := New(vm)
	if err != nil {
		t.Fatal(err)
	}
	lines := &[]string{}
	console := i.Console(func(level slog.Level, text string) { *lines = append(*lines, level.String()+" "+text) })
	if err := vm.Set("console", console); err != nil {
		t.Fatal(err)
	}
	if _, err := vm.RunProgram(bufferClass); err != nil {
		t.Fatal(err)
	}
	return vm, i, lines
}
