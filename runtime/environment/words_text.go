package environment

import (
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"
)

const (
	// wordLimit is the length in bytes up to which a message quotes an expression.
	wordLimit = 80
	// lookLimit is the number of bytes of a program that are looked at for one expression.
	lookLimit = 2_000
)

// callee returns the expression that was called at the spot, which is an opening parenthesis or a template. It
// returns "" for one that has no short name.
func (s spot) callee() string {
	if s.text[s.offset] != '(' && s.text[s.offset] != '`' {
		return ""
	}
	before := s.text[max(0, s.offset-lookLimit):s.offset]
	end := len(strings.TrimSuffix(strings.TrimRight(before, spaces), "?."))
	start := chainBefore(before, end)
	if start < 0 || start == 0 && len(before) == lookLimit {
		return ""
	}
	return shown(before[start:end])
}

// constructed returns the expression after the new at the spot, or "".
func (s spot) constructed() string {
	rest, ok := strings.CutPrefix(s.text[s.offset:], "new")
	if !ok {
		return ""
	}
	rest = strings.TrimLeft(rest, spaces)
	return shown(rest[:chainAfter(rest, false)])
}

// iterated returns what was to be iterated over at the spot: the expression if it has a short name, else
// the value.
func (s spot) iterated(value goja.Value) string {
	rest := strings.TrimLeft(strings.TrimPrefix(s.text[s.offset:], "..."), spaces)
	length := chainAfter(rest, true)
	if length == 0 {
		return described(value)
	}
	from := len(s.text) - len(rest)
	before := s.text[max(0, from-lookLimit):from]
	if strings.HasSuffix(strings.TrimRight(before, spaces), ".") { // of a.b, the spot is b
		if start := chainBefore(before+"b", len(before)+1); start > 0 {
			return shown(before[start:] + rest[:length])
		}
	}
	return shown(rest[:length])
}

// described returns how a message speaks of a value that has no name.
func described(v goja.Value) string {
	switch v := v.(type) {
	case nil, *goja.Object, *goja.Symbol:
		return "object"
	case goja.String:
		return "string"
	default:
		switch v.Export().(type) {
		case int64, float64:
			return "number " + v.String()
		}
		return v.String()
	}
}

// variable returns the name of the variable that was used at the spot, or "".
func (s spot) variable() string {
	text, at := s.text[max(0, s.offset-lookLimit):min(len(s.text), s.offset+lookLimit)], min(s.offset, lookLimit)
	end := wordAfter(text, at)
	if end == at {
		end = len(strings.TrimRight(text[:at], spaces)) // name = value: the spot is the =
		at = wordBefore(text, end)
	}
	return shown(text[at:end])
}

const spaces = " \t\r\n"

// isWordByte reports whether a byte may be part of a name; those beyond ASCII all may.
func isWordByte(b byte) bool {
	return b >= utf8.RuneSelf || b == '_' || b == '$' || b == '#' || b-'0' <= 9 || b|0x20 >= 'a' && b|0x20 <= 'z'
}

func wordAfter(text string, at int) int {
	for at < len(text) && isWordByte(text[at]) {
		at++
	}
	return at
}

func wordBefore(text string, at int) int {
	for at > 0 && isWordByte(text[at-1]) {
		at--
	}
	return at
}

