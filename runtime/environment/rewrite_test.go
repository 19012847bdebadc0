package environment

import (
	"testing"

	"github.com/dop251/goja"
)

// Each expression has the same value, or error, with and without being rewritten.
func TestRewriteKeepsTheMeaning(t *testing.T) {
	t.Parallel()
	for _, code := range []string{
		`5 << 3`, `1n << 70n`, `-1n >> 3n`, `1n << -2n`, `1n >> -2n`, `(a => 1 << a)(4)`, `(a => a << a)(4)`, `(a => a << a)(4n)`, `((a, b) => a << b)(1n, 3)`, `((a, b) => a >> b)(256, '4')`, `((a, b) => a << b)({valueOf(){ return 3 }}, {valueOf(){ return 2 }})`,
		`(() => { let s = '', f = (x) => { s += x; return x }; return [f(1) << f(2), f(64) >> f(3), f(2) ** f(5), s] })()`,
		`(() => { let a = 3; a <<= 2; a >>= 1; a **= 3; return a })()`, `(() => { let a = 3n, b = 2n; a <<= b; a >>= 1n; a **= b; return a })()`, `(() => { let o = { a: 2n, n: 0, get o(){ this.n++; return this } }; o.o.a <<= 3n; o.o.a **= 2n; return [o.a, o.n] })()`,
		`2 ** 10`, `2n ** 64n`, `(-2n) ** 3n`, `2n ** -1n`, `((a, b) => a ** b)(2n, 100n)`, `((a, b) => a ** b)(2, 0.5)`, `((a, b) => a ** b)(2n, 3)`, `((a, b) => a ** b ** a)(2, 3)`, `0n ** 0n`, `1n ** (10n ** 100n)`, `(-1n) ** (10n ** 20n + 1n)`, `0n ** (10n ** 100n)`,
		`((a, b) => a ** b)({valueOf(){ return 3 }}, {valueOf(){ return 2 }})`, `(() => { let o = {a: 3}; o.a **= 2; return o.a })()`, `NaN ** 0`, `(() => { try { return notThere << 1 } catch (e) { return e.message } })()`, `(() => { try { return 1n << notThere } catch (e) { return e.message } })()`,
		`(function(){ var x = 5; return eval('x + 1') })()`, `(function(){ eval('var y = 7'); return typeof y })()`, `(0, eval)('typeof x1')`, `eval(5)`, `eval()`, `eval(...['1 + 1'])`, `(function(){ 'use strict'; eval('var z = 1'); return typeof z })()`, `(function(eval){ return eval('a') })((x) => x + 'b')`, `eval('let q = 3; q << 2')`,
		`(x => typeof x === 'bigint' ? x << 2n : x << 2)(3n)`, `((h, n) => (h << n) | (h >>> (32 - n)))(0x12345678, 7)`, `(() => { class A { #a = 2n; b(n){ return this.#a << n } } return new A().b(3n) })()`, "`${2n ** 5n}`", `[1n << 3n, ...[2n ** 2n]]`, `((a = 1n << 2n) => a)()`, `(({a = 2n ** 3n}) => a)({})`, `(async () => 2n ** 3n)() instanceof Promise`,
	} {
		result := func(p *goja.Program, err error) string {
			if err != nil {
				return err.Error()
			}
			vm, _, _ := newTestVM(t)
			v, err := vm.RunProgram(p)
			if err != nil {
				return err.Error()
			}
			return v.String()
		}
		text := `(() => { try { const v = ` + code + `; return typeof v + ' ' + String(v) } catch (e) { return e.name + ': ' + e.message } })()`
		plain := result(goja.Compile("test.js", text, false))
		if got := result(compileRewritten(t, text), nil); got != plain {
			t.Errorf("%s is %s, want %s", code, got, plain)
		}
	}
}

func BenchmarkRewrittenOperators(b *testing.B) {
	for _, code := range []string{`h << n`, `h >> n`, `h << (32 - n)`, `(h << n) | (h >>> (32 - n))`, `h << o.n`, `h ** n`, `h ** 2`} {
		for _, rewritten := range []bool{false, true} {
			name := code + "/goja"
			if rewritten {
				name = code + "/limited"
			}
			b.Run(name, func(b *testing.B) {
				vm, _, _ := newTestVM(b)
				text := `(function(count){ var h = 12345, n = 5, o = {n: 5}, r; for (var i = 0; i < count; i++) r = ` + code + `; return r })`
				tree, err := goja.Parse("test.js", text)
				if err != nil {
					b.Fatal(err)
				}
				if rewritten {
					Rewrite(tree)
				}
				p, err := goja.CompileAST(tree, false)
				if err != nil {
					b.Fatal(err)
				}
				v, err := vm.RunProgram(p)
				if err != nil {
					b.Fatal(err)
				}
				f, _ := goja.AssertFunction(v)
				if _, err := f(goja.Undefined(), vm.ToValue(b.N)); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}
