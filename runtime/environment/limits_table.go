package environment

import "github.com/dop251/goja"

// limits is every built-in of the language that loops, allocates or recurses by a number or a
// nesting that it is given. A test holds that any other is in its list of harmless ones.
var limits = []limit{
	{on: "Array.prototype", names: "copyWithin every fill filter forEach includes indexOf lastIndexOf " +
		"map reduce reduceRight reverse shift slice some splice toReversed toSpliced unshift with", check: walksThis},
	{on: "Array.prototype", names: "find findIndex findLast findLastIndex", around: aroundFind},
	// Whatever iterates over an array, a spread too, calls these.
	{on: "Array.prototype", names: "entries keys values", check: walksThis},
	{on: "Array.prototype", names: "concat", check: checkConcat},
	{on: "Array.prototype", names: "flat", around: aroundFlat},
	{on: "Array.prototype", names: "flatMap", around: aroundFlatMap},
	{on: "Array.prototype", names: "join", around: aroundJoin},
	{on: "Array.prototype", names: "toLocaleString", around: aroundToLocaleString},
	{on: "Array.prototype", names: "sort toSorted", check: checkSort},
	{on: "", names: "Array", check: checkArray},
	{on: "Array", names: "from", check: walksArgument},

	{on: "", names: "ArrayBuffer", check: checkArrayBuffer},
	{on: "", names: "BigInt64Array BigUint64Array Float32Array Float64Array Int16Array Int32Array Int8Array Uint16Array Uint32Array " +
		"Uint8Array Uint8ClampedArray", check: checkTypedArray},
	{on: "%TypedArray%", names: "from", check: walksArgument},
	{on: "%TypedArray%.prototype", names: "set", check: walksArgument},
	{on: "%TypedArray%.prototype", names: "entries keys values", check: walksThis},
	{on: "%TypedArray%.prototype", names: "join toLocaleString sort toSorted", check: checkSort},

	{on: "String.prototype", names: "repeat", check: checkRepeat},
	{on: "String.prototype", names: "padEnd padStart", check: checkPad},
	{on: "String.prototype", names: "replaceAll", check: checkReplaceAll},
	{on: "", names: "RegExp", check: func(_ *limiter, _ string, call goja.FunctionCall) { expandArguments(call.Arguments) }},

	{on: "Function.prototype", names: "apply", check: func(l *limiter, name string, call goja.FunctionCall) { l.walk(name, call.Argument(1)) }},
	{on: "Reflect", names: "apply", check: func(l *limiter, name string, call goja.FunctionCall) { l.walk(name, call.Argument(2)) }},
	{on: "Reflect", names: "construct", check: func(l *limiter, name string, call goja.FunctionCall) { l.walk(name, call.Argument(1)) }},

	{on: "JSON", names: "parse", check: checkParse},
	{on: "JSON", names: "stringify", check: checkStringify},
}

func walksThis(l *limiter, name string, call goja.FunctionCall) { l.walk(name, call.This) }

func walksArgument(l *limiter, name string, call goja.FunctionCall) { l.walk(name, call.Argument(0)) }
