package source

import (
	"errors"
	"testing"

	"github.com/dop251/goja"

	"node.websocket/runtime/environment"
)

// TestCompileLine compiles and runs lines that a person types, one after the other in one VM.
func TestCompileLine(t *testing.T) {
	vm := goja.New()
	if _, err := environment.New(vm, environment.Options{}); err != nil {
		t.Fatal(err)
	}
	const incomplete, wrong = "incomplete", "wrong"
	for _, c := range []struct{ code, want string }{
		{"1 + 1", "2"}, {"'a'", "a"}, {"'a' +\n'b'", "ab"}, {"'a';", "a"}, {"let x = 5", "undefined"}, {"x", "5"}, {"const x = 6; x", "6"}, {"var y = x\ny + 1;", "7"}, {"z = 1", "1"}, {"", "undefined"}, {"// nothing", "undefined"},
		{"{ a: 1 }.a", "1"}, {"{ a: 1 };", "[object Object]"}, {"{ let a = 1; a + 1 }", "2"}, {"{}", "[object Object]"},
		{"function f(a) {", incomplete}, {"function f(a) {\nreturn a + 1 }", "undefined"}, {"f(1)", "2"}, {"f(", incomplete}, {"[1,", incomplete}, {"`a", incomplete}, {"/* a", incomplete}, {"{ a:", incomplete},
		{"(async () => {", incomplete}, {"await f(", incomplete}, {"await await", incomplete}, {"await `a", incomplete}, {"if (true) {", incomplete},
		{"1 +* 2", wrong}, {")", wrong}, {"'a", wrong}, {"await )", wrong},
		{"await Promise.resolve(3)", "3"}, {"await Promise.resolve(3);", "3"}, {"const w = await Promise.resolve(4)", "4"}, {"w", "4"}, {"let { v } = await Promise.resolve({ v: 1 }); v", "undefined"},
		{"for (const i of [1, 2]) await i", "undefined"}, {"class A { }; new A().constructor.name", "A"}, {"this === globalThis", "true"}, {"2 ** 3", "8"}, {"2n ** 3n", "8"},
	} {
		program, err := CompileLine("repl", c.code)
		got := wrong
		switch _, isMistake := errors.AsType[*CompileError](err); {
		case errors.Is(err, ErrIncomplete):
			got = incomplete
		case err != nil && !isMistake:
			t.Errorf("%s: %v", c.code, err)
		case err == nil:
			v, err := vm.RunProgram(program)
			if err != nil {
				t.Errorf("%s: %v", c.code, err)
				continue
			}
			if p, ok := v.Export().(*goja.Promise); ok {
				v = p.Result()
			}
			got = v.String()
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s (%v)", c.code, got, c.want, err)
		}
	}
}
