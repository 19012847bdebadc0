package environment

import (
	"fmt"
	"reflect"
	"sync"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"
)

// goja has no way to put a check before a built-in that keeps it what it is, none to read the length
// of an array without an allocation, and none to throw what a script can catch when calls are too
// deep. This file reaches those few places in goja's structs that the limits need. Nothing else in
// the package knows them. They are found by name, and their types are compared, once for the
// process: a goja that is built otherwise makes [New] fail, which says what is missing.

// A native is the Go code of a built-in.
type native = func(goja.FunctionCall) goja.Value

// A nativeConstruct is the Go code of a class, called with new or by Reflect.construct.
type nativeConstruct = func(args []goja.Value, newTarget *goja.Object) *goja.Object

// inside says where things are in goja's structs. Tables are Go's tables of an interface and a type:
// an object is an array if its table is the one of arrays.
type inside struct {
	array, sparse, typed, buffer, proxy, plain, error unsafe.Pointer // tables of the objectImpl interface
	property                                          unsafe.Pointer // table of the Value interface
	functions                                         map[unsafe.Pointer]bool
	insideJSON

	// offsets in the structs that the tables stand for
	arrayValues, arrayLength                                            uintptr
	sparseItems, sparseLength                                           uintptr
	typedBuffer, typedOffset                                            uintptr
	typedLength, typedElement                                           uintptr
	bufferData                                                          uintptr
	plainValues                                                         uintptr
	propertyValue                                                       uintptr
	errorStack                                                          uintptr
	runtimeVM                                                           uintptr
	vmStack, vmTop, vmBase, vmCalls, vmTries, vmIterators, vmReferences uintptr
	vmMaxCalls, vmProgram, vmPC                                         uintptr
	contextProgram, contextPC                                           uintptr
	contextSize                                                         uintptr
	frameProgram, framePC                                               uintptr
	runtimeJobs                                                         uintptr

	regexp insideRegexp
	text   textLayout
}

// An interfaceValue has the memory layout of an interface with methods.
type interfaceValue struct{ table, data unsafe.Pointer }

// implementation returns the struct behind an object, which its first field points to.
func implementation(o *goja.Object) *interfaceValue { return (*interfaceValue)(unsafe.Pointer(o)) }

func field[T any](data unsafe.Pointer, offset uintptr) *T { return (*T)(unsafe.Add(data, offset)) }

// goja's structs, or why they are not as this file knows them.
var gojaInside = sync.OnceValues(findInside)

// A finder looks fields up and remembers the first that is missing.
type finder struct{ err error }

// offset returns where a field is in a struct; name may go through embedded structs and pointers.
func (f *finder) offset(t reflect.Type, name string, want reflect.Type) uintptr {
	at, ok := t.FieldByName(name)
	switch {
	case !ok:
		f.fail("%v has no field %s", t, name)
	case want != nil && at.Type != want:
		f.fail("the field %s of %v is of type %v", name, t, at.Type)
	case len(at.Index) > 1: // of an embedded struct: FieldByName's offset is within that
		return t.Field(at.Index[0]).Offset + at.Offset
	}
	return at.Offset
}

func (f *finder) fail(format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf("goja is not built as the limits need it: "+format, args...)
	}
}

