package environment

import (
	"testing"

	"github.com/dop251/goja"
)

// enter calls a function as the runtime does.
func enter(t testing.TB, source string) (*goja.Runtime, func(args ...goja.Value) (goja.Value, error)) {
	vm, e, _ := newTestVM(t)
	v, err := vm.RunString("(" + source + ")")
	if err != nil {
		t.Fatal(err)
	}
	f, ok := goja.AssertFunction(v)
	if !ok {
		t.Fatalf("%s is no function", source)
	}
	return vm, func(args ...goja.Value) (v goja.Value, err error) {
		e.Enter()
		if ex := vm.Try(func() { v, err = f(goja.Undefined(), args...) }); ex != nil {
			t.Fatal(ex)
		}
		return v, err
	}
}

func TestDeepCallsCanBeCaught(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{
		"plain":        `function(){ var n = 0; function f(){ n++; f() } try { f() } catch (e) { return e.name + ': ' + e.message + (n > 9000) } }`,
		"finally":      `function(){ var n = 0, ended = 0; function f(){ n++; try { f() } finally { ended++ } } try { f() } catch (e) { return e.name + ': ' + e.message + (n > 9000 && ended >= n) } }`,
		"forEach":      `function(){ var n = 0; function f(){ n++; [1].forEach(f) } try { f() } catch (e) { return e.name + ': ' + e.message + (n > 2000) } }`,
		"sort":         `function(){ var n = 0; function f(){ n++; [1, 2].sort(f); return 0 } try { f() } catch (e) { return e.name + ': ' + e.message + (n > 2000) } }`,
		"getter":       `function(){ var n = 0, o = { get a(){ n++; return o.a } }; try { o.a } catch (e) { return e.name + ': ' + e.message + (n > 2000) } }`,
		"toString":     `function(){ var n = 0, o = { toString(){ n++; return '' + o } }; try { String(o) } catch (e) { return e.name + ': ' + e.message + (n > 2000) } }`,
		"new":          `function(){ var n = 0; class A { constructor(){ n++; new A() } } try { new A() } catch (e) { return e.name + ': ' + e.message + (n > 2000) } }`,
		"proxy":        `function(){ var n = 0, p = new Proxy({}, { get(){ n++; return p.a } }); try { p.a } catch (e) { return e.name + ': ' + e.message + (n > 2000) } }`,
		"generator":    `function(){ var n = 0; function* f(){ n++; yield* f() } try { f().next() } catch (e) { return e.name + ': ' + e.message + (n > 1000) } }`,
		"delegation":   `function(){ var n = 0; function* f(){ n++; yield* f() } var g = f(); try { for (var x of g); } catch (e) { return e.name + ': ' + e.message + (n > 1000) } }`,
		"replace":      `function(){ var n = 0; function f(){ n++; return 'x'.replace('x', f) } try { f() } catch (e) { return e.name + ': ' + e.message + (n > 2000) } }`,
		"twice":        `function(){ function f(){ f() } for (var i = 0; i < 20; i++) try { f() } catch (e) { var last = e } return last.name + ': ' + last.message + true }`,
		"after":        `function(){ function f(){ f() } try { f() } catch (e) {} return [1, 2].map((x) => x + 1).join() == '2,3' ? 'RangeError: Maximum call stack size exceededtrue' : '' }`,
		"stack is cut": `function(){ function f(){ f() } try { f() } catch (e) { return e.name + ': ' + e.message + (e.stack.split('\n').length < 60) } }`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, call := enter(t, source)
			for range 2 {
				if v, err := call(); err != nil || v.String() != "RangeError: Maximum call stack size exceededtrue" {
					t.Errorf("%v, %v", v, err)
				}
			}
		})
	}
}
