package environment

import (
	"math/big"
	"reflect"
	"sync"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"
)

// The limits of operators, and of a direct eval, are functions that [Rewrite] puts into programs. No
// script can write these names.
const (
	evalCheck  = "(text of eval)"
	shiftCheck = "(shift count)"
	powerCheck = "(power)"
)

// Rewrite changes a parsed program where goja lacks something or has no place for a limit.
//
//   - Literals of regular expressions are made by the package regexp. mistake is what is wrong with the
//     first that is none, and at its place; mistake is "" if all are well.
//   - eval(text) measures how deep the text is nested.
//   - arguments in an arrow, super in a field of a class and in an async generator, and the helpers of
//     esbuild for async generators: see rewrite_functions.go.
//   - the marks of [MarkDefaults] are removed.
//   - a << b, a >> b and a ** b limit what a BigInt makes of them, unless one of a and b is a number.
//
// Code that a script makes of text, by eval or new Function, is not rewritten.
func Rewrite(program *ast.Program) (mistake string, at file.Idx) {
	r := rewriter{
		seen:        map[any]bool{},
		asyncBodies: map[*ast.FunctionLiteral]bool{}, superBodies: map[*ast.FunctionLiteral]bool{}, helpers: map[unistring.String]unistring.String{},
		classNames: map[ast.Expression]unistring.String{},
	}
	r.visit(reflect.ValueOf(program.Body))
	return r.mistake, r.at
}

// A rewriter visits the nodes of a program.
type rewriter struct {
	seen map[any]bool // a declaration belongs to its block and to its function

	scope                    functionScope
	helpers                  map[unistring.String]unistring.String // of esbuild, by name, and what takes their place
	asyncBodies, superBodies map[*ast.FunctionLiteral]bool         // of async generators; those that use super
	classNames               map[ast.Expression]unistring.String   // of classes that have none of their own
	callsOfEval              int                                   // so far

	mistake string
	at      file.Idx
}

func (r *rewriter) visit(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface:
		r.visit(v.Elem())
		if v.IsNil() || !v.CanSet() {
			return
		}
		if e := r.replacement(v.Elem().Interface()); e != nil {
			v.Set(reflect.ValueOf(e))
		}
	case reflect.Slice:
		for i := range v.Len() {
			r.visit(v.Index(i))
		}
	case reflect.Struct:
		for _, i := range nodeFields(v.Type()) {
			r.visit(v.Field(i))
		}
	case reflect.Pointer:
		if v.IsNil() || r.seen[v.Interface()] {
			return
		}
		r.seen[v.Interface()] = true
		if r.enter(v.Interface()) {
			r.visit(v.Elem())
			r.rewrite(v.Interface())
		}
	}
}

// fields holds the answers of nodeFields, []int by reflect.Type.
var fields sync.Map

// nodeFields returns the fields of a struct in which there may be nodes.
func nodeFields(t reflect.Type) (indexes []int) {
	if known, ok := fields.Load(t); ok {
		return known.([]int)
	}
	for i := range t.NumField() {
		switch f := t.Field(i); f.Type.Kind() {
		case reflect.Interface, reflect.Slice, reflect.Struct, reflect.Pointer:
			if f.IsExported() {
				indexes = append(indexes, i)
			}
		}
	}
	fields.Store(t, indexes)
	return indexes
}

// enter prepares a node before those in it are visited. It returns false if they are not to be, or
// have been.
func (r *rewriter) enter(node any) bool {
	switch n := node.(type) {
	case *file.File, *ast.StringLiteral, *ast.NumberLiteral:
		return false
	case *ast.Identifier:
		r.scope.arguments = r.scope.arguments || r.scope.arrows > 0 && n.Name == "arguments"
		return false
	case *ast.SuperExpression:
		if r.scope.arrows == 0 || r.scope.asyncBody {
			r.scope.supers++
		}
		return false
	case *ast.FunctionLiteral:
		r.inFunction(n)
		return false
	case *ast.ArrowFunctionLiteral:
		r.inArrow(n)
		return false
	case *ast.ClassStaticBlock:
		outer := r.scope
		r.scope = functionScope{}
		r.visit(reflect.ValueOf(n.Block))
		r.scope = outer
		return false
	case *ast.FieldDefinition:
		r.inField(n)
		return false
	case *ast.ClassLiteral:
		r.inClass(n)
		return false
	case *ast.Binding:
		if name, ok := n.Target.(*ast.Identifier); ok {
			r.named(n.Initializer, name.Name)
			r.inHelper(name, n)
		}
	case *ast.PropertyKeyed:
		if name, ok := n.Key.(*ast.StringLiteral); ok && !n.Computed {
			r.named(n.Value, name.Value)
		}
	case *ast.AssignExpression:
		if name, ok := n.Left.(*ast.Identifier); ok {
			r.named(n.Right, name.Name)
		}
	case *ast.CallExpression:
		r.inCall(n)
	case *ast.ReturnStatement:
		r.inReturn(n)
	case *ast.YieldExpression:
		r.inYield(n)
	}
	return true
}

