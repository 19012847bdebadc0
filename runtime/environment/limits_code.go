package environment

import (
	"math/big"

	"github.com/dop251/goja"

	"node.websocket/runtime/inspect"
)

// checkCode is for the classes of functions: each argument is code.
func checkCode(l *limiter, _ string, call goja.FunctionCall) {
	total := 0
	for _, v := range call.Arguments {
		if s, ok := v.(goja.String); ok {
			l.code(s)
			total += s.Length()
		}
	}
	if total > SourceLimit {
		l.code(call.Arguments[0].(goja.String))
	}
}

// code throws a SyntaxError if code is nested too deep.
func (l *limiter) code(s goja.String) {
	if s.Length() <= bracketLimit {
		return
	}
	if err := CheckNesting(s.String()); err != nil {
		panic(l.made(l.syntaxErrors, err.Error()))
	}
}

// installChecks defines what Rewrite calls.
func (l *limiter) installChecks() error {
	v, err := l.vm.RunProgram(powerFunction)
	if err != nil {
		return err
	}
	makePower, _ := goja.AssertFunction(v)
	power, err := makePower(goja.Undefined(), inspect.NativeFunction(l.vm, "power", 2, l.power))
	if err != nil {
		return err
	}
	for name, f := range map[string]goja.Value{
		evalCheck: inspect.NativeFunction(l.vm, "eval", 1, func(call goja.FunctionCall) goja.Value {
			if s, ok := call.Argument(0).(goja.String); ok {
				l.code(s)
			}
			return call.Argument(0)
		}),
		shiftCheck: inspect.NativeFunction(l.vm, "shift", 1, func(call goja.FunctionCall) goja.Value {
			if n, ok := bigInt(call.Argument(0)); ok && !(n.IsInt64() && n.Int64() <= bitLimit && n.Int64() >= -bitLimit) {
				l.refuse("a shift by %d bits or more is over the limit of %d", bitLimit+1, bitLimit)
			}
			return call.Argument(0)
		}),
		powerCheck:    power,
		regexpLiteral: l.vm.ToValue(l.newLiteral),
	} {
		if err := l.vm.GlobalObject().DefineDataProperty(name, f, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE); err != nil {
			return err
		}
	}
	return nil
}

// powerFunction is ** with a check. Numbers are not checked.
var powerFunction = goja.MustCompile("power.js", `(function(check){ return function(a, b){
	if (typeof a === 'bigint' && typeof b === 'bigint') check(a, b);
	return a ** b;
} })`, true)

// power throws if a BigInt to the power of another would be too large.
func (l *limiter) power(call goja.FunctionCall) goja.Value {
	a, ok := bigInt(call.Argument(0))
	n, ok2 := bigInt(call.Argument(1))
	if ok && ok2 && a.BitLen() > 1 && n.Sign() > 0 {
		exponent, _ := new(big.Float).SetInt(n).Float64()
		l.bits("**", float64(a.BitLen()-1)*exponent)
	}
	return goja.Undefined()
}

func bigInt(v goja.Value) (*big.Int, bool) {
	if !goja.IsBigInt(v) {
		return nil, false
	}
	n, ok := v.Export().(*big.Int)
	return n, ok
}
