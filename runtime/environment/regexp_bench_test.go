package environment

import (
	"testing"

	"github.com/dop251/goja"
)

// BenchmarkRegExp runs usual expressions on usual texts, as a module does.
func BenchmarkRegExp(b *testing.B) {
	for _, c := range []struct{ name, code string }{
		{"test", `/b,c/.test(text)`},
		{"test, anchored", `/^[a-z]+:\/\/[^\/]+\//.test(url)`},
		{"test, no match", `/zzz|qqq/.test(long)`},
		{"test, long class", `/\d{4}-\d\d-\d\d/.test(long)`},
		{"exec", `/^(\w+)\s+(\S+)\s+HTTP\/(\d)\.(\d)$/.exec(line)`},
		{"exec, named", `/(?<year>\d{4})-(?<month>\d\d)/.exec(date)`},
		{"exec, lookahead", `/\w+(?=,)/.exec(text)`},
		{"exec, i", `/content-type:\s*(.*)/i.exec(header)`},
		{"exec, unicode", `/\p{L}+/u.exec(greek)`},
		{"exec, not ASCII", `/(\S+) (\S+)/.exec(greek)`},
		{"match, g", `text.match(/[a-z]/g)`},
		{"replace, g", `text.replace(/,/g, '+')`},
		{"replace, $", `text.replace(/(.),/g, '$1+')`},
		{"replace, function", `text.replace(/\w/g, f)`},
		{"replace, escape", `html.replace(/[&<>"']/g, f)`},
		{"split", `text.split(/,\s*/)`},
		{"trim", `padded.replace(/^\s+|\s+$/g, '')`},
		{"email", `/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(mail)`},
		{"command", `/^\/(\w+)(?:\s+(.*))?$/.exec(command)`},
		{"new", `new RegExp('^' + name + '$')`},
		{"literal", `/a/`},
	} {
		b.Run(c.name, func(b *testing.B) {
			vm, _, _ := newTestVM(b)
			p := compileRewritten(b, `(function(count){ var text = 'a,b,c,d,e,f,g,h', url = 'https://example.com/a/b', line = 'GET /index.html HTTP/1.1', date = 'on 2024-05-06', mail = 'someone@example.com',
				long = 'the quick brown fox jumps over the lazy dog '.repeat(20), header = 'Content-Type: text/html', greek = 'καλημέρα κόσμε', html = '<a href="x">b & c</a>', padded = '   some text   ', command = '/join room one', name = 'abc',
				f = function(m){ return 'x' }, r;
				for (var i = 0; i < count; i++) r = `+c.code+`; return r })`)
			v, err := vm.RunProgram(p)
			if err != nil {
				b.Fatal(err)
			}
			f, _ := goja.AssertFunction(v)
			b.ReportAllocs()
			b.ResetTimer()
			if _, err := f(goja.Undefined(), vm.ToValue(b.N)); err != nil {
				b.Fatal(err)
			}
		})
	}
}
