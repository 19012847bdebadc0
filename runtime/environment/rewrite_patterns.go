package environment

import (
	"slices"
	"strings"

	"github.com/dop251/goja/ast"
)

// goja's parser reads [a = 1] = [] as an assignment before it knows that it is part of a binding, as in
// var {x: [a = 1] = []} = {} and (x, [a = 1] = []) => a. When it then converts the assignment, it
// refuses elements with a default. It accepts [{0x0:a = 1}] = [], so MarkDefaults makes that of the
// code, and Rewrite turns the element back into a = 1. The code is esbuild's, which writes 0 for 0x0.
const (
	markBefore = "{" + markKey + ":"
	markAfter  = "}"
	markKey    = "0x0"
)

// An Insertion is a text to insert into code.
type Insertion struct {
	Offset int // in bytes
	Text   string
}

// MarkDefaults returns the insertions, in the order of the code, after which goja's parser accepts the
// elements of array patterns at these offsets, which it refused with "Invalid destructuring binding
// target". It may then refuse elements in them, which are to be marked in turn. It returns nil if one
// of them is marked already, so that marking ends.
func MarkDefaults(code string, elements []int) []Insertion {
	var insertions []Insertion
	for _, at := range elements {
		if strings.HasSuffix(code[:at], markBefore) {
			return nil
		}
		insertions = append(insertions, Insertion{at, markBefore}, Insertion{elementEnd(code, at), markAfter})
	}
	slices.SortStableFunc(insertions, func(a, b Insertion) int { return a.Offset - b.Offset })
	return insertions
}

// elementEnd returns the offset of the comma or bracket after the element of an array that begins at
// from.
func elementEnd(code string, from int) int {
	s := nestingScanner{source: code, at: from, levels: []level{{}}}
	for s.at < len(code) && s.err == nil && (len(s.levels) > 1 || code[s.at] != ',' && code[s.at] != ']') {
		s.token()
	}
	return min(s.at, len(code))
}

// markedDefault returns the element in a pattern that is a mark of MarkDefaults, and nil for others.
func markedDefault(n *ast.ObjectPattern) ast.Expression {
	if len(n.Properties) == 1 {
		if p, ok := n.Properties[0].(*ast.PropertyKeyed); ok {
			if key, ok := p.Key.(*ast.NumberLiteral); ok && key.Literal == markKey {
				return p.Value
			}
		}
	}
	return nil
}
