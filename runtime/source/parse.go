package source

import (
	"bytes"
	"errors"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/parser"
)

// parse parses esbuild's output. Its positions are those of the source. at is the place of a mistake
// there, or has the line 0.
//
// goja takes the names of the class fields async, get and set, if they have a value, for modifiers,
// and stops at the =. Then parse puts the names into quotes, until goja accepts them all.
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
		return nil, at, errors.New(message(code[:offset], mistakes[0].Message))
	}
}

// message returns what to say of a mistake after some code.
func message(before []byte, mistake string) string {
	for _, field := range []string{"#async", "#get", "#set"} {
		if bytes.HasSuffix(before, []byte("  "+field+" ")) && strings.HasSuffix(mistake, "=") {
			return "a private field cannot have the name " + field + " here; give it another one"
		}
	}
	return mistake
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

// quoteField returns the code with quotes around the name of a class field, if it is such a name that
// goja stops after, at offset; otherwise nil. esbuild indents fields by two spaces at least, so that
// no other character has to move.
func quoteField(code []byte, offset int) []byte {
	if offset >= len(code) || code[offset] != '=' {
		return nil
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
