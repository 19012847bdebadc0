package environment

import (
	"strings"
	"testing"
)

// TestStacksNameNoGo checks that the stacks of errors, which a module may send to clients, name no function of
// the server's Go code.
func TestStacksNameNoGo(t *testing.T) {
	for _, source := range []string{`1n << 100000000000n`, `2n ** 100000000000n`, `eval('('.repeat(1e6))`, `[].concat.call({length: 1e15})`, `new Array(1e15)`,
		`'x'.repeat(1e12)`, `JSON.parse('['.repeat(1e6))`, `/(?!q)(a|aa)+$/.test('a'.repeat(60) + 'b')`, `Buffer.alloc(1e12)`, `structuredClone(f)`, `atob('?')`,
		`new URL('x')`, `new RegExp('(')`, `RegExp.escape(1)`, `/x/.compile('(')`, `'x'.replace(/x/, () => null.x)`, `new Date(NaN).toISOString()`, `Date.prototype.setHours.call(1)`,
		`new WeakMap([[1, 2]])`, `new WeakSet().add(Symbol.for('x'))`, `Uint8Array.from(Symbol())`, `new ArrayBuffer(1, { maxByteLength: 2 })`, `console.log({ get a(){ throw new Error('b') } }); null.x`, `new TextDecoder('x')`} {
		vm, _, _ := newTestVM(t)
		v, err := vm.RunProgram(compileRewritten(t, `try { `+source+`; "no error" } catch (e) { String(e.stack) }`))
		if err != nil {
			t.Errorf("%s: %v", source, err)
		} else if strings.Contains(v.String(), "node.websocket/") || strings.Contains(v.String(), "github.com/") {
			t.Errorf("%s: %s", source, v)
		}
	}
}
