package option

import (
	"reflect"
	"strings"
	"testing"
)

func TestReadLiteral(t *testing.T) {
	for _, c := range []struct {
		in   string
		want any
	}{
		{`8080`, 8080.0}, {`'8080'`, "8080"}, {`"a"`, "a"}, {"`a`", "a"}, {`-1.5e3`, -1500.0}, {`0x1F`, 31.0}, {`010`, 10.0}, {` 7 `, 7.0},
		{`true`, true}, {`false`, false}, {`null`, nil}, {`undefined`, nil},
		{`plain`, "plain"}, {``, ""}, {`127.0.0.1`, "127.0.0.1"}, {`::1`, "::1"}, {`a b`, "a b"}, {`'a' + 'b'`, `'a' + 'b'`}, {`Infinity`, "Infinity"},
		{`'it\'s \x41\u0042\n'`, "it's AB\n"}, {`'open`, `'open`}, {"`${x}`", "`${x}`"}, {`'\u00'`, `'\u00'`},
		{`[]`, []any{}}, {`['a']`, []any{"a"}}, {`["a", 'b',]`, []any{"a", "b"}}, {`[1,[2,true],null]`, []any{1.0, []any{2.0, true}, nil}},
		{`[http://a.com]`, []any{"http://a.com"}}, {`[http://a.com,http://b.com:81]`, []any{"http://a.com", "http://b.com:81"}},
		{`[a`, `[a`}, {`[,]`, `[,]`}, {`['a' 'b']`, `['a' 'b']`}, {`process.exit()`, "process.exit()"}, {`{a: 1}`, "{a: 1}"},
		{strings.Repeat("[", 50), strings.Repeat("[", 50)},
	} {
		if got := readLiteral(c.in); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %#v, want %#v", c.in, got, c.want)
		}
	}
}

func FuzzReadLiteral(f *testing.F) {
	for _, s := range []string{`'a\'b'`, `[1,'b',[c]]`, "`${", `\`, `['`, `0x`, `"\u12`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if v := readLiteral(s); v == nil && !strings.Contains(s, "null") && !strings.Contains(s, "undefined") {
			t.Errorf("%q is nothing", s)
		}
	})
}
