package environment

import (
	"bytes"
	"fmt"
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
		`Object.defineProperty(new Uint16Array(1), 'byteLength', { value: 8 })`:              {0, 0},
		`Object.defineProperty(new Uint16Array(1), 'buffer', { value: {} })`:                 {0, 0},
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

// TestDetachedBytes checks that memory which was given away is not read.
func TestDetachedBytes(t *testing.T) {
	t.Parallel()
	vm, e, _ := newTestVM(t)
	buffer := vm.NewArrayBuffer([]byte{1, 2, 3, 4})
	array, err := vm.New(vm.Get("Uint16Array"), vm.ToValue(buffer))
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := e.Bytes(array); !ok || len(got) != 4 {
		t.Errorf("%v, %v", got, ok)
	}
	buffer.Detach()
	if got, ok := e.Bytes(array); !ok || len(got) != 0 {
		t.Errorf("%v, %v after the buffer was detached", got, ok)
	}
}

// TestUint8Array is not parallel, since it counts allocations.
func TestUint8Array(t *testing.T) {
	vm, e, _ := newTestVM(t)
	if _, err := vm.RunString(`var own = Uint8Array; Uint8Array = function(){ throw 1 }`); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 3, 65536} {
		data := bytes.Repeat([]byte{7}, n)
		array := e.Uint8Array(data)
		for i := range data {
			data[i] = 8 // the array has its own
		}
		if err := vm.Set("array", array); err != nil {
			t.Fatal(err)
		}
		v, err := vm.RunString(`[array instanceof own, array.constructor === own, array.length, array.buffer.byteLength, array.every(b => b === 7)].join()`)
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("true,true,%d,%d,true", n, n); v.String() != want {
			t.Errorf("%d bytes: %s, want %s", n, v, want)
		}
	}
	data := bytes.Repeat([]byte{7}, 64)
	if n := testing.AllocsPerRun(100, func() { e.Uint8Array(data) }); n > 7 { // two objects of three each, and the bytes
		t.Errorf("%v allocations", n)
	}
	array := e.Uint8Array(data)
	if n := testing.AllocsPerRun(100, func() { e.Bytes(array) }); n != 0 {
		t.Errorf("%v allocations to read it", n)
	}
}
