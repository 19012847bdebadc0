package source

import (
	"errors"
	"strings"
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
	exports, module := vm.NewObject(), vm.NewObject()
	_ = module.Set("exports", exports)
	require := func(string) goja.Value { return vm.NewObject() }
	if _, err := call(exports, exports, vm.ToValue(require), module); err != nil {
		t.Fatal(err)
	}
	return module.Get("exports").ToObject(vm)
}

// Each expression is true in Node.
func TestUnicodeProperties(t *testing.T) {
	t.Parallel()
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

func TestCompileForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, text, want string }{
		{"a.js", "exports.result = 1", "1"},
		{"a.js", "this.result = 1", "1"},
		{"a.js", "export const result = 'esm'", "esm"},
		{"a.mjs", "const result = 2; export { result }", "2"},
		{"a.cjs", "exports.result = 3", "3"},
		{"a.ts", "export const result: string = 't'; interface I { a: number }", "t"},
		{"a.js", "#!/usr/bin/env node\nexports.result = 1", "1"},
		{"a.js", "\ufeffexports.result = 1", "1"},
		{"a.js", "\ufeff#!/usr/bin/env node\nexports.result = 1", "1"},
		{"a.js", "export const result = (function(){ return this })() === undefined", "true"},
		{"a.js", "import './x'; export let result; try { undeclared = 1; result = 'sloppy' } catch (e) { result = e.name }", "ReferenceError"},
		{"a.mjs", "try { undeclared = 1; exports.result = 'sloppy' } catch (e) { exports.result = e.name }", "ReferenceError"},
		{"a.js", "undeclared = 5; exports.result = undeclared + String(typeof (function(){ return this })()); return; // the end", "5object"},
		{"lib/a.js", "export const result = import.meta.url", "file:///lib/a.js"},
		{"a.js", "if (true) { function f(){ return 'block' } } exports.result = f()", "block"},
		{"a.js", "exports.result = typeof (async function*(){ for await (const x of []) yield x })().next", "function"},
		{"a.js", "class A { #p = 'private'; get p(){ return this.#p } } exports.result = new A().p", "private"},
	} {
		if got := evaluate(t, c.file, c.text).Get("result"); got == nil || got.String() != c.want {
			t.Errorf("%s %q: %v, want %s", c.file, c.text, got, c.want)
		}
	}
}

// What a thrown error's stack says is the place in the source, in each kind of file.
func TestCompileKeepsPlaces(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, text, want string }{
		{"a.js", "var x;\n  try { null.y } catch (e) { exports.result = e.stack }", "modules/a.js@1:2:14"},
		{"a.js", "try { undefined_name } catch (e) { exports.result = e.stack }", "modules/a.js@1:1:7"},
		{"a.mjs", "import 'events';\nexport let result;\ntry { throw new Error('m') } catch (e) { result = e.stack }", "modules/a.mjs@1:3:13"},
		{"a.js", "exports.result = ((s, {x: [a = 1, b = new Error('b')] = []} = {}) => b.stack)()", "modules/a.js@1:1:39"},
		{"a.js", "var ü = '漢😀', {x: [a = '😀', [b = a] = []] = []} = {}; try { null.y } catch (e) { exports.result = e.stack }", "modules/a.js@1:1:68"},
		{"a.js", "var {x: [a = 1,\n [b = (() => null.y)] = []] = []} = {}; try { b() } catch (e) { exports.result = e.stack }", "modules/a.js@1:2:19"},
		{"a.ts", "type A = string\n\nexport let result: A;\ntry { throw new Error('t') } catch (e) { result = e.stack }", "modules/a.ts@1:4:13"},
	} {
		if got := evaluate(t, c.file, c.text).Get("result"); got == nil || !strings.Contains(got.String(), c.want+"(") {
			t.Errorf("%s: %v, want %s", c.file, got, c.want)
		}
	}
}

func TestCompileErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, text, want string }{
		{"a.js", "var a = ;\n", `modules/a.js:1:9: Unexpected ";"`},
		{"a.js", "\nvar a = /a/uv;", "modules/a.js:2:9: Invalid flags"},
		{"a.js", "\nvar a = [/b/, /(/];", "modules/a.js:2:15: Invalid regular expression: /(/: Unterminated group"},
		{"a.js", "\nvar a = [/\\p{L}/u, /\\p{RGI_Emoji}/v];", `modules/a.js:2:20: Invalid regular expression: /\p{RGI_Emoji}/v: \p{RGI_Emoji} is not available`},
		{"a.js", "await 1", "await stands outside of any async function"},
		{"a.ts", "let a: = 1", "modules/a.ts:1:8: "},
		{"a.js", "let a: number = 1", "modules/a.js:1:6: "},
	} {
		_, err := Compile(c.file, "modules/"+c.file+"@3", []byte(c.text))
		e, ok := errors.AsType[*CompileError](err)
		if !ok || !strings.Contains(err.Error(), c.want) || e.Source != c.text || e.File != "modules/"+c.file+"@3" {
			t.Errorf("%s %q: %v, want %q", c.file, c.text, err, c.want)
		}
	}
}

func TestJSONError(t *testing.T) {
	t.Parallel()
	thrown := errors.New("thrown")
	for text, want := range map[string]string{
		"{":                        "modules/a.json:1:1: unexpected end of JSON input",
		"{\"a\": 1,\n \"é\": [}]}": "modules/a.json:2:8: invalid character '}' looking for beginning of value",
		"[1]":                      "parse modules/a.json: thrown",
		"\n\n  x":                  "modules/a.json:3:3: invalid character 'x' looking for beginning of value",
	} {
		if err := JSONError("modules/a.json@1", []byte(text), thrown); err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
