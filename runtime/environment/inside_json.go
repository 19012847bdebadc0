package environment

import (
	"math/big"
	"reflect"
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"
)

// insideJSON holds the tables and offsets in goja's structs that JSON needs. By goja's public API, each value
// that is read or made costs an allocation or a call with a deferred function, which is most of the time of a
// small message.
type insideJSON struct {
	// tables of the Value interface: strings of ASCII and of UTF-16, strings that came from Go, and
	// the types that numbers and booleans have
	ascii, wide, imported, integer, float, boolean unsafe.Pointer

	primitive unsafe.Pointer // table of the objects around numbers, booleans and BigInts

	importedText                       uintptr
	plainNames, plainSorted, plainIdxs uintptr // of an ordinary object
	plainPrototype                     uintptr
	arrayProperties, arrayPrototype    uintptr
	arrayCount                         uintptr
	prototypes                         [2]struct { // of Object and Array
		table      unsafe.Pointer
		properties uintptr
	}
	propertyEnumerable uintptr
	vmInterrupted      uintptr
}

// valueTable returns the table of a value's type.
func valueTable(v goja.Value) unsafe.Pointer { return (*interfaceValue)(unsafe.Pointer(&v)).table }

// valueData returns what a value of one of the types in insideJSON points to.
func valueData[T any](v goja.Value) *T { return (*T)((*interfaceValue)(unsafe.Pointer(&v)).data) }

// newValue returns the value of the type with that table that points to data.
func newValue[T any](table unsafe.Pointer, data *T) (v goja.Value) {
	*(*interfaceValue)(unsafe.Pointer(&v)) = interfaceValue{table, unsafe.Pointer(data)}
	return v
}

func (in *inside) findJSON(f *finder, vm *goja.Runtime) {
	sample := func(v goja.Value, kind reflect.Kind) (unsafe.Pointer, reflect.Type) {
		t := reflect.TypeOf(v)
		if t.Kind() != kind {
			f.fail("the value %v is of type %v", v, t)
		}
		return valueTable(v), t
	}
	run := func(source string) goja.Value {
		v, err := vm.RunString(source)
		if err != nil {
			f.fail("%s: %v", source, err)
			return goja.Undefined()
		}
		return v
	}
	var t reflect.Type
	in.ascii, _ = sample(run(`'a'`), reflect.String)
	in.integer, _ = sample(run(`1`), reflect.Int64)
	in.float, _ = sample(run(`1.5`), reflect.Float64)
	in.boolean, _ = sample(run(`true`), reflect.Bool)
	if in.wide, t = sample(run(`'é'`), reflect.Slice); f.err == nil && t.Elem().Kind() != reflect.Uint16 {
		f.fail("a string is of type %v", t)
	}
	if in.imported, t = sample(vm.ToValue("longer than what goja looks through at once"), reflect.Pointer); f.err == nil {
		in.importedText = f.offset(t.Elem(), "s", reflect.TypeFor[string]())
	}
	if o, ok := run(`Object(1n)`).(*goja.Object); ok {
		in.primitive = implementation(o).table
	}
	intType, objectType := reflect.TypeFor[int](), reflect.TypeFor[*goja.Object]()
	implementationOf := func(o goja.Value) reflect.Type {
		return reflect.ValueOf(o).Elem().FieldByName("self").Elem().Type().Elem()
	}
	t = implementationOf(vm.NewObject())
	in.plainNames = f.offset(t, "propNames", reflect.TypeFor[[]unistring.String]())
	in.plainSorted, in.plainIdxs = f.offset(t, "lastSortedPropLen", intType), f.offset(t, "idxPropCount", intType)
	in.plainPrototype = f.offset(t, "prototype", objectType)
	array := implementationOf(vm.NewArray())
	in.arrayPrototype, in.arrayCount = f.offset(array, "prototype", objectType), f.offset(array, "objCount", intType)
	if at, ok := array.FieldByName(t.Name()); !ok || at.Type != t {
		f.fail("%v is not a %v", array, t)
	} else {
		in.arrayProperties = at.Offset + in.plainValues
	}
	for i, source := range []string{`Object.prototype`, `Array.prototype`} {
		o, ok := run(source).(*goja.Object)
		if !ok {
			break
		}
		p := &in.prototypes[i]
		p.table = implementation(o).table
		inner := implementationOf(o)
		for inner != t && inner.Kind() == reflect.Struct && inner.NumField() > 0 {
			p.properties += inner.Field(0).Offset
			inner = inner.Field(0).Type
		}
		if p.properties += in.plainValues; inner != t {
			f.fail("%s is not a %v", source, t)
		}
	}
	if at, ok := reflect.TypeFor[goja.Runtime]().FieldByName("vm"); ok && f.err == nil {
		in.vmInterrupted = f.offset(at.Type.Elem(), "interrupted", reflect.TypeFor[uint32]())
	}
}

