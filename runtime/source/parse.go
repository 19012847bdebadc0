package source

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/parser"

	"node.websocket/runtime/environment"
)

// parse parses esbuild's output. Its positions are those of the source. at is the place of a mistake
// there, or has the line 0.
//
// goja takes the names of the class fields async, get, set, #get and #set, if they have a value, for
// modifiers, and stops at the =. Then parse writes the names in another way, until goja accepts them
// all. It does the same with the defaults that environment.MarkDefaults marks.
func parse(name string, code, sourceMap []byte) (tree *ast.Program, at file.Position, err error) {
	mapped := parser.WithSourceMapLoader(func(string) ([]byte, error) { return columnsFromOne(sourceMap), nil })
	const tail = "\n//# sourceMappingURL=source.map"
	for {
		if tree, err = parser.ParseFile(nil, name, string(code)+tail, 0, mapped); err == nil {
			return tree, at, nil
		}
		mistakes, ok := errors.AsType[parser.ErrorList](err)
		if !ok || len(mistakes) == 0 {
			return nil, at, err
		}
		offset := offsetOf(code, mistakes[0].Position)
		if before := len(bytes.TrimRight(code[:offset], " \n")) - 1; before >= 0 && code[before] == '=' {
			offset = before // the mistake was noted at the next token
		}
		if quoted := quoteField(code, offset); quoted != nil {
			code = quoted
			continue
		}
		if marks := environment.MarkDefaults(string(code), refusedElements(code, mistakes)); len(marks) > 0 {
			code, sourceMap = insert(code, sourceMap, marks)
			continue
		}
		// goja does not map the positions of these errors. So it maps that of a blank text's end.
		blank := bytes.Map(func(c rune) rune {
			if c == '\n' {
				return c
			}
			return ' '
		}, code[:offset])
		if ends, err := parser.ParseFile(nil, name, string(blank)+tail, 0, mapped); err == nil {
			at = ends.File.Position(len(blank))
		}
		return nil, at, errors.New(mistakes[0].Message)
	}
}

// refusedElements returns the offsets of the elements that environment.MarkDefaults is for. It leaves out
// what follows another mistake, because goja skips a part of the code after that.
func refusedElements(code []byte, mistakes parser.ErrorList) (offsets []int) {
	for _, m := range mistakes {
		if m.Message != "Invalid destructuring binding target" {
			break
		}
		offsets = append(offsets, offsetOf(code, m.Position))
	}
	return offsets
}

// insert returns the code with the insertions, which are in order, and its source map.
func insert(code, sourceMap []byte, insertions []environment.Insertion) (_, movedMap []byte) {
	for _, i := range slices.Backward(insertions) {
		before := code[:i.Offset]
		line := bytes.LastIndexByte(before, '\n') + 1
		column := 0 // in UTF-16, as in source maps
		for _, c := range string(before[line:]) {
			column += utf16.RuneLen(c)
		}
		sourceMap = moveColumns(sourceMap, bytes.Count(before, []byte("\n")), column, len(i.Text))
		code = slices.Concat(before, []byte(i.Text), code[i.Offset:])
	}
	return code, sourceMap
}

// offsetOf returns the offset of a position that is not mapped.
func offsetOf(code []byte, at file.Position) int {
	offset := 0
	for range at.Line - 1 {
		n := bytes.IndexByte(code[offset:], '\n')
		if n < 0 {
			return len(code)
		}
		offset += n + 1
	}
	return min(max(offset+at.Column-1, 0), len(code))
}

// quoteField returns the code with quotes around the name of a class field, or with an escape in that
// of a private one, if it is such a name that goja stops after, at offset; otherwise nil. esbuild
// indents fields by two spaces at least and writes one before and after the =, so that no other
// character has to move, or those of the same line by one.
func quoteField(code []byte, offset int) []byte {
	if offset >= len(code) || code[offset] != '=' {
		return nil
	}
	if escaped := escapeField(code, offset); escaped != nil {
		return escaped
	}
	line := string(code[bytes.LastIndexByte(code[:offset], '\n')+1 : offset])
	for _, field := range []string{"async", "get", "set"} {
		for _, static := range []string{"", "static "} {
			if indent, ok := strings.CutSuffix(line, "  "+static+field+" "); ok && strings.Trim(indent, " ") == "" {
				quoted := indent + " " + strings.TrimSpace(static) + `"` + field + `" `
				if static == "" {
					quoted = indent + `"` + field + `" `
				}
				return append(append(append([]byte(nil), code[:offset-len(line)]...), quoted...), code[offset:]...)
			}
		}
	}
	return nil
}

// escapeField is quoteField for the private fields #get and #set.
func escapeField(code []byte, offset int) []byte {
	for _, field := range []string{"#get ", "#set "} {
		before, ok := bytes.CutSuffix(code[:offset], []byte(field))
		if !ok {
			continue
		}
		escaped := strings.Replace(strings.TrimSpace(field), "e", `\u0065`, 1) + "="
		after := code[offset+1:]
		for more := len(escaped) - len(field) - 1; more > 0; more-- {
			if trimmed, ok := bytes.CutSuffix(before, []byte(" ")); ok {
				before = trimmed
			} else {
				after = bytes.TrimPrefix(after, []byte(" "))
			}
		}
		return slices.Concat(before, []byte(escaped), after)
	}
	return nil
}
