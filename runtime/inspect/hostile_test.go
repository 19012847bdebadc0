package inspect

import (
	"errors"
	"testing"
	"time"

	"github.com/dop251/goja"
)

// Values that try to make printing throw, hang or fill the memory.
func TestHostileValues(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{
		"proxy":                   `new Proxy({}, new Proxy({}, { get() { throw new Error('trapped') } }))`,
		"proxy prototype":         `Object.create(new Proxy({}, { getPrototypeOf() { throw 1 }, get() { throw 2 }, getOwnPropertyDescriptor() { throw 3 } }))`,
		"revoked":                 `(() => { const r = Proxy.revocable({}, {}); r.revoke(); return [r.proxy, Object.create(r.proxy)] })()`,
		"getters":                 `({ get a() { throw 1 }, get [Symbol.toStringTag]() { throw 2 }, get constructor() { throw 3 }, get [Symbol.for('nodejs.util.inspect.custom')]() { throw 4 } })`,
		"custom throws":           `({ [Symbol.for('nodejs.util.inspect.custom')]() { throw new Error('no') } })`,
		"custom forever":          `({ [Symbol.for('nodejs.util.inspect.custom')]() { const next = Object.create(this); return next } })`,
		"custom throws a thrower": `({ [Symbol.for('nodejs.util.inspect.custom')]() { throw { get message() { throw 1 }, toString() { throw 2 } } } })`,
		"error":                   `Object.defineProperties(new Error('x'), { stack: { get() { throw 1 } }, message: { get() { throw 2 } }, name: { get() { throw 3 } }, cause: { get() { throw 4 } } })`,
		"no prototype":            `Object.setPrototypeOf(new Map([[1, 2]]), null)`,
		"other prototype":         `Object.setPrototypeOf({}, Map.prototype)`,
		"date":                    `Object.setPrototypeOf(new Date(NaN), null)`,
		"long string":             `'x'.repeat(10 << 20)`,
		"long nested":             `['x'.repeat(1 << 20), { k: 'y'.repeat(1 << 20) }]`,
		"long key":                `({ ['k'.repeat(1 << 20)]: 1, [Symbol('s'.repeat(1 << 20))]: 2 })`,
		"many keys":               `Object.fromEntries(Array.from({ length: 2e4 }, (_, i) => ['key' + i, i]))`,
		"deep":                    `(() => { let o = {}; for (let i = 0; i < 2e4; i++) o = { o }; return o })()`,
		"deep cause":              `(() => { let e; for (let i = 0; i < 5000; i++) e = new Error('e', { cause: e }); return e })()`,
		"wide and deep":           `(() => { const row = (n) => n ? Array.from({ length: 50 }, () => row(n - 1)) : 'some text here'; return row(3) })()`,
		"sparse":                  `(() => { const a = []; a[4e9] = 1; return a })()`,
		"long name":               `Object.defineProperty(function () {}, 'name', { value: 'n'.repeat(1 << 20) })`,
		"big bigint":              `1n << 200000n`,
		"changed built-ins":       `(() => { Object.getOwnPropertyDescriptor = Object.keys = Function.prototype.toString = () => { throw 1 }; return { a: [1, () => 2] } })()`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vm, i, lines := newTestVM(t)
			v, err := vm.RunString("(" + source + ")")
			if err != nil {
				t.Fatal(err)
			}
			_ = vm.Set("v", v)
			for _, call := range []string{`console.log(v)`, `console.log('%s %d %i %f %j %o %O', v, v, v, v, v, v, v)`, `console.dir(v, { depth: Infinity, showHidden: true, maxArrayLength: Infinity, maxStringLength: null })`, `console.table(v)`} {
				*lines = nil
				start := time.Now()
				if _, err := vm.RunString(call); err != nil {
					t.Errorf("%s: %v", call, err)
				}
				if took := time.Since(start); took > 30*time.Second {
					t.Errorf("%s took %v", call, took)
				}
				if len(*lines) != 1 || len((*lines)[0]) > 2*LineLimit+20 {
					t.Errorf("%s gave %d lines, the first of %d bytes", call, len(*lines), len((*lines)[0]))
				}
			}
			if text := i.Format([]goja.Value{v}); len(text) == 0 || len(text) > LineLimit+100 {
				t.Errorf("format gives %d bytes", len(text))
			}
		})
	}
}

func TestInterruptGoesThroughPrinting(t *testing.T) {
	t.Parallel()
	vm, _, _ := newTestVM(t)
	_ = vm.Set("stop", func() { vm.Interrupt("watchdog") })
	_, err := vm.RunString(`console.log({ [Symbol.for('nodejs.util.inspect.custom')]() { stop(); for (;;); } })`)
	var interrupted *goja.InterruptedError
	if !errors.As(err, &interrupted) {
		t.Errorf("%v", err)
	}
	vm.ClearInterrupt()
	if v, err := vm.RunString(`1 + 1`); err != nil || v.ToInteger() != 2 {
		t.Errorf("afterwards %v %v", v, err)
	}
}