// interrupted returns a function that reports whether vm is to stop: goja looks before each of its
// instructions, and native code may be one of them.
func (in *inside) interrupted(vm *goja.Runtime) func() bool {
	flag := field[uint32](*field[unsafe.Pointer](unsafe.Pointer(vm), in.runtimeVM), in.vmInterrupted)
	return func() bool { return atomic.LoadUint32(flag) != 0 }
}

// importedString returns the text of a string that came from Go.
func (in *inside) importedString(v goja.Value) string {
	return *field[string]((*interfaceValue)(unsafe.Pointer(&v)).data, in.importedText)
}

// newObject returns an ordinary object and the map for its n properties, which fill completes.
func (in *inside) newObject(vm *goja.Runtime, n int) (*goja.Object, map[unistring.String]goja.Value) {
	o := vm.NewObject()
	properties := field[map[unistring.String]goja.Value](implementation(o).data, in.plainValues)
	if n > 8 { // Go's maps have room for eight without being told
		*properties = make(map[unistring.String]goja.Value, n)
	}
	return o, *properties
}

// fill gives an object of newObject the names of its properties, each once. Those that are array
// indices, count of them, come first, in their order. The object keeps the slice.
func (in *inside) fill(o *goja.Object, names []unistring.String, count int) {
	data := implementation(o).data
	*field[[]unistring.String](data, in.plainNames) = names
	*field[int](data, in.plainSorted), *field[int](data, in.plainIdxs) = len(names), count
}

// newArray returns an array of values, which it keeps.
func (in *inside) newArray(vm *goja.Runtime, values []goja.Value) *goja.Object {
	o := vm.NewArray()
	data := implementation(o).data
	*field[[]goja.Value](data, in.arrayValues) = values
	*field[uint32](data, in.arrayLength), *field[int](data, in.arrayCount) = uint32(len(values)), len(values)
	return o
}

// names returns the names of an ordinary object's properties in their order; ok is false if goja
// has yet to sort them. The slice is goja's.
func (in *inside) names(o *goja.Object) (names []unistring.String, ok bool) {
	data := implementation(o).data
	names = *field[[]unistring.String](data, in.plainNames)
	for _, name := range names[*field[int](data, in.plainSorted):] {
		if name != "" && name[0] >= '0' && name[0] <= '9' {
			return nil, false
		}
	}
	return names, true
}

// isEnumerable reports whether a value out of properties is enumerable.
func (in *inside) isEnumerable(v goja.Value) bool {
	i := (*interfaceValue)(unsafe.Pointer(&v))
	return i.table != in.property || *field[bool](i.data, in.propertyEnumerable)
}

// inherits reports whether an object is an ordinary one whose prototype is plain, or an array whose
// prototype is array.
func (in *inside) inherits(o, plain, array *goja.Object) bool {
	switch i := implementation(o); i.table {
	case in.plain:
		return *field[*goja.Object](i.data, in.plainPrototype) == plain
	case in.array:
		return *field[*goja.Object](i.data, in.arrayPrototype) == array
	}
	return false
}

// prototypesLack reports whether neither of the prototypes of Object and Array has a property. They
// must be those of a VM.
func (in *inside) prototypesLack(plain, array *goja.Object, name unistring.String) bool {
	if array.Prototype() != plain {
		return false
	}
	for i, o := range [...]*goja.Object{plain, array} {
		p := implementation(o)
		if p.table != in.prototypes[i].table || (*field[map[unistring.String]goja.Value](p.data, in.prototypes[i].properties))[name] != nil {
			return false
		}
	}
	return true
}

// ownProperty returns a property of an ordinary object or an array, or nil.
func (in *inside) ownProperty(o *goja.Object, name unistring.String) goja.Value {
	i := implementation(o)
	offset := in.plainValues
	if i.table == in.array {
		offset = in.arrayProperties
	}
	return (*field[map[unistring.String]goja.Value](i.data, offset))[name]
}

// isBigIntObject reports whether an object is one that Object(1n) makes.
func (in *inside) isBigIntObject(o *goja.Object) bool {
	if implementation(o).table != in.primitive {
		return false
	}
	_, ok := o.Export().(*big.Int)
	return ok
}
