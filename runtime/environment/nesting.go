package environment

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	// bracketLimit bounds how deep brackets are nested in code. Parsers recurse, esbuild's with many
	// kilobytes of stack for a level, and Go ends the process where its stack does.
	bracketLimit = 5_000

	// chainLimit bounds the tokens of what no bracket nests and parsers recurse for all the same:
	// !!!!x, a => a => a, if (a) if (a), a + a + a. They count as long as what they began is open.
	chainLimit = 20_000

	// SourceLimit bounds the length of code, in bytes.
	SourceLimit = 10 << 20
)

// A NestingError says that code is nested too deep for the parsers.
type NestingError struct {
	Offset  int // in bytes
	Message string
}

func (e *NestingError) Error() string { return e.Message }

// CheckNesting measures how deep code is nested, before a parser would end the process over it. The
// error, if the code is too deep or longer than SourceLimit, is a *NestingError.
//
// It reads tokens only, of code that may be wrong, and takes a slash for the beginning of a regular
// expression where a parser most likely does. A mistake there makes it miscount a line, or a text in
// backquotes.
func CheckNesting(source string) error {
	if len(source) > SourceLimit {
		return &NestingError{0, fmt.Sprintf("the code is %d bytes long; the limit is %d", len(source), SourceLimit)}
	}
	if len(source) <= bracketLimit {
		return nil
	}
	s := nestingScanner{source: source, levels: []level{{}}}
	for s.at < len(source) {
		s.token()
		if s.err != nil {
			return s.err
		}
	}
	return nil
}

// A level is the state of one open bracket.
type level struct {
	open  byte // the bracket; '`' for ${
	chain int  // tokens since the last separator
	ended int  // what chain was before that separator, in case an else follows
	head  bool // the bracket follows if, for, while or with
	value bool // the brace opens an object, not a block
}

// A tokenKind is the kind of the last token.
type tokenKind uint8

const (
	operator tokenKind = iota // or the beginning, or a word such as return: an operand follows
	operand                   // a name, a literal, a bracket that closes
	header                    // the bracket that closes if ( … )
	keyword                   // if, for, while, with
)

type nestingScanner struct {
	source  string
	at      int
	levels  []level
	pending int // sum of the chains of all levels
	last    tokenKind
	newline bool // since the last token
	err     error
}

func (s *nestingScanner) top() *level { return &s.levels[len(s.levels)-1] }

func (s *nestingScanner) fail(format string, args ...any) {
	s.err = &NestingError{s.at, fmt.Sprintf(format, args...)}
}

// count adds a token to the chain of its level.
func (s *nestingScanner) count() {
	s.top().chain++
	if s.pending++; s.pending > chainLimit {
		s.fail("the code is nested deeper than the limit of %d tokens in one expression or statement", chainLimit)
	}
}

// separate ends the chain of a level.
func (s *nestingScanner) separate() {
	l := s.top()
	s.pending -= l.chain
	l.ended, l.chain = l.chain, 0
}

// startOperand is called at a name or a literal. It ends a statement that ended without a semicolon.
func (s *nestingScanner) startOperand() {
	if s.newline && s.last == operand {
		s.separate()
	}
	s.count()
}

func (s *nestingScanner) token() {
	c := s.source[s.at]
	switch {
	case c == '\n':
		s.newline = true
		s.at++
		return
	case c == ' ' || c == '\t' || c == '\r':
		s.at++
		return
	case c == '/' && s.comment():
		return
	case c == '"' || c == '\'':
		s.startOperand()
		s.quoted(c)
		s.last = operand
	case c == '`':
		s.count()
		s.at++
		s.template()
	case isWord(c):
		s.word()
	case c == '/' && s.last != operand:
		s.startOperand()
		s.regexp()
		s.last = operand
	case strings.IndexByte("([{", c) >= 0:
		s.open(c)
	case strings.IndexByte(")]}", c) >= 0:
		s.close(c)
	case c == ',' || c == ';':
		s.separate()
		s.last = operator
		s.at++
	case (c == '+' || c == '-') && s.last == operand && !s.newline && strings.HasPrefix(s.source[s.at+1:], string(c)): // x++
		s.at += 2
	default:
		s.count()
		s.last = operator
		s.at++
	}
	s.newline = false
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c == '#' || c == '\\' || c >= utf8.RuneSelf
}

