package environment

import (
	"reflect"
	stdregexp "regexp"
	"unsafe"

	"github.com/dop251/goja"

	"node.websocket/runtime/environment/regexp"
)

// insideRegexp says where things are in goja's regular expressions and strings. goja's objects stay
// what they are, and get a pattern of this package in the place of goja's own.
type insideRegexp struct {
	table    unsafe.Pointer // of the objectImpl interface
	pattern  uintptr
	source   uintptr
	standard uintptr
	values   uintptr // of an object's properties
	writable uintptr // of a property

	patternType   reflect.Type // the struct that the field pattern points to
	linear, other uintptr      // where it has the two kinds of goja's expressions
	flags         [8]uintptr   // where it has the flags, in the order of regexp.Flags; 0 for those goja does not know
	mark          unsafe.Pointer
	ascii, utf16  unsafe.Pointer // tables of the String interface
	imported      unsafe.Pointer
	importedText  uintptr
	importedUTF16 uintptr
	neverMatches  stdregexp.Regexp
}

// A pattern is the target of the field pattern of our regular expressions, by way of goja's struct:
// its linear expression is the first field here, and its other one is the mark.
type pattern struct {
	linear  stdregexp.Regexp // for goja, should it ever look: matches nothing
	program *regexp.Regexp
	source  goja.String
	goja    unsafe.Pointer // goja's struct, which points here
}

func (in *insideRegexp) find(f *finder, vm *goja.Runtime, sample func(string) (unsafe.Pointer, reflect.Type)) {
	var t reflect.Type
	in.table, t = sample(`/x/`)
	in.pattern, in.source = f.offset(t, "pattern", nil), f.offset(t, "source", reflect.TypeFor[goja.String]())
	in.standard, in.values = f.offset(t, "standard", reflect.TypeFor[bool]()), f.offset(t, "values", nil)
	at, ok := t.FieldByName("pattern")
	if !ok || at.Type.Kind() != reflect.Pointer || f.err != nil {
		f.fail("%v has no pointer to its pattern", t)
		return
	}
	in.patternType = at.Type.Elem()
	in.linear, in.other = f.offset(in.patternType, "regexpWrapper", nil), f.offset(in.patternType, "regexp2Wrapper", nil)
	if w, ok := in.patternType.FieldByName("regexpWrapper"); !ok || w.Type.Kind() != reflect.Pointer || !w.Type.Elem().ConvertibleTo(reflect.TypeFor[stdregexp.Regexp]()) {
		f.fail("the regexpWrapper of %v is not a regexp.Regexp", in.patternType)
	}
	for i, name := range []string{"", "global", "ignoreCase", "multiline", "dotAll", "unicode", "", "sticky"} {
		if name != "" {
			in.flags[i] = f.offset(in.patternType, name, reflect.TypeFor[bool]())
		}
	}
	in.neverMatches = *stdregexp.MustCompile(`[^\x00-\x{10FFFF}]`)
	v, err := vm.RunString(`/(?=x)/`) // only goja's other kind can do this
	o, ok := v.(*goja.Object)
	if err != nil || !ok || f.err != nil {
		f.fail("a lookahead is %v, %v", v, err)
		return
	}
	in.mark = *field[unsafe.Pointer](*field[unsafe.Pointer](implementation(o).data, in.pattern), in.other)
	if in.mark == nil {
		f.fail("a lookahead has no regexp2Wrapper")
	}
	in.findStrings(f, vm)
}

