package environment

import (
	"reflect"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"
)

// Functions of [lazyGlobals] that Rewrite puts into programs. No script can write these names.
const (
	asyncGenerator = "(asyncGenerator)"
	awaitClass     = "(await)"
	yieldStar      = "(yieldStar)"
	forAwait       = "(forAwait)"
	superOf        = "(superOf)"
	classOf        = "(classOf)"
	superName      = "(super)" // a parameter that Rewrite makes
	anonymousClass = "(class)" // the name that Rewrite gives a class
	unusedName     = "(unused)"
)

// A functionScope is the rewriter's knowledge of the innermost function that is not an arrow.
type functionScope struct {
	arrows    int  // that the node being visited is in
	arguments bool // an arrow names arguments
	supers    int  // uses of super outside of arrows, or anywhere in a body of an async generator
	asyncBody bool // the function is what esbuild made of the body of an async generator
}

// inFunction visits a function that is not an arrow.
//
// goja compiles arguments, where only an arrow in the function names it, to another value of the
// stack. If the function itself names it before, all is well: so it does.
func (r *rewriter) inFunction(n *ast.FunctionLiteral) {
	outer, evals := r.scope, r.callsOfEval
	r.scope = functionScope{asyncBody: r.asyncBodies[n]}
	for _, p := range n.ParameterList.List {
		before := r.scope.arguments
		r.visit(reflect.ValueOf(p))
		if r.scope.arguments && !before {
			init := p.Initializer
			if init == nil {
				init = &ast.UnaryExpression{Operator: token.VOID, Idx: p.Idx0(), Operand: &ast.NumberLiteral{Idx: p.Idx0(), Literal: "0", Value: int64(0)}}
			}
			p.Initializer = &ast.SequenceExpression{Sequence: []ast.Expression{&ast.Identifier{Name: "arguments", Idx: p.Idx0()}, init}}
		}
	}
	r.visit(reflect.ValueOf(&n.ParameterList.Rest).Elem())
	r.visit(reflect.ValueOf(n.Body))
	r.visit(reflect.ValueOf(n.DeclarationList))
	if r.scope.arguments {
		prepend(n.Body, &ast.Identifier{Name: "arguments", Idx: n.Body.Idx0()})
	}
	if r.callsOfEval > evals && !isSimple(n.ParameterList) {
		prepend(n.Body, emptyEval(n.Body.Idx0()))
		n.DeclarationList = declare(n.DeclarationList, n.Body.Idx0())
	}
	if r.scope.asyncBody && r.scope.supers > 0 {
		r.superBodies[n] = true
	}
	r.scope = outer
}

// inArrow visits an arrow function.
func (r *rewriter) inArrow(n *ast.ArrowFunctionLiteral) {
	evals := r.callsOfEval
	r.scope.arrows++
	r.visit(reflect.ValueOf(n).Elem())
	r.scope.arrows--
	if r.callsOfEval == evals || isSimple(n.ParameterList) {
		return
	}
	body, ok := n.Body.(*ast.BlockStatement)
	if e, isExpression := n.Body.(*ast.ExpressionBody); isExpression {
		at := e.Expression.Idx0()
		body = &ast.BlockStatement{LeftBrace: at, List: []ast.Statement{&ast.ReturnStatement{Return: at, Argument: e.Expression}}, RightBrace: e.Expression.Idx1()}
		n.Body, ok = body, true
	}
	if ok {
		prepend(body, emptyEval(body.Idx0()))
		n.DeclarationList = declare(n.DeclarationList, body.Idx0())
	}
}

// isSimple reports whether parameters are names alone. goja loses count of the variables of a function
// whose are not, if a function in it calls eval and it does not itself: so it calls eval(), and see declare.
func isSimple(p *ast.ParameterList) bool {
	for _, b := range p.List {
		if _, isName := b.Target.(*ast.Identifier); !isName || b.Initializer != nil {
			return false
		}
	}
	return p.Rest == nil
}

func emptyEval(at file.Idx) ast.Expression {
	return &ast.CallExpression{Callee: &ast.Identifier{Name: "eval", Idx: at}, LeftParenthesis: at, RightParenthesis: at}
}

