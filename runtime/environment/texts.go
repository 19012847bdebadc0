package environment

import (
	"reflect"
	"unsafe"

	"github.com/dop251/goja"
)

// maxTexts is the most strings that are made in one allocation. A script that keeps one of them keeps
// the memory of all: 1.5 KB.
const maxTexts = 32

// minText is the least length in bytes of a string that goja keeps in this form.
const minText = 17

// Texts makes the strings of a batch of messages. Goja's ToValue allocates twice for each; Texts allocates
// once for up to 32 of them. The zero value is ready. It is for one VM, in a turn.
type Texts struct {
	left []byte // room for strings in the array that was allocated last
}

// A textLayout says how goja keeps a string that comes from Go.
type textLayout struct {
	table unsafe.Pointer // of the Value interface
	size  uintptr
	text  uintptr         // the offset of the string
	array [2]reflect.Type // of 1 and of maxTexts
}

// findText looks into the struct of a string that comes from Go.
func (in *inside) findText(f *finder, vm *goja.Runtime) {
	sample := "a string of more than sixteen bytes"
	v := vm.ToValue(sample)
	t := reflect.TypeOf(v)
	if t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct {
		f.fail("a string is a %v", t)
		return
	}
	i := (*interfaceValue)(unsafe.Pointer(&v))
	t = t.Elem()
	in.text = textLayout{table: i.table, size: t.Size(), text: f.offset(t, "s", reflect.TypeFor[string]()), array: [2]reflect.Type{reflect.ArrayOf(1, t), reflect.ArrayOf(maxTexts, t)}}
	if f.err != nil {
		return
	}
	for at := range in.text.size { // anything but the string itself must be zero
		if *field[byte](i.data, at) != 0 && (at < in.text.text || at >= in.text.text+unsafe.Sizeof(sample)) {
			f.fail("a fresh %v is not zero apart from its string", t)
			return
		}
	}
}

// Make returns the JavaScript string of s, of which more are to follow in the same batch. s must be valid
// UTF-8.
func (t *Texts) Make(e *Environment, s string, more int) goja.Value {
	if len(s) < minText {
		return e.vm.ToValue(s)
	}
	in := e.limiter.in
	layout := &in.text
	if len(t.left) == 0 {
		n := 0
		if more >= maxTexts/4 {
			n = 1
		}
		array := reflect.New(layout.array[n])
		t.left = unsafe.Slice((*byte)(array.UnsafePointer()), layout.array[n].Size())
	}
	data := unsafe.Pointer(unsafe.SliceData(t.left))
	t.left = t.left[layout.size:]
	*field[string](data, layout.text) = s
	var v goja.Value
	*(*interfaceValue)(unsafe.Pointer(&v)) = interfaceValue{layout.table, data}
	return v
}

// Done ends a batch, so that no string of the next shares its memory.
func (t *Texts) Done() { t.left = nil }
