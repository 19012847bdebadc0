package environment

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/dop251/goja"
)

var updateWords = flag.Bool("update-words", false, "write what the programs of testdata/words.json throw here again")

// A wordsCase is a program, what it throws here, and what it throws in Node, where that is different.
type wordsCase struct {
	Code string `json:"code"`
	Want string `json:"want"`
	Node string `json:"node,omitempty"`
}

// TestWords checks that the errors that the language throws name what the author wrote, as Node's do.
func TestWords(t *testing.T) {
	data, err := os.ReadFile("testdata/words.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []wordsCase
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		vm, _, _ := newTestVM(t)
		_, err := vm.RunProgram(compileRewritten(t, "(function(){\n"+c.Code+"\n}).call(globalThis)"))
		ex, ok := err.(*goja.Exception)
		if !ok {
			t.Errorf("%s: %v", c.Code, err)
			continue
		}
		got := ex.Value().String()
		if cases[i].Want = got; got != c.Want && !*updateWords {
			t.Errorf("%s: %s\nwant %s", c.Code, got, c.Want)
		}
		if got == c.Node {
			cases[i].Node = ""
		}
	}
	if *updateWords {
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		b.WriteString("[\n")
		for i, c := range cases {
			if i > 0 {
				b.WriteString(",")
			}
			_ = e.Encode(c)
		}
		b.WriteString("]\n")
		if err := os.WriteFile("testdata/words.json", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWordsOfScripts checks that the errors that scripts make keep their messages, whatever these are.
func TestWordsOfScripts(t *testing.T) {
	vm, _, _ := newTestVM(t)
	v, err := vm.RunString(`var m = "Cannot read property 'x' of undefined";
		[new TypeError(m).message, TypeError(m).message, new (class extends TypeError {})(m).message].every((got) => got === m)`)
	if err != nil || !v.ToBoolean() {
		t.Errorf("%v, %v", v, err)
	}
}

// FuzzWords checks that the text of a program, whatever it is, gives names of bounded length.
func FuzzWords(f *testing.F) {
	for _, text := range []string{"a.b(1)", "a['x)'].c (", "(0, import_x.f)(", "new a.b.C(x)", "...x.y", "count = 1", "f(g(h[1]))(2)", "'a'.b(", "`x`(", "[1, 2].map(", "?.(", ")(", "}]("} {
		for at := range text {
			f.Add(text, at)
		}
	}
	f.Fuzz(func(t *testing.T, text string, at int) {
		if at < 0 || at >= len(text) {
			return
		}
		s := spot{text: text, offset: at}
		for _, name := range []string{s.callee(), s.constructed(), s.iterated(goja.Undefined())} {
			if len(name) > wordLimit+len("...") {
				t.Errorf("%q", name)
			}
		}
		_ = s.variable()
	})
}