// declare adds a variable that nothing uses to those of a function. If there is none, goja loses count
// of the variables on the stack in strict code.
func declare(list []*ast.VariableDeclaration, at file.Idx) []*ast.VariableDeclaration {
	unused := []*ast.Binding{{Target: &ast.Identifier{Name: unusedName, Idx: at}}}
	return append(list, &ast.VariableDeclaration{Var: at, List: unused})
}

// prepend puts an expression before the statements of a function, and after its directives.
func prepend(body *ast.BlockStatement, e ast.Expression) {
	at := 0
	for at < len(body.List) && isDirective(body.List[at]) {
		at++
	}
	body.List = append(body.List[:at:at], append([]ast.Statement{&ast.ExpressionStatement{Expression: e}}, body.List[at:]...)...)
}

func isDirective(s ast.Statement) bool {
	e, ok := s.(*ast.ExpressionStatement)
	if ok {
		_, ok = e.Expression.(*ast.StringLiteral)
	}
	return ok
}

// inField visits a field of a class. goja refuses super in its initializer, but not in an arrow there.
func (r *rewriter) inField(n *ast.FieldDefinition) {
	r.visit(reflect.ValueOf(&n.Key).Elem())
	outer := r.scope
	r.scope = functionScope{}
	r.visit(reflect.ValueOf(&n.Initializer).Elem())
	if r.scope.supers > 0 {
		n.Initializer = callOfArrow(n.Initializer)
	}
	r.scope = outer
}

// callOfArrow returns (() => e)().
func callOfArrow(e ast.Expression) ast.Expression {
	at := e.Idx0()
	return &ast.CallExpression{LeftParenthesis: at, RightParenthesis: e.Idx1(), Callee: arrow(at, nil, e)}
}

// arrow returns an arrow function of an expression.
func arrow(at file.Idx, parameters []*ast.Binding, e ast.Expression) *ast.ArrowFunctionLiteral {
	return &ast.ArrowFunctionLiteral{Start: at, ParameterList: &ast.ParameterList{Opening: at, Closing: at, List: parameters}, Body: &ast.ExpressionBody{Expression: e}}
}

// inHelper replaces the functions that esbuild puts at the head of programs with async generators or
// for await by those of js/rewritten.js: its own leave out what follows the first await in a
// finally block, await what is returned too late, and make plain objects.
func (r *rewriter) inHelper(name *ast.Identifier, n *ast.Binding) {
	if !strings.HasPrefix(name.Name.String(), "__") {
		return
	}
	for _, h := range []struct {
		name       string
		parameters string
		by         unistring.String
	}{
		{"__asyncGenerator", "__this __arguments generator", asyncGenerator}, {"__await", "promise isYieldStar", awaitClass},
		{"__yieldStar", "value", yieldStar}, {"__forAwait", "obj it method", forAwait},
	} {
		if strings.HasPrefix(name.Name.String(), h.name) && parametersOf(n.Initializer) == h.parameters {
			n.Initializer = &ast.Identifier{Name: h.by, Idx: n.Initializer.Idx0()}
			r.helpers[name.Name] = h.by
		}
	}
}

// parametersOf returns the names of the parameters of a function, with spaces between them.
func parametersOf(e ast.Expression) string {
	var list *ast.ParameterList
	switch e := e.(type) {
	case *ast.ArrowFunctionLiteral:
		list = e.ParameterList
	case *ast.FunctionLiteral:
		list = e.ParameterList
	default:
		return ""
	}
	var names []string
	for _, p := range list.List {
		if name, ok := p.Target.(*ast.Identifier); ok {
			names = append(names, name.Name.String())
		}
	}
	return strings.Join(names, " ")
}

// bodyOf returns the generator that esbuild made of the body of an async generator, if n is the call
// that it stands in.
func (r *rewriter) bodyOf(n *ast.CallExpression) *ast.FunctionLiteral {
	if name, ok := n.Callee.(*ast.Identifier); ok && len(n.ArgumentList) == 3 && r.helpers[name.Name] == asyncGenerator {
		body, _ := n.ArgumentList[2].(*ast.FunctionLiteral)
		return body
	}
	return nil
}

