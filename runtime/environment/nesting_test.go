package environment

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNestingIsRefused(t *testing.T) {
	t.Parallel()
	const n = 100_000
	for _, part := range []string{
		"(", "[", "{", "{a:", "`${", "(function(){", "f(", "a[", "!", "-", "- ", "typeof ", "new ", "a=>", "a=>\n", "a+", "a**", "a?b:", "a?", "a=", ".a", "()", "``", "if(a)", "if(a)\n",
		"if(a);else ", "if(a){}else ", "if(a){}\nelse ", "for(;;)", "while(a)\n", "a:", "await ", "a&&", "/x/+", "do ", "x=/[/]/,[", "'[',[", "// [\n[", "/* ] */[", "`]`+(", "a++ +", "({}/a)+",
	} {
		err := CheckNesting("x=1;" + strings.Repeat(part, n) + "1")
		var nested *NestingError
		if !errors.As(err, &nested) || !strings.Contains(nested.Message, "the limit") || nested.Offset < 4_000 || nested.Offset > 400_000 {
			t.Errorf("%d times %q: %v", n, part, err)
		}
	}
	if err := CheckNesting(strings.Repeat(" ", SourceLimit+1)); err == nil {
		t.Error("more than the limit is accepted")
	}
}

func TestOrdinaryCodeIsNotNested(t *testing.T) {
	t.Parallel()
	const n = 100_000
	for _, part := range []string{
		"f();\n", "f()\n", "a = b\n", "var a = 1, b = 2\n", "if (a) { b() } else { c() }\n", "if (a) b(); else c();\n", "x = [1, 2, 3]\n", "a++\n", "x = '[' + \"(\"\n", "x = /[(\\/]/.test(y)\n", "x = a / b / c\n",
		"x = `(${a}[`\n", "// it's (\n", "/* ' ( */\n", "if (/'/.test(a)) b('\\'')\n", "x = { a: 1, b: [2] }\n", "function f(a) { return a }\n", "const f = (a) => { return a }\n", "x = a\n  .b()\n  .c()\n", "y = x++ / 2\n",
		"for (const a of b) c(a)\n", "class A { b() {} }\n", "x = a ? b : c\n", "label: for (;;) break label\n", "x = {}\n", "x = function () {}\n", "switch (a) { case 1: b(); break; default: c() }\n", "do a(); while (b)\n", "'use strict'\n", "x = }\n", "x = )\n",
		"[1, 2, 3], ", "a = 1, ", "'a', ", "`a`, ", "a: 1, ", "f(a), ",
	} {
		if err := CheckNesting("x=1;\n" + strings.Repeat(part, n)); err != nil {
			t.Errorf("%d times %q: %v", n, part, err)
		}
	}
	if err := CheckNesting("x = [" + strings.Repeat("'a' +\n", 9_000) + "'a']"); err != nil {
		t.Error(err)
	}
}

// All of the program's own JavaScript is balanced, and far from the limits.
func TestNestingOfFiles(t *testing.T) {
	t.Parallel()
	var files []string
	for _, pattern := range []string{"js/*.js", "../../modules/*.js", "../../transport/client/*.js", "../../examples/public/*.js"} {
		found, _ := filepath.Glob(pattern)
		files = append(files, found...)
	}
	if len(files) < 20 {
		t.Fatalf("only %d files", len(files))
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s := nestingScanner{source: string(text), levels: []level{{}}}
		deepest, longest := 0, 0
		for s.at < len(s.source) {
			s.token()
			deepest, longest = max(deepest, len(s.levels)), max(longest, s.pending)
		}
		if s.err != nil || len(s.levels) != 1 || deepest > 50 || longest > 1_000 {
			t.Errorf("%s: %v, %d brackets are left open; %d brackets deep, %d tokens", file, s.err, len(s.levels)-1, deepest, longest)
		}
	}
}

// The depth of random code is what it was made with.
func TestNestingOfRandomCode(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	leaves := []string{"a", "1.5", "'('", `"\"["`, "`{`", "/[(/]\\//g", "a / b", "x++", "a => a", "typeof a", "b ? /'/ : c", "/* [ */ a", "// {\n a", "`\\`(`", "!/`/.test(a)"}
	for range 300 {
		deepest := 0
		var make func(depth int) string
		make = func(depth int) string {
			deepest = max(deepest, depth)
			if depth > 20 || r.IntN(4) == 0 {
				return leaves[r.IntN(len(leaves))]
			}
			inner := func() string { return make(depth + 1) }
			switch r.IntN(9) {
			case 0:
				return "(" + inner() + ")"
			case 1:
				return "[" + inner() + ", " + inner() + "]"
			case 2:
				return "{ a: " + inner() + ", 'b)': " + inner() + " }"
			case 3:
				return "`(${" + inner() + "}{${" + inner() + "}`"
			case 4:
				return "f(" + inner() + ") / 2"
			case 5:
				return "function(a) { if (a) /[)]/.test(a); return " + inner() + " }"
			case 6:
				return "a[" + inner() + "]"
			case 7:
				return "(" + inner() + ") + (" + inner() + ")"
			}
			return leaves[r.IntN(len(leaves))] + " + " + make(depth)
		}
		code := "x = " + make(0) + "\ny = 1"
		s := nestingScanner{source: code, levels: []level{{}}}
		most := 0
		for s.at < len(s.source) {
			s.token()
			most = max(most, len(s.levels)-1)
		}
		if s.err != nil || len(s.levels) != 1 || most < deepest-1 || most > deepest+1 {
			t.Fatalf("%v, %d brackets open, %d deep, want %d: %s", s.err, len(s.levels)-1, most, deepest, code)
		}
	}
}

func FuzzCheckNesting(f *testing.F) {
	for _, seed := range []string{"", "x = /[/", "`${`${a}`}`", "if (a) /x/", "a\\", "'\\", "/*", "}`", "else", "`\\", "1.2.a", "#a in b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_ = CheckNesting(text)
		if len(text) > 0 { // past the length from which code is looked at
			_ = CheckNesting(strings.Repeat(text, bracketLimit/len(text)+2))
		}
		s := nestingScanner{source: text, levels: []level{{}}}
		for s.at < len(text) {
			before := s.at
			if s.token(); s.at <= before && s.err == nil {
				t.Fatalf("no progress at %d", s.at)
			}
		}
		if s.pending < 0 || len(s.levels) < 1 {
			t.Fatalf("%d tokens, %d levels", s.pending, len(s.levels))
		}
	})
}
