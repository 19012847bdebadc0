package source

import (
	"testing"

	"github.com/dop251/goja"

	"node.websocket/runtime/environment"
)

// evaluate compiles a file, runs it in a VM of its own, and returns its exports.
func evaluate(t *testing.T, file, text string) *goja.Object {
	t.Helper()
	program, err := Compile(file, "modules/"+file+"@1", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	vm := goja.New()
	if _, err := environment.New(vm, environment.Options{}); err != nil {
		t.Fatal(err)
	}
	wrapper, err := vm.RunProgram(program)
	if err != nil {
		t.Fatal(err)
	}
	call, ok := goja.AssertFunction(wrapper)
	if !ok {
		t.Fatalf("%s is no function", wrapper)
	}
	exports := vm.NewObject()
	if _, err := call(exports, exports); err != nil {
		t.Fatal(err)
	}
	return exports
}

// Each expression is true in Node.
func TestUnicodeProperties(t *testing.T) {
	for _, expression := range []string{
		`/^\p{L}+$/u.test('aéЖ漢𐐀')`, `!/\p{L}/u.test('1_ {}')`, `/^[\p{L}\d_-]+$/u.test('zoë-1_')`, `!/^[\p{L}\d]+$/u.test('a]')`, `/^\P{L}$/u.test('1')`, `!/\P{L}/u.test('é')`,
		`/^[^\p{L}]$/u.test('!')`, `/^[\P{L}]$/u.test('!') && !/^[\P{L}]$/u.test('x')`, `/^[\P{L}x]$/u.test('x')`, `/^\p{Lu}\p{Lowercase_Letter}$/u.test('Éa')`, `/^\p{Letter}\p{gc=Nd}$/u.test('a٣')`,
		`/^\p{Script=Greek}+\p{sc=Cyrillic}$/u.test('αβЖ')`, `/^\p{Alphabetic}\p{White_Space}\p{ASCII}\p{Any}$/u.test('é\u2003a😀')`, `/^\p{P}+$/u.test('-]\\.!')`, `!/\p{P}/u.test('a$')`, `/\p{Sc}/u.test('€')`,
		`'Zoë & Жан'.replace(/\p{L}+/gu, (w) => w.length) === '3 & 3'`, `/(?=\p{Lu})\p{L}/u.test('É')`, `/\p{lu}|p/.test('p')`, `/\\p{2}/u.test('\\pp')`, `/^\p{ID_Start}\p{ID_Continue}*$/u.test('größe1')`,
		`!/\p{Cn}/u.test('a') && /\p{C}/u.test('\u0000')`, `(function f(){ var g = function(){ var h = () => [{x: /\p{L}/u}]; return h()[0].x.test('é') }; return g() })()`, `new RegExp('^\\p{L}+$', 'u').test('é') && RegExp('\\p{Lu}', 'gu').test('É') && !RegExp('\\p{L}', '').test('é')`, `/a/ instanceof RegExp && /a/.constructor === RegExp && new RegExp(/a/g).flags === 'g' && RegExp('a', 'i').constructor === RegExp && RegExp().source === '(?:)'`,
		`'aXbxc'.split(/x/i).join() === 'a,b,c' && RegExp.length === 2 && RegExp.name === 'RegExp' && new (class R extends RegExp { two(){ return this.test('aa') } })('a{2}').two()`,
		`isTitle({ m: (a = /^\p{Lt}$/u) => a }.m())`,
	} {
		exports := evaluate(t, "test.js", "function isTitle(r){ return r.test('ǅ') }\nexports.result = "+expression)
		if got := exports.Get("result"); got == nil || got.String() != "true" {
			t.Errorf("%s: %v", expression, got)
		}
	}
}
