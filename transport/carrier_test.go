package transport

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"testing"
)

// TestCarriersUseMethods checks that the carriers use no field of a Session, whose lock is its own.
func TestCarriersUseMethods(t *testing.T) {
	t.Parallel()
	fields := make(map[string]bool)
	for f := range reflect.TypeFor[Session]().Fields() {
		fields[f.Name] = true
	}
	methods := 0
	for _, name := range []string{"wire.go", "reader.go", "writer.go", "heartbeat.go", "begin.go", "eventwire.go", "eventread.go", "eventend.go", "held.go", "round.go", "relay.go", "relay_open.go", "receiver.go", "relays.go", "relay_send.go"} {
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		var locals map[string]bool
		ast.Inspect(file, func(n ast.Node) bool {
			if f, ok := n.(*ast.FuncDecl); ok {
				locals = localSessions(f)
			}
			outer, ok := n.(*ast.SelectorExpr)
			if !ok || !isSession(outer.X, locals) {
				return true
			}
			methods++
			if fields[outer.Sel.Name] {
				t.Errorf("%s: the Session's field %s", files.Position(outer.Pos()), outer.Sel.Name)
			}
			return true
		})
	}
	if methods < 20 {
		t.Errorf("only %d uses of a Session were found", methods)
	}
}

// isSession reports whether x is the session of a carrier, or a local variable that stands for it.
func isSession(x ast.Expr, locals map[string]bool) bool {
	switch x := x.(type) {
	case *ast.SelectorExpr:
		return x.Sel.Name == "session"
	case *ast.Ident:
		return locals[x.Name]
	}
	return false
}

// localSessions returns the local variables of a function that stand for the session of its carrier,
// as s := &w.session makes one.
func localSessions(f *ast.FuncDecl) map[string]bool {
	locals := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		assign, ok := n.(*ast.AssignStmt)
		if !ok || len(assign.Lhs) != 1 || len(assign.Rhs) != 1 {
			return true
		}
		name, isName := assign.Lhs[0].(*ast.Ident)
		address, isAddress := assign.Rhs[0].(*ast.UnaryExpr)
		if isName && isAddress && isSession(address.X, nil) {
			locals[name.Name] = true
		}
		return true
	})
	return locals
}
