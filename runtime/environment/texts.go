package environment

import (
	"encoding/binary"
	"reflect"
	"unicode/utf8"
	"unsafe"

	"github.com/dop251/goja"
)

// maxTexts is the most strings that are made in one allocation. A script that keeps one of them keeps
// the memory of all: 1.5 KB.
const maxTexts = 32

// minText is the least length in bytes of a string with other characters than ASCII that goja keeps in
// this form.
const minText = 17

// Texts makes the strings of a batch of messages. Goja's ToValue allocates twice for each; Texts allocates
// once for up to 32 of them. Those of ASCII are made in the form that goja's own have, which it need not
// look through before their first use. The zero value is ready. It is for one VM, in a turn.
type Texts struct {
	left  []byte   // room for strings in the array that was allocated last
	ascii []string // the same for strings of ASCII, which goja keeps by a pointer to one of Go's
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
	in := e.limiter.in
	if holdsASCII(s) {
		if len(t.ascii) == 0 {
			t.ascii = make([]string, textsAtOnce(more))
		}
		text := &t.ascii[0]
		*text, t.ascii = s, t.ascii[1:]
		return newValue(in.ascii, text)
	}
	if len(s) < minText {
		return e.vm.ToValue(s)
	}
	layout := &in.text
	if len(t.left) == 0 {
		n := textsAtOnce(more) / maxTexts
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

// holdsASCII reports whether a string of Go's has no other characters than ASCII.
func holdsASCII(s string) bool {
	const tops = 0x8080808080808080
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	for ; len(b) >= 8; b = b[8:] {
		if binary.NativeEndian.Uint64(b)&tops != 0 {
			return false
		}
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// textsAtOnce returns the number of strings to allocate for one with more to follow: 1 or maxTexts.
func textsAtOnce(more int) int {
	if more >= maxTexts/4 {
		return maxTexts
	}
	return 1
}

// Done ends a batch, so that no string of the next shares its memory.
func (t *Texts) Done() { *t = Texts{} }