// chainBefore returns where the expression begins that ends at end: names, calls and elements joined
// by dots. It returns -1 for any other.
func chainBefore(text string, end int) int {
	for at := end; at > 0; {
		at = len(strings.TrimRight(text[:at], spaces))
		if at == 0 {
			return -1
		}
		switch last := text[at-1]; {
		case last == ')' || last == ']':
			if at = openingOf(text, at-1); at < 0 {
				return -1
			}
			before := strings.TrimRight(text[:at], spaces)
			if before == "" || !isWordByte(before[len(before)-1]) && !strings.ContainsRune(")]", rune(before[len(before)-1])) ||
				isOperator(before[wordBefore(before, len(before)):]) {
				return at
			}
			continue
		case last == '"' || last == '\'':
			open := strings.LastIndexByte(text[:at-1], last)
			if open < 0 || at-open > wordLimit || strings.Contains(text[open:at], `\`) {
				return -1
			}
			return open
		case isWordByte(last):
			at = wordBefore(text, at)
		default:
			return -1
		}
		before := strings.TrimRight(text[:at], spaces)
		if !strings.HasSuffix(before, ".") || strings.HasSuffix(before, "..") {
			if word := wordBefore(before, len(before)); before[word:] == "new" {
				return word
			}
			return at
		}
		at = len(strings.TrimSuffix(before[:len(before)-1], "?"))
	}
	return -1
}

// isOperator reports whether a word stands before an expression rather than being one.
func isOperator(word string) bool {
	switch word {
	case "return", "typeof", "await", "yield", "case", "function", "class", "const", "let", "var", "in", "of", "delete", "void", "throw", "new", "instanceof", "else", "do", "if", "while", "for":
		return true
	}
	return false
}

// chainAfter returns the length of the expression that text begins with: names and elements joined by
// dots, and calls too if calls is set. It is 0 for any other.
func chainAfter(text string, calls bool) int {
	text = text[:min(len(text), lookLimit)]
	at := wordAfter(text, 0)
	if at == 0 || isOperator(text[:at]) {
		return 0
	}
	for at < len(text) {
		rest := text[at:]
		switch {
		case strings.HasPrefix(rest, "?."), strings.HasPrefix(rest, "."):
			next := at + strings.IndexByte(rest, '.') + 1
			if end := wordAfter(text, next); end > next {
				at = end
				continue
			}
			return at
		case rest[0] == '[' || calls && rest[0] == '(':
			if end := closingOf(text, at); end > 0 {
				at = end + 1
				continue
			}
			return at
		}
		return at
	}
	return at
}

// openingOf returns the place of the bracket that the one at closing closes, or -1.
func openingOf(text string, closing int) int {
	depth := 0
	for at := closing; at >= 0 && closing-at < lookLimit; at-- {
		switch b := text[at]; b {
		case ')', ']', '}':
			depth++
		case '(', '[', '{':
			if depth--; depth == 0 {
				return at
			}
		case '"', '\'', '`':
			if at = strings.LastIndexByte(text[:at], b); at < 0 {
				return -1
			}
		}
	}
	return -1
}

// closingOf returns the place of the bracket that closes the one at opening, or -1.
func closingOf(text string, opening int) int {
	depth := 0
	for at := opening; at < len(text); at++ {
		switch b := text[at]; b {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth == 0 {
				return at
			}
		case '"', '\'', '`':
			length := strings.IndexByte(text[at+1:], b)
			if length < 0 {
				return -1
			}
			at += length + 1
		}
	}
	return -1
}

// shown returns an expression as a message quotes it: without the arguments of calls, on one line, and
// with the names that imports have in the source.
func shown(expression string) string {
	if inner, ok := between(expression, "(0, ", ")"); ok { // esbuild calls an import so, without a this
		expression = inner
	}
	if rest, ok := strings.CutPrefix(expression, "import_"); ok {
		if _, name, ok := strings.Cut(rest, "."); ok && !strings.HasPrefix(name, "default") {
			rest = name
		}
		expression = rest
	}
	var b strings.Builder
	for at := 0; at < len(expression); {
		switch c := expression[at]; {
		case c == '(' || c == '[' || c == '{':
			end := closingOf(expression, at)
			if end < 0 {
				return ""
			}
			inside := expression[at+1 : end]
			switch {
			case c == '(' && b.Len() == 0:
				b.WriteString("(intermediate value)")
			case c == '(':
				b.WriteString("(...)")
			case len(inside) > wordLimit/4 || strings.ContainsAny(inside, "\n"):
				b.WriteString("[...]")
			default:
				b.WriteString("[" + inside + "]")
			}
			at = end + 1
		case strings.IndexByte(spaces, c) >= 0 && b.String() != "new":
			at++
		default:
			b.WriteByte(c)
			at++
		}
	}
	if b.Len() > wordLimit {
		return "..." + strings.ToValidUTF8(b.String()[b.Len()-wordLimit:], "")
	}
	return b.String()
}
