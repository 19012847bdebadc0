package environment

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"
)

// A jsonParser reads one text of JSON at a time.
type jsonParser struct {
	codec *codec // fixed after newCodec

	// of the text that is being read
	source     goja.String
	text       string // UTF-8
	surrogates bool   // text has lone surrogates, three bytes each
	at         int    // in text
	depth      int
	recording  bool   // for a reviver
	last       record // of the last value, if recording

	// stacks: of the arrays and objects that have not ended, and of the records of what is in them
	values  []goja.Value
	names   []unistring.String
	records []record

	scratch []byte // for strings with escapes
}

// parse is JSON.parse.
func (c *codec) parse(call goja.FunctionCall) goja.Value {
	p := &c.parser
	p.start(stringOf(c.vm, call.Argument(0)))
	reviver := call.Argument(1)
	p.recording = isCallable(reviver)
	p.space()
	v := p.value()
	if p.space(); p.at < len(p.text) {
		p.fail("Unexpected non-whitespace character after JSON")
	}
	recorded := p.last
	if p.end(); p.recording {
		return c.revive(reviver, v, recorded)
	}
	return v
}

// start prepares the parser for a text. What an earlier text with a mistake has left goes.
func (p *jsonParser) start(source goja.String) {
	p.end()
	p.source, p.surrogates, p.at, p.depth, p.recording = source, false, 0, 0, false
	c := p.codec
	if c.kept == nil {
		c.kept = new(kept)
	}
	switch in := c.in; valueTable(source) {
	case in.ascii:
		p.text = *valueData[string](source)
	case in.imported:
		if p.text = in.importedString(source); !utf8.ValidString(p.text) {
			p.text = string([]rune(p.text)) // as goja reads it
		}
	default:
		if source.Length() <= parseLimit {
			p.text, p.surrogates = fromUnits(source)
		}
	}
	if n := len(p.text); n > parseLimit || n == 0 {
		if n := source.Length(); n > parseLimit {
			c.l.refuse("JSON.parse: a text of %d characters is over the limit of %d", n, parseLimit)
		}
	}
}

// end lets go of what the parser holds, but for stacks of an ordinary size.
func (p *jsonParser) end() {
	p.text, p.source = "", nil
	clear(p.values)
	p.values, p.names, p.records, p.last = p.values[:0], p.names[:0], nil, record{}
	if cap(p.values) > keptStack {
		p.values, p.names = nil, nil
	}
	if cap(p.scratch) > keptBytes {
		p.scratch = nil
	}
}

// space skips white space.
func (p *jsonParser) space() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\n', '\r', '\t':
			p.at++
		default:
			return
		}
	}
}