func findInside() (*inside, error) {
	vm, f, in := goja.New(), &finder{}, &inside{functions: map[unsafe.Pointer]bool{}}
	if o := reflect.TypeFor[goja.Object](); f.offset(o, "self", nil) != 0 {
		f.fail("self is not the first field of %v", o)
	}
	if f.err != nil {
		return nil, f.err
	}
	sample := func(source string) (unsafe.Pointer, reflect.Type) {
		v, err := vm.RunString(source)
		o, ok := v.(*goja.Object)
		if err != nil || !ok {
			f.fail("%s made %v, %v", source, v, err)
			return nil, reflect.TypeFor[struct{}]()
		}
		return implementation(o).table, reflect.ValueOf(o).Elem().FieldByName("self").Elem().Type().Elem()
	}
	lengthType, intType := reflect.TypeFor[uint32](), reflect.TypeFor[int]()
	valuesType := reflect.TypeFor[[]goja.Value]()
	var t reflect.Type

	in.array, t = sample(`[1, 2, 3]`)
	in.arrayValues, in.arrayLength = f.offset(t, "values", valuesType), f.offset(t, "length", lengthType)
	in.sparse, t = sample(`var a = []; a[4294967290] = 1; a`)
	in.sparseItems, in.sparseLength = f.offset(t, "items", nil), f.offset(t, "length", lengthType)
	if items, ok := t.FieldByName("items"); !ok || !sameLayout(items.Type, reflect.TypeFor[[]sparseItem]()) {
		f.fail("the items of %v are of type %v", t, items.Type)
	}
	in.typed, t = sample(`new Uint8Array(3)`)
	typed := t
	in.buffer, t = sample(`new ArrayBuffer(3)`)
	in.bufferData = f.offset(t, "data", bytesType)
	in.typedBuffer = f.offset(typed, "viewedArrayBuf", reflect.PointerTo(t))
	in.typedOffset, in.typedLength, in.typedElement = f.offset(typed, "offset", intType), f.offset(typed, "length", intType), f.offset(typed, "elemSize", intType)
	in.proxy, _ = sample(`new Proxy({}, {})`)
	in.plain, t = sample(`({a: 1})`)
	in.plainValues = f.offset(t, "values", reflect.TypeFor[map[unistring.String]goja.Value]())
	in.regexp.find(f, vm, sample)
	for _, source := range []string{`(function(){})`, `(() => 1)`, `(async function(){})`, `(async () => 1)`, `(function*(){})`, `(class {})`,
		`({f(){}}).f`, `({async f(){}}).f`, `({*f(){}}).f`, `Object.getOwnPropertyDescriptor({get a(){}}, 'a').get`} {
		table, _ := sample(source)
		in.functions[table] = true
	}
	in.error, t = sample(`new Error()`)
	in.errorStack = f.offset(t, "stack", reflect.TypeFor[[]goja.StackFrame]())
	in.findProperty(f, vm)
	in.findVM(f)
	in.findProgram(f)
	in.findText(f, vm)
	in.findJSON(f, vm)
	if f.err != nil {
		return nil, f.err
	}
	return in, nil
}

// lastIndex returns where a regular expression keeps its lastIndex, and whether that is writable.
func (in *inside) lastIndex(o *goja.Object) (value *goja.Value, writable bool) {
	v := (*field[map[unistring.String]goja.Value](implementation(o).data, in.regexp.values))["lastIndex"]
	data := (*interfaceValue)(unsafe.Pointer(&v)).data
	return field[goja.Value](data, in.propertyValue), *field[bool](data, in.regexp.writable)
}

// sparseItem is an element of a sparse array.
type sparseItem struct {
	_     uint32 // its index
	value goja.Value
}

// sameLayout reports whether two slices hold structs of the same field types in the same order.
func sameLayout(a, b reflect.Type) bool {
	if a.Kind() != reflect.Slice || b.Kind() != reflect.Slice || a.Elem().NumField() != b.Elem().NumField() {
		return false
	}
	for i := range a.Elem().NumField() {
		if a.Elem().Field(i).Type != b.Elem().Field(i).Type {
			return false
		}
	}
	return true
}