// inCall prepares a call: super.f(x), in a body of an async generator, has the this of that.
func (r *rewriter) inCall(n *ast.CallExpression) {
	if body := r.bodyOf(n); body != nil {
		r.asyncBodies[body] = true
	}
	if !r.scope.asyncBody {
		return
	}
	callee := n.Callee
	if o, ok := callee.(*ast.Optional); ok {
		callee = o.Expression
	}
	var left ast.Expression
	switch e := callee.(type) {
	case *ast.DotExpression:
		left = e.Left
	case *ast.BracketExpression:
		left = e.Left
	}
	if _, ok := left.(*ast.SuperExpression); ok {
		at := n.Callee.Idx0()
		n.Callee = &ast.DotExpression{Left: n.Callee, Identifier: ast.Identifier{Name: "call", Idx: at}}
		n.ArgumentList = append([]ast.Expression{&ast.ThisExpression{Idx: at}}, n.ArgumentList...)
	}
}

// afterCall gives a body of an async generator, which is a function of its own now, the super of the
// method that it was: a call of an arrow, whose parameter (super) is an object that reads and writes
// what super does.
func (r *rewriter) afterCall(n *ast.CallExpression) {
	body := r.bodyOf(n)
	if body == nil || !r.superBodies[body] {
		return
	}
	at := n.Idx0()
	id := func(name unistring.String) *ast.Identifier { return &ast.Identifier{Name: name, Idx: at} }
	parameter := func(name unistring.String) *ast.Binding { return &ast.Binding{Target: id(name)} }
	member := func() ast.Expression {
		return &ast.BracketExpression{Left: &ast.SuperExpression{Idx: at}, Member: id("key"), LeftBracket: at, RightBracket: at}
	}
	get := arrow(at, []*ast.Binding{parameter("key")}, member())
	set := arrow(at, []*ast.Binding{parameter("key"), parameter("value")},
		&ast.AssignExpression{Operator: token.ASSIGN, Left: member(), Right: id("value")})
	n.ArgumentList[2] = &ast.CallExpression{
		Callee:          arrow(at, []*ast.Binding{parameter(superName)}, body),
		LeftParenthesis: at, RightParenthesis: at,
		ArgumentList: []ast.Expression{&ast.CallExpression{Callee: id(superOf), LeftParenthesis: at, RightParenthesis: at, ArgumentList: []ast.Expression{get, set}}},
	}
}

// inReturn awaits what an async generator returns, as the language has it, while the body still runs.
func (r *rewriter) inReturn(n *ast.ReturnStatement) {
	if r.scope.asyncBody && r.scope.arrows == 0 && n.Argument != nil {
		at := n.Argument.Idx0()
		n.Argument = &ast.YieldExpression{Yield: at, Argument: &ast.NewExpression{New: at, Callee: &ast.Identifier{Name: awaitClass, Idx: at},
			LeftParenthesis: at, ArgumentList: []ast.Expression{n.Argument}, RightParenthesis: n.Argument.Idx1()}}
	}
}

// inYield takes esbuild's helper off a yield* that does not need it: esbuild puts it into the ordinary
// generators of async functions too, where nothing awaits.
func (r *rewriter) inYield(n *ast.YieldExpression) {
	if call, ok := n.Argument.(*ast.CallExpression); ok && n.Delegate && !r.scope.asyncBody {
		if name, ok := call.Callee.(*ast.Identifier); ok && r.helpers[name.Name] == yieldStar && len(call.ArgumentList) == 1 {
			n.Argument = call.ArgumentList[0]
		}
	}
}

// named notes the name that a class without one gets from where it stands.
func (r *rewriter) named(e ast.Expression, name unistring.String) {
	if c, ok := e.(*ast.ClassLiteral); ok && c.Name == nil {
		r.classNames[c] = name
	}
}

// inClass visits a class. goja mistakes where the variables of the functions around it are if it has
// no name and a call of eval is in it. So it gets one.
func (r *rewriter) inClass(n *ast.ClassLiteral) {
	before := r.callsOfEval
	r.visit(reflect.ValueOf(n).Elem())
	if n.Name == nil && r.callsOfEval > before {
		n.Name = &ast.Identifier{Name: anonymousClass, Idx: n.Class}
	}
}

// renamedClass takes the name off a class that inClass gave one.
func (r *rewriter) renamedClass(n *ast.ClassLiteral) ast.Expression {
	name := r.classNames[n]
	return callOf(classOf, n, &ast.StringLiteral{Idx: n.Class, Literal: name.String(), Value: name})
}