// next skips white space and returns the byte there; 0 at the end, where no byte is.
func (p *jsonParser) next() byte {
	if p.at < len(p.text) && p.text[p.at] > ' ' {
		return p.text[p.at]
	}
	if p.space(); p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

// value reads a value. White space before it has been skipped.
func (p *jsonParser) value() (v goja.Value) {
	c := p.codec
	c.step("JSON.parse", 1)
	if p.at >= len(p.text) {
		p.unexpected()
	}
	from := p.at
	switch p.text[from] {
	case '"':
		v = p.string()
	case '{':
		return p.object()
	case '[':
		return p.array()
	case 't':
		p.literal("true")
		v = c.yes
	case 'f':
		p.literal("false")
		v = c.no
	case 'n':
		p.literal("null")
		v = goja.Null()
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		v = p.number()
	default:
		p.unexpected()
	}
	if p.recording {
		p.last = record{value: v, source: p.text[from:p.at]}
	}
	return v
}

func (p *jsonParser) literal(word string) {
	if strings.HasPrefix(p.text[p.at:], word) {
		p.at += len(word)
		return
	}
	for i := 0; p.at < len(p.text) && p.text[p.at] == word[i]; i++ {
		p.at++
	}
	p.unexpected()
}

func (p *jsonParser) number() goja.Value {
	text, i, negative := p.text, p.at, false
	if text[i] == '-' {
		negative = true
		i++
	}
	n, first := int64(0), i
	for i < len(text) && text[i]-'0' <= 9 {
		n = n*10 + int64(text[i]-'0')
		i++
	}
	switch digits := i - first; {
	case digits == 0:
		p.at = i
		p.fail("No number after minus sign in JSON")
	case digits > 1 && text[first] == '0':
		p.at = first + 1
		p.unexpected()
	case digits <= 15 && (i == len(text) || text[i] != '.' && text[i]|0x20 != 'e') && (n != 0 || !negative):
		p.at = i
		if negative {
			n = -n
		}
		return p.codec.integer(n)
	}
	if i < len(text) && text[i] == '.' {
		i = p.digits(i+1, "Unterminated fractional number in JSON")
	}
	if i < len(text) && text[i]|0x20 == 'e' {
		if i++; i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		i = p.digits(i, "Exponent part is missing a number in JSON")
	}
	f, _ := strconv.ParseFloat(text[p.at:i], 64) // what is out of range becomes an infinity, as it must
	p.at = i
	if f == math.Trunc(f) { // goja has integers of a type of their own
		return p.codec.vm.ToValue(f)
	}
	data := new(float64)
	*data = f
	return newValue(p.codec.in.float, data)
}

// digits skips one digit or more at i, and fails if there is none.
func (p *jsonParser) digits(i int, message string) int {
	from := i
	for i < len(p.text) && p.text[i]-'0' <= 9 {
		i++
	}
	if i == from {
		p.at = i
		p.fail(message)
	}
	return i
}

// integers are the values of small numbers.
var integers = func() (values [1024]int64) {
	for i := range values {
		values[i] = int64(i)
	}
	return values
}()

// integer returns the value of a number that a float64 can hold.
func (c *codec) integer(n int64) goja.Value {
	if uint64(n) < uint64(len(integers)) {
		return newValue(c.in.integer, &integers[n])
	}
	data := new(int64)
	*data = n
	return newValue(c.in.integer, data)
}

// enter begins an array or an object.
func (p *jsonParser) enter() {
	if p.depth++; p.depth > nestingLimit {
		p.codec.l.refuse("JSON.parse: the text is nested deeper than the limit of %d levels", nestingLimit)
	}
	p.at++
}

// element reads a value that belongs to an array or an object.
func (p *jsonParser) element() {
	v := p.value()
	p.values = append(p.values, v)
	if p.recording {
		p.records = append(p.records, p.last)
	}
}

func (p *jsonParser) array() goja.Value {
	p.enter()
	base, recordBase := len(p.values), len(p.records)
	if p.next() == ']' {
		p.at++
	} else {
		for more := true; more; {
			p.element()
			switch p.next() {
			case ',':
				p.at++
				p.space()
			case ']':
				p.at++
				more = false
			default:
				p.fail("Expected ',' or ']' after array element in JSON")
			}
		}
	}
	values := slices.Clone(p.values[base:])
	clear(p.values[base:])
	p.values = p.values[:base]
	v := p.codec.in.newArray(p.codec.vm, values)
	if p.recording {
		p.last = record{value: v, elements: slices.Clone(p.records[recordBase:])}
		p.records = p.records[:recordBase]
	}
	p.depth--
	return v
}

func (p *jsonParser) object() goja.Value {
	p.enter()
	base, nameBase, recordBase := len(p.values), len(p.names), len(p.records)
	c := p.next()
	if c == '}' {
		p.at++
	} else {
		if c != '"' {
			p.fail("Expected property name or '}' in JSON")
		}
		for more := true; more; {
			p.names = append(p.names, p.name())
			if p.next() != ':' {
				p.fail("Expected ':' after property name in JSON")
			}
			p.at++
			p.next()
			p.element()
			switch p.next() {
			case ',':
				p.at++
				if p.next() != '"' {
					p.fail("Expected double-quoted property name in JSON")
				}
			case '}':
				p.at++
				more = false
			default:
				p.fail("Expected ',' or '}' after property value in JSON")
			}
		}
	}
	v := p.codec.newObject(slices.Clone(p.names[nameBase:]), p.values[base:])
	if p.recording {
		entries := make(map[unistring.String]record)
		for i, name := range p.names[nameBase:] {
			entries[name] = p.records[recordBase+i]
		}
		p.last = record{value: v, entries: entries}
		p.records = p.records[:recordBase]
	}
	clear(p.values[base:])
	p.values, p.names = p.values[:base], p.names[:nameBase]
	p.depth--
	return v
}

// newObject returns an object with these properties, and keeps names. Of two with the same name the
// value of the last counts, in the place of the first.
func (c *codec) newObject(names []unistring.String, values []goja.Value) *goja.Object {
	o, properties := c.in.newObject(c.vm, len(names))
	indices := false
	for i, name := range names {
		properties[name] = values[i]
		indices = indices || name != "" && name[0]-'0' <= 9
	}
	if len(properties) < len(names) {
		seen := make(map[unistring.String]bool, len(properties))
		names = slices.DeleteFunc(names, func(name unistring.String) bool {
			twice := seen[name]
			seen[name] = true
			return twice
		})
	}
	count := 0
	if indices {
		slices.SortStableFunc(names, func(a, b unistring.String) int {
			i, isIndex := arrayIndex(a)
			j, isIndexToo := arrayIndex(b)
			switch {
			case isIndex && isIndexToo:
				return cmp.Compare(i, j)
			case isIndex:
				return -1
			case isIndexToo:
				return 1
			}
			return 0
		})
		for count < len(names) {
			if _, ok := arrayIndex(names[count]); !ok {
				break
			}
			count++
		}
	}
	c.in.fill(o, names, count)
	return o
}

// arrayIndex reports whether a name is an array index (ECMA-262 §6.1.7), and which.
func arrayIndex(name unistring.String) (uint32, bool) {
	if name == "" || name[0]-'0' > 9 || name[0] == '0' && len(name) > 1 || len(name) > 10 {
		return 0, false
	}
	n := uint64(0)
	for i := range len(name) {
		if name[i]-'0' > 9 {
			return 0, false
		}
		n = n*10 + uint64(name[i]-'0')
	}
	return uint32(n), n < 1<<32-1
}

// view returns the characters of b as a string, valid until b changes.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
