package environment

import (
	"bytes"
	"testing"
)

func TestBytes(t *testing.T) {
	t.Parallel()
	for source, want := range map[string][]byte{
		`new Uint8Array([1, 2])`:                            {1, 2},
		`new Uint8Array([1, 2, 3, 4]).subarray(1, 3)`:       {2, 3},
		`new Uint8ClampedArray([300])`:                      {255},
		`new Int8Array([-1])`:                               {255},
		`new Uint16Array([0x0201, 3])`:                      {1, 2, 3, 0},
		`new Uint16Array([1, 2, 3]).subarray(1, 2)`:         {2, 0},
		`new BigUint64Array([5n])`:                          {5, 0, 0, 0, 0, 0, 0, 0},
		`new Uint8Array([1, 2]).buffer`:                     {1, 2},
		`new DataView(new Uint8Array([1, 2, 3]).buffer, 1)`: {2, 3},
		`Buffer.from('hi')`:                                 []byte("hi"),
		`new ArrayBuffer(0)`:                                {},
		`(() => { ArrayBuffer.isView = () => { throw 1 }; return new Float32Array([0]) })()`: {0, 0, 0, 0},
		`Object.defineProperty(new Uint16Array(1), 'byteLength', { value: 8 })`:              nil,
		`Object.defineProperty(new Uint16Array(1), 'buffer', { value: {} })`:                 nil,
		`[1, 2]`: nil,
		`({ buffer: new ArrayBuffer(4), byteOffset: 0, byteLength: 4 })`:                     nil,
		`new Proxy(new Uint8Array(2), {})`:                                                   nil,
		`new Proxy(new Uint16Array(2), { get() { throw 1 }, getPrototypeOf() { throw 2 } })`: nil,
		`Object.create(Uint8Array.prototype)`:                                                nil,
		`'text'`:                                                                             nil,
		`undefined`:                                                                          nil,
		`null`:                                                                               nil,
		`7`:                                                                                  nil,
	} {
		vm, e, _ := newTestVM(t)
		v, err := vm.RunString("(" + source + ")")
		if err != nil {
			t.Fatal(err)
		}
		got, ok := e.Bytes(v)
		if ok != (want != nil) || !bytes.Equal(got, want) {
			t.Errorf("%s: %v, %v, want %v", source, got, ok, want)
		}
	}
}
