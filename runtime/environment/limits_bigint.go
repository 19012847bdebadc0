package environment

import (
	"strings"

	"github.com/dop251/goja"
)

const (
	// bitLimit bounds the bits of a BigInt that one call or operator makes. Multiplying two of these
	// takes 40 ms, and String of one half a second.
	bitLimit = 1 << 23

	// digitLimit bounds a decimal text that becomes a BigInt. Reading takes the square of its length:
	// 0.1 s for this.
	digitLimit = 1 << 18
)

// checkBigInt is for built-ins that turn an argument into a BigInt.
func checkBigInt(at int) func(*limiter, string, goja.FunctionCall) {
	return func(l *limiter, name string, call goja.FunctionCall) { l.digits(name, call.Argument(at)) }
}

// digits throws if a string has too many digits.
func (l *limiter) digits(name string, v goja.Value) {
	s, ok := v.(goja.String)
	if !ok || s.Length() <= digitLimit {
		return
	}
	limit, text := digitLimit, strings.TrimSpace(s.String())
	if len(text) > 1 && text[0] == '0' {
		switch text[1] | 0x20 {
		case 'x':
			limit = bitLimit / 4
		case 'o':
			limit = bitLimit / 3
		case 'b':
			limit = bitLimit
		}
	}
	if len(text) > limit {
		l.refuse("%s: a text of %d digits is over the limit of %d", name, len(text), limit)
	}
}

func checkBigIntWidth(l *limiter, name string, call goja.FunctionCall) {
	l.bits(name, number(call.Argument(0)))
	l.digits(name, call.Argument(1))
}

// bits throws if a BigInt of n bits is too large.
func (l *limiter) bits(name string, n float64) {
	if n > bitLimit {
		l.refuse("%s: a BigInt of %.0f bits is over the limit of %d", name, n, bitLimit)
	}
}