// rewrite changes a node after those in it have been visited.
func (r *rewriter) rewrite(node any) {
	switch n := node.(type) {
	case *ast.CallExpression:
		if name, ok := n.Callee.(*ast.Identifier); ok && name.Name == "eval" && len(n.ArgumentList) > 0 {
			r.callsOfEval++
			if _, isSpread := n.ArgumentList[0].(*ast.SpreadElement); !isSpread {
				n.ArgumentList[0] = callOf(evalCheck, n.ArgumentList[0])
			}
		}
		r.afterCall(n)
	case *ast.BinaryExpression:
		if (n.Operator == token.SHIFT_LEFT || n.Operator == token.SHIFT_RIGHT) && !isNumber(n.Left) && !isNumber(n.Right) {
			n.Right = limitedShift(n.Right)
		}
	case *ast.AssignExpression:
		if (n.Operator == token.SHIFT_LEFT || n.Operator == token.SHIFT_RIGHT) && !isNumber(n.Right) {
			n.Right = limitedShift(n.Right)
		}
		if name, ok := n.Left.(*ast.Identifier); ok && n.Operator == token.EXPONENT && !isNumber(n.Right) {
			n.Operator, n.Right = token.ASSIGN, callOf(powerCheck, name, n.Right)
		}
	}
}

// replacement returns what takes the place of a node, or nil.
func (r *rewriter) replacement(node any) ast.Expression {
	switch n := node.(type) {
	case *ast.RegExpLiteral:
		if err := checkLiteral(n.Pattern, n.Flags); err != nil && r.mistake == "" {
			r.mistake, r.at = err.Error(), n.Idx
		}
		return callOf(regexpLiteral, stringLiteral(n.Idx, n.Pattern), stringLiteral(n.Idx, n.Flags))
	case *ast.BinaryExpression:
		if n.Operator == token.EXPONENT && !isNumber(n.Left) && !isNumber(n.Right) {
			return callOf(powerCheck, n.Left, n.Right)
		}
	case *ast.ClassLiteral:
		if n.Name != nil && n.Name.Name == anonymousClass {
			return r.renamedClass(n)
		}
	case *ast.ObjectPattern:
		return markedDefault(n)
	case *ast.SuperExpression:
		if r.scope.asyncBody {
			return &ast.Identifier{Name: superName, Idx: n.Idx}
		}
	}
	return nil
}

// isNumber reports whether an expression is a number if it has a value at all: operators throw for a
// number and a BigInt.
func isNumber(e ast.Expression) bool {
	switch e := e.(type) {
	case *ast.NumberLiteral:
		_, isBigInt := e.Value.(*big.Int)
		return !isBigInt
	case *ast.UnaryExpression:
		switch e.Operator {
		case token.PLUS:
			return true
		case token.MINUS, token.BITWISE_NOT:
			return isNumber(e.Operand)
		}
	case *ast.BinaryExpression:
		switch e.Operator {
		case token.UNSIGNED_SHIFT_RIGHT:
			return true
		case token.MINUS, token.MULTIPLY, token.SLASH, token.REMAINDER, token.EXPONENT, token.AND, token.OR, token.EXCLUSIVE_OR,
			token.SHIFT_LEFT, token.SHIFT_RIGHT:
			return isNumber(e.Left) || isNumber(e.Right)
		}
	}
	return false
}

// limitedShift returns a shift count that throws if it is a BigInt over the limit.
func limitedShift(e ast.Expression) ast.Expression {
	name, ok := e.(*ast.Identifier)
	if !ok {
		return callOf(shiftCheck, e)
	}
	// Hashes and decoders shift much, and by numbers: a call would take several times as long.
	return &ast.ConditionalExpression{
		Test: &ast.BinaryExpression{
			Operator:   token.STRICT_EQUAL,
			Left:       &ast.UnaryExpression{Operator: token.TYPEOF, Idx: name.Idx, Operand: copyOf(name)},
			Right:      &ast.StringLiteral{Idx: name.Idx, Literal: `"bigint"`, Value: "bigint"},
			Comparison: true,
		},
		Consequent: callOf(shiftCheck, copyOf(name)),
		Alternate:  name,
	}
}

func stringLiteral(at file.Idx, text string) *ast.StringLiteral {
	return &ast.StringLiteral{Idx: at, Literal: text, Value: unistring.NewFromString(text)}
}

func copyOf(name *ast.Identifier) *ast.Identifier {
	return &ast.Identifier{Name: name.Name, Idx: name.Idx}
}

// callOf returns a call of one of the limits, at the place of the first argument.
func callOf(name unistring.String, args ...ast.Expression) *ast.CallExpression {
	at := args[0].Idx0()
	return &ast.CallExpression{
		Callee:          &ast.Identifier{Name: name, Idx: at},
		LeftParenthesis: at, ArgumentList: args, RightParenthesis: args[len(args)-1].Idx1(),
	}
}
