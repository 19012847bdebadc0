package environment

import "github.com/dop251/goja"

// limits is every built-in of the language that loops, allocates or recurses by a number or a
// nesting that it is given. A test holds that any other is in its list of harmless ones.
var limits = []limit{
	{on: "Array.prototype", names: "copyWithin every fill filter forEach includes indexOf lastIndexOf " +
		"map reduce reduceRight reverse shift slice some splice toReversed toSpliced unshift with", check: walksThis},
	{on: "Array.prototype", names: "find findIndex findLast findLastIndex", around: aroundFind},
	// Whatever iterates over an array, a spread too, calls these.
	{on: "Array.prototype", names: "entries keys values", check: iteratesThis},
	{on: "Array.prototype", names: "concat", check: checkConcat},
	{on: "Array.prototype", names: "flat", around: aroundFlat},
	{on: "Array.prototype", names: "flatMap", around: aroundFlatMap},
	{on: "Array.prototype", names: "join", around: aroundJoin},
	{on: "Array.prototype", names: "toLocaleString", around: aroundLocales("array", 0, walksThisSlowly)},
	{on: "%TypedArray%.prototype", names: "toLocaleString", around: aroundLocales("array", 0, walksThisSlowly)},
	{on: "Array.prototype", names: "sort toSorted", around: aroundSort},
	{on: "", names: "Array", check: checkArray},
	{on: "Array", names: "from", check: walks(0)},

	{on: "", names: "ArrayBuffer", check: checkArrayBuffer},
	{on: "", names: "BigInt64Array BigUint64Array Float32Array Float64Array Int16Array Int32Array Int8Array Uint16Array Uint32Array " +
		"Uint8Array Uint8ClampedArray", check: checkTypedArray},
	{on: "%TypedArray%", names: "from", around: aroundTypedFrom},
	{on: "%TypedArray%.prototype", names: "set", check: checkTypedSet},
	{on: "%TypedArray%.prototype", names: "entries keys values", check: iteratesThis},
	{on: "%TypedArray%.prototype", names: "join sort toSorted toString", check: walksThisSlowly},

	{on: "String.prototype", names: "repeat", check: checkRepeat},
	{on: "String.prototype", names: "padEnd padStart", check: checkPad},
	{on: "String.prototype", names: "concat", check: checkStringConcat},
	{on: "String.prototype", names: "includes indexOf lastIndexOf", check: checkSearch},
	{on: "String.prototype", names: "split", check: checkSplit},
	{on: "String.prototype", names: "replace replaceAll", around: aroundReplace},
	{on: "String.prototype", names: "normalize", check: checkText},
	{on: "String.prototype", names: "localeCompare", around: aroundLocales("compare", 1, checkText)},
	{on: "String.prototype", names: "toLocaleLowerCase", around: aroundLocales("lower", 0, checkLetters)},
	{on: "String.prototype", names: "toLocaleUpperCase", around: aroundLocales("upper", 0, checkLetters)},
	{on: "String.prototype", names: "toLowerCase toUpperCase trim trimEnd trimStart", check: checkLetters},
	{on: "String.prototype", names: "@@iterator", check: iteratesThis},
	{on: "String", names: "raw", check: checkRaw},
	{on: "", names: "decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape", check: checkEscape},

	{on: "", names: "BigInt", check: checkBigInt(0)},
	{on: "BigInt", names: "asIntN asUintN", check: checkBigIntWidth},

	{on: "", names: "Map Set WeakMap WeakSet AggregateError", check: walksSlowly(0)},
	{on: "WeakMap.prototype", names: "delete get has set", around: aroundWeak},
	{on: "WeakSet.prototype", names: "add delete has", around: aroundWeak},
	{on: "Promise", names: "all allSettled any race", check: walksSlowly(0)},
	{on: "Object", names: "fromEntries", check: walksSlowly(0)},
	{on: "Object", names: "entries freeze getOwnPropertyDescriptors getOwnPropertyNames isFrozen isSealed keys seal values", check: checkKeys(0)},
	{on: "Object", names: "create defineProperties", check: checkKeys(1)},
	{on: "Object", names: "assign", check: checkAssign},
	{on: "Reflect", names: "ownKeys", check: checkKeys(0)},

	{on: "Function.prototype", names: "apply", check: walks(1)},
	{on: "Reflect", names: "apply", check: walks(2)},
	{on: "Reflect", names: "construct", check: walks(1)},

	{on: "%GeneratorFunction%.prototype", names: "next return throw", around: aroundGenerator},

	{on: "", names: "eval Function", check: checkCode},
	{on: "%GeneratorFunction%", names: "constructor", check: checkCode},
	{on: "%AsyncFunction%", names: "constructor", check: checkCode},

	{on: "JSON", names: "parse rawJSON stringify", around: aroundJSON},

	{on: "", names: "RegExp", around: aroundRegExp},
	{on: "RegExp.prototype", names: "exec compile", around: aroundOwn},
	{on: "RegExp.prototype", names: "test @@match @@replace @@search @@split", around: aroundStandard},
	{on: "String.prototype", names: "match matchAll search", around: aroundStringMatch},
}

// unlimited are built-ins that go once over bytes or elements that are there, as fast as Go can. They need no limit, but
// when another built-in calls them for each of many elements, they see the interrupt; see limiter.put.
var unlimited = []limit{
	{on: "%TypedArray%.prototype", names: "copyWithin every fill filter find findIndex findLast findLastIndex forEach includes indexOf " +
		"lastIndexOf map reduce reduceRight reverse slice some toReversed with", check: once},
	{on: "ArrayBuffer.prototype", names: "slice", check: once},
	{on: "String.prototype", names: "endsWith slice startsWith substr substring", check: once},
	{on: "", names: "parseFloat parseInt", check: once},
	{on: "Object", names: "is", check: once},
}

func once(*limiter, string, goja.FunctionCall) {}

func walksThis(l *limiter, name string, call goja.FunctionCall) { l.walk(name, call.This, solidLimit) }

// walksThisSlowly is for what takes long for each element, whatever that is.
func walksThisSlowly(l *limiter, name string, call goja.FunctionCall) {
	l.walk(name, call.This, arrayLimit)
}

func iteratesThis(l *limiter, name string, call goja.FunctionCall) {
	l.walk(name, call.This, iterationLimit)
}

// walks is for built-ins that walk one of their arguments.
func walks(at int) func(*limiter, string, goja.FunctionCall) {
	return func(l *limiter, name string, call goja.FunctionCall) { l.walk(name, call.Argument(at), solidLimit) }
}

func walksSlowly(at int) func(*limiter, string, goja.FunctionCall) {
	return func(l *limiter, name string, call goja.FunctionCall) { l.walk(name, call.Argument(at), arrayLimit) }
}