// findProperty looks into the struct of a property that is not writable, or an accessor.
func (in *inside) findProperty(f *finder, vm *goja.Runtime) {
	v, err := vm.RunString(`Object.freeze({a: 1})`)
	o, ok := v.(*goja.Object)
	if err != nil || !ok || implementation(o).table != in.plain || f.err != nil {
		f.fail("a frozen object is %v, %v", v, err)
		return
	}
	frozen := (*field[map[unistring.String]goja.Value](implementation(o).data, in.plainValues))["a"]
	if frozen == nil || reflect.TypeOf(frozen).Kind() != reflect.Pointer || reflect.TypeOf(frozen).Elem().Kind() != reflect.Struct {
		f.fail("the property of a frozen object is a %T", frozen)
		return
	}
	in.property = (*interfaceValue)(unsafe.Pointer(&frozen)).table
	t := reflect.TypeOf(frozen).Elem()
	in.propertyValue = f.offset(t, "value", reflect.TypeFor[goja.Value]())
	in.regexp.writable = f.offset(t, "writable", reflect.TypeFor[bool]())
	in.propertyEnumerable = f.offset(t, "enumerable", reflect.TypeFor[bool]())
}

// findVM looks into the struct of the machine.
func (in *inside) findVM(f *finder) {
	t := reflect.TypeFor[goja.Runtime]()
	in.runtimeVM = f.offset(t, "vm", nil)
	in.runtimeJobs = f.offset(t, "jobQueue", reflect.TypeFor[[]func()]())
	at, ok := t.FieldByName("vm")
	if !ok || at.Type.Kind() != reflect.Pointer {
		f.fail("%v has no pointer to its vm", t)
		return
	}
	m, intType := at.Type.Elem(), reflect.TypeFor[int]()
	in.vmTop, in.vmBase, in.vmMaxCalls = f.offset(m, "sp", intType), f.offset(m, "sb", intType), f.offset(m, "maxCallStackSize", intType)
	in.vmStack, in.vmCalls = f.offset(m, "stack", nil), f.offset(m, "callStack", nil)
	if stack, ok := m.FieldByName("stack"); ok && !stack.Type.ConvertibleTo(reflect.TypeFor[[]goja.Value]()) {
		f.fail("the stack of %v is of type %v", m, stack.Type)
	}
	for name, at := range map[string]*uintptr{"tryStack": &in.vmTries, "iterStack": &in.vmIterators, "refStack": &in.vmReferences} {
		*at = f.offset(m, name, nil)
		if stack, ok := m.FieldByName(name); ok && stack.Type.Kind() != reflect.Slice {
			f.fail("the %s of %v is of type %v", name, m, stack.Type)
		}
	}
	calls, ok := m.FieldByName("callStack")
	if !ok || calls.Type.Kind() != reflect.Slice || calls.Type.Elem().Kind() != reflect.Struct {
		f.fail("the callStack of %v is no slice of structs", m)
		return
	}
	context, frame, program := calls.Type.Elem(), reflect.TypeFor[goja.StackFrame](), reflect.TypeFor[*goja.Program]()
	in.vmProgram, in.vmPC = f.offset(m, "prg", program), f.offset(m, "pc", intType)
	in.contextProgram, in.contextPC, in.contextSize = f.offset(context, "prg", program), f.offset(context, "pc", intType), context.Size()
	in.frameProgram, in.framePC = f.offset(frame, "prg", program), f.offset(frame, "pc", intType)
}

// code returns the Go code of a built-in, to be replaced; construct is nil unless it is a class.
func (in *inside) code(o *goja.Object) (call *native, construct *nativeConstruct, err error) {
	s := reflect.ValueOf(o).Elem().FieldByName("self").Elem()
	if s.Kind() != reflect.Pointer || s.Elem().Kind() != reflect.Struct {
		return nil, nil, fmt.Errorf("goja is not built as the limits need it: a function is a %v", s.Type())
	}
	f, c := s.Elem().FieldByName("f"), s.Elem().FieldByName("construct")
	if !f.IsValid() || f.Type() != reflect.TypeFor[native]() {
		return nil, nil, fmt.Errorf("goja is not built as the limits need it: %v has no code", s.Type())
	}
	call = (*native)(f.Addr().UnsafePointer())
	if c.IsValid() && c.Type() == reflect.TypeFor[nativeConstruct]() && !c.IsNil() {
		construct = (*nativeConstruct)(c.Addr().UnsafePointer())
	}
	return call, construct, nil
}

