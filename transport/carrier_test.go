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
	for _, name := range []string{"wire.go", "reader.go", "writer.go", "heartbeat.go", "relay.go", "relay_open.go", "receiver.go", "relays.go", "relay_send.go"} {
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			outer, ok := n.(*ast.SelectorExpr)
			if !ok || !isSession(outer.X) {
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

// isSession reports whether x is the session of a carrier, or a local variable s that stands for
// it.
func isSession(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.SelectorExpr:
		return x.Sel.Name == "session"
	case *ast.Ident:
		return x.Name == "s" && x.Obj != nil && x.Obj.Kind == ast.Var && isLocal(x.Obj)
	}
	return false
}

// isLocal reports whether a name was assigned, and so is no receiver or parameter, such as a Server
// called s.
func isLocal(o *ast.Object) bool {
	_, ok := o.Decl.(*ast.AssignStmt)
	return ok
}
