package inspect

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/dop251/goja"
)

// array describes an array: its items up to the limit, each run of holes as one.
func (s *inspection) array(o *goja.Object, f *shape) (bool, string) {
	n := int(o.Get("length").ToInteger())
	prefix := ""
	if f.constructor != "Array" || f.isNull || f.tag != "" {
		prefix = f.prefix("Array", sized(n))
	}
	f.keys = s.properties(o, true)
	if s.hidden {
		// length follows the items, in brackets, because it is an own property that is not
		// enumerable.
		f.keys = append([]goja.Value{s.vm.ToValue("length")}, withoutName(f.keys, "length")...)
	}
	f.open, f.close, f.list = prefix+"[", "]", true
	if n == 0 && len(f.keys) == 0 {
		return true, f.open + "]"
	}
	s.listItems(o, f)
	return false, ""
}

func (s *inspection) listItems(o *goja.Object, f *shape) {
	length := s.ownData(o, "length")
	if length == nil {
		return
	}
	n := int(length.ToInteger())
	f.values = func(i int) goja.Value { return s.ownData(o, strconv.Itoa(i)) }
	f.items = func(depth int) (out []string) {
		i := 0
		for i < n && len(out) < s.items && !s.exhausted() {
			p := s.own(o, s.vm.ToValue(strconv.Itoa(i)))
			if !p.found {
				next := s.nextItem(o, i, n)
				out = append(out, "<"+strconv.Itoa(next-i)+" empty item"+plural(next-i)+">")
				i = next
				continue
			}
			out = append(out, s.named(p, goja.Undefined(), depth, true))
			i++
		}
		if i < n {
			out = append(out, moreItems(n-i))
		}
		return out
	}
}

// nextItem returns the first index after i that is not a hole, or n. It lists the keys only after a
// few single steps, because an array of four thousand million holes must not be walked.
func (s *inspection) nextItem(o *goja.Object, i, n int) int {
	for j := i + 1; j < min(n, i+64); j++ {
		if s.own(o, s.vm.ToValue(strconv.Itoa(j))).found {
			return j
		}
	}
	if i+64 >= n {
		return n
	}
	names := s.call(s.ownKeys, goja.Undefined(), o).ToObject(s.vm)
	count := int(names.Get("length").ToInteger())
	for k := 0; k < count; k++ {
		name := names.Get(strconv.Itoa(k))
		if !isIndex(name) {
			break
		}
		if j := int(name.ToInteger()); j > i {
			return j
		}
	}
	return n
}

func moreItems(n int) string { return "... " + strconv.Itoa(n) + " more item" + plural(n) }

func (s *inspection) arrayBuffer(o *goja.Object, f *shape) {
	buffer := o.Export().(goja.ArrayBuffer)
	data := buffer.Bytes()
	f.open = f.prefix("ArrayBuffer", "") + "{"
	f.items = func(depth int) []string {
		if buffer.Detached() {
			return []string{"(detached)", "byteLength: 0"}
		}
		text := hexBytes(data, min(s.items, len(data)))
		if more := len(data) - s.items; more > 0 {
			text += " ... " + strconv.Itoa(more) + " more byte" + plural(more)
		}
		return []string{s.spend("[Uint8Contents]: <" + text + ">"), "byteLength: " + strconv.Itoa(len(data))}
	}
}

// hexBytes returns the first n bytes of data as pairs of digits.
func hexBytes(data []byte, n int) string {
	var b strings.Builder
	for i, c := range data[:n] {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(hex.EncodeToString([]byte{c}))
	}
	return b.String()
}

func (s *inspection) typedArray(o *goja.Object, f *shape, name string) (bool, string) {
	n := int(s.call(s.native("typedLength"), o).ToInteger())
	f.keys = s.properties(o, true)
	if f.constructor == "Buffer" && name == "Uint8Array" {
		if data, ok := o.Export().([]byte); ok {
			return true, s.buffer(o, f, data)
		}
	}
	f.tag = name // Symbol.toStringTag is a getter here, and getters are not called
	f.open, f.close, f.list = f.prefix(name, sized(n))+"[", "]", true
	if n == 0 && len(f.keys) == 0 {
		return true, f.open + "]"
	}
	item := func(i int) goja.Value { return o.Get(strconv.Itoa(i)) }
	f.values = item
	f.items = func(depth int) (out []string) {
		for i := 0; i < min(n, s.items) && !s.exhausted(); i++ {
			out = append(out, s.spend(s.primitiveOrUndefined(item(i))))
		}
		if more := n - len(out); more > 0 {
			out = append(out, moreItems(more))
		}
		return out
	}
	return false, ""
}

// bufferItemLimit is the number of bytes of a Buffer that are printed, Node's
// buffer.INSPECT_MAX_BYTES.
const bufferItemLimit = 50

// buffer prints a Buffer, as <Buffer 68 69>.
func (s *inspection) buffer(o *goja.Object, f *shape, data []byte) string {
	text := hexBytes(data, min(len(data), bufferItemLimit))
	if more := len(data) - bufferItemLimit; more > 0 {
		text += " ... " + strconv.Itoa(more) + " more byte" + plural(more)
	}
	for _, key := range f.keys {
		if text != "" {
			text += ", "
		}
		text += s.named(s.own(o, key), key, 1, false)
	}
	return "<Buffer " + text + ">"
}
