package environment

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/dop251/goja"

	"node.websocket/runtime/inspect"
)

// A bufferNumber is a form of number that Buffers read and write.
type bufferNumber struct {
	name   string // without read or write
	size   int    // in bytes; 0: given by the caller, 1 to 6
	signed bool
	kind   numberKind
	order  binary.ByteOrder
}

type numberKind int

const (
	anInteger numberKind = iota
	aBigInt
	aFloat
)

// bufferNumbers are all the forms.
var bufferNumbers = func() (all []bufferNumber) {
	for _, n := range []bufferNumber{
		{name: "UInt8", size: 1}, {name: "UInt16", size: 2}, {name: "UInt32", size: 4}, {name: "UInt"},
		{name: "Int8", size: 1, signed: true}, {name: "Int16", size: 2, signed: true}, {name: "Int32", size: 4, signed: true}, {name: "Int", signed: true},
		{name: "BigUInt64", size: 8, kind: aBigInt}, {name: "BigInt64", size: 8, kind: aBigInt, signed: true},
		{name: "Float", size: 4, kind: aFloat}, {name: "Double", size: 8, kind: aFloat},
	} {
		if n.order = binary.LittleEndian; n.size == 1 {
			all = append(all, n)
			continue
		}
		big := n
		n.name, big.name, big.order = n.name+"LE", n.name+"BE", binary.BigEndian
		all = append(all, n, big)
	}
	return all
}()

// bufferNumberMethods gives Buffer's prototype its methods that read and write numbers, with the errors of Node's.
func (e *Environment) bufferNumberMethods(proto *goja.Object) {
	for _, n := range bufferNumbers {
		length := 1 // of a function with a default for its only parameter it is 0
		if n.size == 0 {
			length = 2
		}
		read := inspect.NativeFunction(e.vm, "read"+n.name, length-1+n.variable(), func(call goja.FunctionCall) goja.Value { return e.readNumber(n, call) })
		write := inspect.NativeFunction(e.vm, "write"+n.name, length+n.variable(), func(call goja.FunctionCall) goja.Value { return e.writeNumber(n, call) })
		e.hidden(proto, "read"+n.name, read)
		e.hidden(proto, "write"+n.name, write)
		if alias := strings.Replace(n.name, "UInt", "Uint", 1); alias != n.name {
			e.hidden(proto, "read"+alias, read)
			e.hidden(proto, "write"+alias, write)
		}
	}
}

// variable is 1 if the caller gives the size, and otherwise 0.
func (n bufferNumber) variable() int {
	if n.size == 0 {
		return 1
	}
	return 0
}

func (e *Environment) readNumber(n bufferNumber, call goja.FunctionCall) goja.Value {
	if n.size == 0 && goja.IsUndefined(call.Argument(0)) {
		panic(e.argumentType("offset", "of type number", call.Argument(0)))
	}
	size := e.numberSize(n, call.Argument(1))
	data, at := e.numberBytes(call, call.Argument(0), n.size == 0, size)
	raw := n.get(data[at : at+size])
	switch n.kind {
	case aFloat:
		if size == 4 {
			return e.vm.ToValue(float64(math.Float32frombits(uint32(raw))))
		}
		return e.vm.ToValue(math.Float64frombits(raw))
	case aBigInt:
		if n.signed {
			return e.vm.ToValue(big.NewInt(int64(raw)))
		}
		return e.vm.ToValue(new(big.Int).SetUint64(raw))
	}
	if n.signed {
		unused := 64 - 8*size
		return e.vm.ToValue(int64(raw) << unused >> unused)
	}
	return e.vm.ToValue(int64(raw))
}

func (e *Environment) writeNumber(n bufferNumber, call goja.FunctionCall) goja.Value {
	size := e.numberSize(n, call.Argument(2))
	value, offset := call.Argument(0), call.Argument(1)
	var raw uint64
	switch n.kind {
	case aFloat:
		raw = floatBits(size, value.ToFloat())
	case aBigInt:
		raw = e.bigIntBits(n, value)
	default:
		raw = e.integerBits(n, size, value.ToFloat())
	}
	data, at := e.numberBytes(call, offset, n.size == 0, size)
	n.put(data[at:at+size], raw)
	return e.vm.ToValue(at + size)
}