// comment skips a comment, and reports whether there is one.
func (s *nestingScanner) comment() bool {
	rest := s.source[s.at:]
	switch {
	case strings.HasPrefix(rest, "//"):
		if n := strings.IndexByte(rest, '\n'); n >= 0 {
			s.at += n
		} else {
			s.at = len(s.source)
		}
	case strings.HasPrefix(rest, "/*"):
		if n := strings.Index(rest[2:], "*/"); n >= 0 {
			s.newline = s.newline || strings.Contains(rest[2:2+n], "\n")
			s.at += n + 4
		} else {
			s.at = len(s.source)
		}
	default:
		return false
	}
	return true
}

// quoted skips a string. It ends with its line at the latest.
func (s *nestingScanner) quoted(quote byte) {
	for s.at++; s.at < len(s.source); s.at++ {
		switch s.source[s.at] {
		case '\\':
			s.at++
		case quote:
			s.at++
			return
		case '\n':
			return
		}
	}
}

// regexp skips a regular expression. It ends with its line at the latest.
func (s *nestingScanner) regexp() {
	inClass := false
	for s.at++; s.at < len(s.source); s.at++ {
		switch s.source[s.at] {
		case '\\':
			s.at++
		case '[':
			inClass = true
		case ']':
			inClass = false
		case '/':
			if !inClass {
				s.at++
				for s.at < len(s.source) && isWord(s.source[s.at]) {
					s.at++
				}
				return
			}
		case '\n':
			return
		}
	}
}

// template skips the text of a template, to its end or to ${.
func (s *nestingScanner) template() {
	for ; s.at < len(s.source); s.at++ {
		switch s.source[s.at] {
		case '\\':
			s.at++
		case '`':
			s.at++
			s.last = operand
			return
		case '$':
			if strings.HasPrefix(s.source[s.at:], "${") {
				s.at++
				s.push(level{open: '`'})
				return
			}
		}
	}
}

// word reads a name, a number or a keyword.
func (s *nestingScanner) word() {
	from := s.at
	for s.at < len(s.source) && (isWord(s.source[s.at]) || s.source[s.at] == '.' && s.source[from] >= '0' && s.source[from] <= '9') {
		if s.source[s.at] == '\\' {
			s.at++
		}
		s.at++
	}
	afterDot := from > 0 && s.source[from-1] == '.' && !strings.HasSuffix(s.source[:from], "...")
	switch word := s.source[from:min(s.at, len(s.source))]; {
	case afterDot:
		s.count()
		s.last = operand
	case word == "else":
		l := s.top()
		l.chain += l.ended
		s.pending += l.ended
		l.ended = 0
		s.count()
		s.last = operator
	case word == "if" || word == "for" || word == "while" || word == "with":
		s.startOperand()
		s.last = keyword
	case word == "in" || word == "instanceof" || word == "of" || word == "extends":
		s.count()
		s.last = operator
	case prefixWords[word]:
		s.startOperand()
		s.last = operator
	default:
		s.startOperand()
		s.last = operand
	}
}

// prefixWords are the words that an operand or a statement follows.
var prefixWords = map[string]bool{
	"return": true, "typeof": true, "case": true, "do": true, "void": true, "delete": true, "new": true, "throw": true, "await": true, "yield": true,
}

func (s *nestingScanner) open(c byte) {
	s.count()
	s.push(level{open: c, head: s.last == keyword, value: c == '{' && s.last == operator && s.isValue()})
}

// isValue reports whether a brace at this place, after an operator, opens an object. After => and
// what begins a statement it opens a block.
func (s *nestingScanner) isValue() bool {
	before := strings.TrimRight(s.source[:s.at], " \t\r\n")
	if before == "" {
		return false
	}
	switch before[len(before)-1] {
	case '(', ',', '=', ':', '[', '!', '&', '|', '?', '+', '-', '*', '/', '%', '^', '~', '<':
		return true
	case '{', '}', ';', ')', '>':
		return false
	}
	return !strings.HasSuffix(before, "else") && !strings.HasSuffix(before, "do")
}

func (s *nestingScanner) push(l level) {
	if len(s.levels) > bracketLimit {
		s.fail("the code is nested deeper than the limit of %d brackets", bracketLimit)
	}
	s.levels = append(s.levels, l)
	s.last = operator
	s.at++
}

func (s *nestingScanner) close(c byte) {
	s.at++
	if len(s.levels) == 1 {
		s.separate()
		s.last = operand
		return
	}
	l := *s.top()
	s.pending -= l.chain
	s.levels = s.levels[:len(s.levels)-1]
	switch {
	case c == '}' && l.open == '`':
		s.template()
	case l.head:
		s.last = header
	case c == '}' && !l.value:
		s.separate()
		s.last = operator
	default:
		s.last = operand
	}
}