// elements returns the elements that an array holds, of which those that are nil are holes, and its
// length. ok is false for what is no array, and for a sparse one.
func (in *inside) elements(o *goja.Object) (values []goja.Value, length int, ok bool) {
	i := implementation(o)
	if i.table != in.array {
		return nil, 0, false
	}
	return *field[[]goja.Value](i.data, in.arrayValues), int(*field[uint32](i.data, in.arrayLength)), true
}

// sparseElements returns the elements of a sparse array, and its length.
func (in *inside) sparseElements(o *goja.Object) (items []sparseItem, length int, ok bool) {
	i := implementation(o)
	if i.table != in.sparse {
		return nil, 0, false
	}
	return *field[[]sparseItem](i.data, in.sparseItems), int(*field[uint32](i.data, in.sparseLength)), true
}

// typedArray returns the length of a typed array.
func (in *inside) typedArray(o *goja.Object) (length int, ok bool) {
	i := implementation(o)
	if i.table != in.typed {
		return 0, false
	}
	return *field[int](i.data, in.typedLength), true
}

// typedBytes returns the bytes of a typed array, which are its buffer's. ok is false for what is no
// typed array, and for one whose buffer is detached.
func (in *inside) typedBytes(o *goja.Object) (b []byte, ok bool) {
	i := implementation(o)
	if i.table != in.typed {
		return nil, false
	}
	size := *field[int](i.data, in.typedElement)
	from, n := *field[int](i.data, in.typedOffset)*size, *field[int](i.data, in.typedLength)*size
	data := *field[[]byte](*field[unsafe.Pointer](i.data, in.typedBuffer), in.bufferData)
	if from+n > len(data) {
		return nil, false
	}
	return data[from : from+n], true
}

func (in *inside) isArrayBuffer(o *goja.Object) bool { return implementation(o).table == in.buffer }

func (in *inside) isProxy(o *goja.Object) bool { return implementation(o).table == in.proxy }

// isScript reports whether a function is one of a script's own.
func (in *inside) isScript(o *goja.Object) bool { return in.functions[implementation(o).table] }

// properties returns the own properties of an ordinary object whose keys are strings. The map is
// goja's.
func (in *inside) properties(o *goja.Object) (map[unistring.String]goja.Value, bool) {
	i := implementation(o)
	if i.table != in.plain {
		return nil, false
	}
	return *field[map[unistring.String]goja.Value](i.data, in.plainValues), true
}

// isProperty reports whether a value out of properties or elements is one with attributes of its own.
func (in *inside) isProperty(v goja.Value) bool {
	return (*interfaceValue)(unsafe.Pointer(&v)).table == in.property
}

// A machine is the part of a VM that runs code.
type machine struct {
	stack     *[]goja.Value
	top, base *int
	calls     *[]struct{} // only its length can be read
	maxCalls  *int
}

func (in *inside) machine(vm *goja.Runtime) machine {
	m := *field[unsafe.Pointer](unsafe.Pointer(vm), in.runtimeVM)
	return machine{
		stack: field[[]goja.Value](m, in.vmStack),
		top:   field[int](m, in.vmTop), base: field[int](m, in.vmBase),
		calls: field[[]struct{}](m, in.vmCalls), maxCalls: field[int](m, in.vmMaxCalls),
	}
}

// cutStack leaves the first n frames of an error's stack.
func (in *inside) cutStack(err *goja.Object, n int) {
	if i := implementation(err); i.table == in.error {
		if stack := field[[]goja.StackFrame](i.data, in.errorStack); len(*stack) > n {
			*stack = append([]goja.StackFrame(nil), (*stack)[:n]...)
		}
	}
}

// dropFrame takes the last frame off an error's stack if it is that of a function of this name.
func (in *inside) dropFrame(err *goja.Object, name string) {
	if i := implementation(err); i.table == in.error {
		stack := field[[]goja.StackFrame](i.data, in.errorStack)
		if n := len(*stack) - 1; n >= 0 && (*stack)[n].FuncName() == name {
			*stack = (*stack)[:n]
		}
	}
}