func (in *insideRegexp) findStrings(f *finder, vm *goja.Runtime) {
	table := func(v goja.Value, kind reflect.Kind) unsafe.Pointer {
		s, ok := v.(goja.String)
		if !ok || reflect.TypeOf(s).Kind() != kind {
			f.fail("a string is a %T", v)
			return nil
		}
		return (*interfaceValue)(unsafe.Pointer(&s)).table
	}
	ascii, _ := vm.RunString(`'abc'`)
	utf16 := goja.StringFromUTF16([]uint16{'a', 0x20ac})
	imported := vm.ToValue("a€")
	in.ascii, in.utf16, in.imported = table(ascii, reflect.String), table(utf16, reflect.Slice), table(imported, reflect.Pointer)
	if f.err == nil {
		t := reflect.TypeOf(imported).Elem()
		in.importedText = f.offset(t, "s", reflect.TypeFor[string]())
		in.importedUTF16 = f.offset(t, "u", reflect.TypeOf(utf16))
	}
}

// A stringText is the units of a string: one of the fields is nil.
type stringText struct {
	ascii []byte
	utf16 []uint16
}

// text returns the units of a string, which are goja's.
func (in *insideRegexp) text(s goja.String) stringText {
	i := (*interfaceValue)(unsafe.Pointer(&s))
	bytes := func(s string) stringText {
		if s == "" {
			return stringText{ascii: []byte{}}
		}
		return stringText{ascii: unsafe.Slice(unsafe.StringData(s), len(s))}
	}
	switch i.table {
	case in.ascii:
		return bytes(*(*string)(i.data))
	case in.utf16:
		return stringText{utf16: (*(*[]uint16)(i.data))[1:]} // the first is a mark of goja's
	case in.imported:
		s.Length() // makes goja look for what is not ASCII
		if units := *field[[]uint16](i.data, in.importedUTF16); units != nil {
			return stringText{utf16: units[1:]}
		}
		return bytes(*field[string](i.data, in.importedText))
	}
	units := make([]uint16, s.Length())
	for j := range units {
		units[j] = s.CharAt(j)
	}
	return stringText{utf16: units}
}

// newPattern makes what the field pattern of regular expressions is to point to.
func (in *insideRegexp) newPattern(program *regexp.Regexp, source goja.String) *pattern {
	p := &pattern{linear: in.neverMatches, program: program, source: source, goja: reflect.New(in.patternType).UnsafePointer()}
	flags := program.Flags
	for i, on := range []bool{false, flags.Global, flags.IgnoreCase, flags.Multiline, flags.DotAll, flags.Unicode, false, flags.Sticky} {
		if at := in.flags[i]; at != 0 {
			*field[bool](p.goja, at) = on
		}
	}
	*field[unsafe.Pointer](p.goja, in.linear) = unsafe.Pointer(p)
	*field[unsafe.Pointer](p.goja, in.other) = in.mark
	return p
}

func (in *insideRegexp) isRegexp(o *goja.Object) bool { return implementation(o).table == in.table }

// patternOf returns the pattern of a regular expression, or nil if it is still one of goja's.
func (in *insideRegexp) patternOf(o *goja.Object) *pattern {
	p := *field[unsafe.Pointer](implementation(o).data, in.pattern)
	if *field[unsafe.Pointer](p, in.other) != in.mark {
		return nil
	}
	return *field[*pattern](p, in.linear)
}

func (in *insideRegexp) setPattern(o *goja.Object, p *pattern) {
	data := implementation(o).data
	*field[unsafe.Pointer](data, in.pattern) = p.goja
	*field[goja.String](data, in.source) = p.source
}

// foreign returns source and flags of a regular expression of goja's own.
func (in *insideRegexp) foreign(o *goja.Object) (goja.String, regexp.Flags) {
	data := implementation(o).data
	p := *field[unsafe.Pointer](data, in.pattern)
	is := func(i int) bool { return *field[bool](p, in.flags[i]) }
	return *field[goja.String](data, in.source), regexp.Flags{Global: is(1), IgnoreCase: is(2), Multiline: is(3), DotAll: is(4), Unicode: is(5), Sticky: is(7)}
}

// standardOf returns where goja keeps whether a regular expression has nothing of its own that a
// built-in would have to call, exec for instance.
func (in *insideRegexp) standardOf(o *goja.Object) *bool {
	return field[bool](implementation(o).data, in.standard)
}