// floatBits returns the bits of a float of 4 or 8 bytes. NaN has those that V8 writes, which are not Go's.
func floatBits(size int, f float64) uint64 {
	switch {
	case size == 4 && f != f:
		return 0x7fc00000
	case size == 4:
		return uint64(math.Float32bits(float32(f)))
	case f != f:
		return 0x7ff8000000000000
	}
	return math.Float64bits(f)
}

// numberSize returns the size of a number in bytes; given is the argument byteLength.
func (e *Environment) numberSize(n bufferNumber, given goja.Value) int {
	if n.size > 0 {
		return n.size
	}
	if f := e.numberArgument("byteLength", given); f < 1 || f > 6 {
		panic(e.outOfRange("byteLength", ">= 1 and <= 6", given))
	} else {
		return int(f)
	}
}

// numberArgument returns an argument that must be a whole number, or infinite.
func (e *Environment) numberArgument(name string, v goja.Value) float64 {
	if !goja.IsNumber(v) {
		panic(e.argumentType(name, "of type number", v))
	}
	f := v.ToFloat()
	if f != math.Floor(f) {
		panic(e.outOfRange(name, "an integer", v))
	}
	return f
}

// numberBytes returns the bytes of this, and where in them a number of a size begins.
func (e *Environment) numberBytes(call goja.FunctionCall, offset goja.Value, required bool, size int) (data []byte, at int) {
	data, ok := e.Bytes(call.This)
	if !ok {
		panic(e.argumentType("this", "an instance of Buffer", call.This))
	}
	if goja.IsUndefined(offset) && !required {
		offset = e.vm.ToValue(0)
	}
	f := e.numberArgument("offset", offset)
	if most := len(data) - size; f < 0 || f > float64(most) {
		if most < 0 {
			panic(e.nodeError("RangeError", "ERR_BUFFER_OUT_OF_BOUNDS", "Attempt to access memory outside buffer bounds"))
		}
		panic(e.outOfRange("offset", fmt.Sprintf(">= 0 and <= %d", most), offset))
	}
	return data, int(f)
}

// integerBits returns an integer's lowest bits, and throws if it has more than the size allows. NaN is 0.
func (e *Environment) integerBits(n bufferNumber, size int, f float64) uint64 {
	least, most := 0.0, math.Ldexp(1, 8*size)-1
	if n.signed {
		most = math.Ldexp(1, 8*size-1) - 1
		least = -most - 1
	}
	if f < least || f > most {
		allowed := fmt.Sprintf(">= %.0f and <= %.0f", least, most)
		if size > 4 && n.signed {
			allowed = fmt.Sprintf(">= -(2 ** %d) and < 2 ** %[1]d", 8*size-1)
		} else if size > 4 {
			allowed = fmt.Sprintf(">= 0 and < 2 ** %d", 8*size)
		}
		panic(e.outOfRange("value", allowed, e.vm.ToValue(f)))
	}
	if f != f {
		return 0
	}
	if size > 4 { // as in Node, the lower 32 bits are truncated, and those above them rounded down
		return uint64(int64(math.Floor(f/(1<<32))))<<32 | uint64(uint32(int64(f)))
	}
	return uint64(int64(f))
}

func (e *Environment) bigIntBits(n bufferNumber, v goja.Value) uint64 {
	b, ok := v.Export().(*big.Int)
	if !ok {
		panic(e.vm.NewTypeError("Cannot mix BigInt and other types, use explicit conversions"))
	}
	if n.signed && !b.IsInt64() {
		panic(e.outOfRange("value", ">= -(2n ** 63n) and < 2n ** 63n", v))
	}
	if !n.signed && !b.IsUint64() {
		panic(e.outOfRange("value", ">= 0n and < 2n ** 64n", v))
	}
	if n.signed {
		return uint64(b.Int64())
	}
	return b.Uint64()
}

// get reads len(b) bytes.
func (n bufferNumber) get(b []byte) (raw uint64) {
	for i := range b {
		c := b[i]
		if n.order == binary.LittleEndian {
			c = b[len(b)-1-i]
		}
		raw = raw<<8 | uint64(c)
	}
	return raw
}

// put writes len(b) bytes.
func (n bufferNumber) put(b []byte, raw uint64) {
	for i := range b {
		if at := i; n.order == binary.LittleEndian {
			b[at] = byte(raw)
		} else {
			b[len(b)-1-at] = byte(raw)
		}
		raw >>= 8
	}
}
