package environment

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"
)

// contextLength is the number of characters that a message shows on each side of the wrong one.
const contextLength = 10

// fail throws a SyntaxError for the place that the parser has come to.
func (p *jsonParser) fail(message string) {
	position := countUnits(p.text[:p.at])
	before := strings.NewReplacer("\r\n", "\r\n", "\r", "\n").Replace(p.text[:p.at])
	line := strings.Count(before, "\n") + 1
	column := countUnits(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	p.throw(p.codec.vm.ToValue(fmt.Sprintf("%s at position %d (line %d column %d)", message, position, line, column)))
}

// unexpected throws a SyntaxError for a token that cannot be where the parser is.
func (p *jsonParser) unexpected() {
	special := false
	switch p.text {
	case "undefined", "NaN", "Infinity", "[object Object]":
		special = true
	}
	switch vm := p.codec.vm; {
	case special:
		p.throw(vm.ToValue(`"` + p.text + `" is not valid JSON`))
	case p.at >= len(p.text):
		p.throw(vm.ToValue("Unexpected end of JSON input"))
	case p.text[p.at] == '"':
		p.fail("Unexpected string in JSON")
	case p.text[p.at] == '-' || p.text[p.at]-'0' <= 9:
		p.fail("Unexpected number in JSON")
	}
	source, at := p.source, countUnits(p.text[:p.at])
	from, to, before, after := 0, source.Length(), `"`, `"`
	if to > 2*contextLength {
		if at >= contextLength {
			from, before = at-contextLength, `..."`
		}
		if at < contextLength || at < to-contextLength {
			to, after = at+contextLength, `"...`
		}
	}
	var message goja.StringBuilder
	message.WriteUTF8String("Unexpected token '")
	message.WriteString(source.Substring(at, at+1))
	message.WriteUTF8String("', " + before)
	message.WriteString(source.Substring(from, to))
	message.WriteUTF8String(after + " is not valid JSON")
	p.throw(message.String())
}

func (p *jsonParser) throw(message goja.Value) {
	p.end()
	panic(p.codec.l.made(p.codec.l.syntaxErrors, message))
}

// countUnits returns the length of text in UTF-16.
func countUnits(text string) (n int) {
	for i := range len(text) {
		switch b := text[i]; {
		case b >= 0xf0: // the first byte of four, which are two units
			n += 2
		case b < utf8.RuneSelf || b >= 0xc0:
			n++
		}
	}
	return n
}
