package environment

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dop251/goja"
)

// TestLastFrames checks the frames that another goroutine sees of a VM that is in native code: called by a
// script, by a built-in, by a generator, after an await, or deep in calls.
func TestLastFrames(t *testing.T) {
	for _, test := range []struct{ source, want string }{
		{"function f(){\n  hang() }\nf()", "2 3"},
		{"function f(){\n  [1].map(hang) }\n\nf()", "2 4"},
		{"function f(){\n  return [1].map(function(){\n hang() }) }\nf()", "3 2 4"},
		{"function* f(){ yield 1;\n  hang() }\n\nfor (const x of f());", "2 4"},
		{"(async function(){ await null;\n  hang() })()", "2"},
		{"new Proxy({}, { get(){\n return hang() } })\n.x", "2 3"},
		{"eval('\\n\\nhang()')", "3 1"},
		{"function f(n){\n if (n) f(n-1); else hang() }\nf(5000)", strings.TrimSpace(strings.Repeat("2 ", 10))},
		{"hang()", "1"},
	} {
		vm, _, _ := newTestVM(t)
		begun, over, ended := make(chan bool), make(chan bool), make(chan error)
		if err := vm.Set("hang", func(goja.FunctionCall) goja.Value { begun <- true; <-over; return goja.Undefined() }); err != nil {
			t.Fatal(err)
		}
		go func() {
			_, err := vm.RunScript("a.js", test.source)
			ended <- err
		}()
		<-begun
		var lines []string
		for _, f := range LastFrames(vm, 10) {
			lines = append(lines, fmt.Sprint(f.Position().Line))
		}
		if got := strings.Join(lines, " "); got != test.want {
			t.Errorf("%q: lines %s, want %s", test.source, got, test.want)
		}
		close(over)
		if err := <-ended; err != nil {
			t.Errorf("%q: %v", test.source, err)
		}
		if f := LastFrames(vm, 10); len(f) != 0 {
			t.Errorf("%q: %d frames after the end", test.source, len(f))
		}
	}
}

// TestLastFramesOfARunningVM checks that a look at a VM that runs, while its stack grows and shrinks, does no
// harm, and gives no place outside of the source.
func TestLastFramesOfARunningVM(t *testing.T) {
	vm, _, _ := newTestVM(t)
	ended := make(chan error)
	// Compiled before, as modules are before the watchdog sees their call: programs do not change afterwards.
	program := goja.MustCompile("a.js", "function f(n){\n if (n) [n].forEach(n => f(n-1)) }\nfor (let i = 0; ; i = (i + 1) % 500) f(i)", false)
	go func() {
		_, err := vm.RunProgram(program)
		ended <- err
	}()
	for range 200 {
		for _, f := range LastFrames(vm, 1000) {
			if line := f.Position().Line; line < 1 || line > 3 {
				t.Errorf("line %d", line)
			}
		}
	}
	vm.Interrupt("enough")
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "enough") {
		t.Errorf("ended with %v", err)
	}
}
