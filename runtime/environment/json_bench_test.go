package environment

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dop251/goja"
)

// benchmarkTexts are messages as people send them.
var benchmarkTexts = map[string]string{
	"200B": `{"id":17,"type":"message","user":{"name":"somebody","tags":["a","b","c"],"at":[1.5,2.5]},"text":"a message of about one hundred characters, as people send them ...","time":1764000000000,"ok":true,"n":null}`,
	"10KB": `{"users":[` + strings.TrimSuffix(strings.Repeat(`{"id":123456,"name":"Jürgen Müller","email":"someone@example.com","active":true,"score":12.75,"roles":["admin","editor"],"address":{"city":"Berlin","zip":"10115"}},`, 62), ",") + `]}`,
}

// benchmarkJSON runs a loop of JavaScript with goja's JSON and with this package's.
func benchmarkJSON(b *testing.B, prepare, call string) {
	for _, size := range []string{"200B", "10KB"} {
		for _, ours := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/ours=%v", size, ours), func(b *testing.B) {
				vm := goja.New()
				if ours {
					if _, err := limitBuiltins(vm); err != nil {
						b.Fatal(err)
					}
				}
				v, err := vm.RunString(`(function(n, text){ var data = ` + prepare + `; for (var i = 0; i < n; i++) ` + call + ` })`)
				if err != nil {
					b.Fatal(err)
				}
				f, _ := goja.AssertFunction(v)
				text := benchmarkTexts[size]
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				b.ResetTimer()
				if _, err := f(nil, vm.ToValue(b.N), vm.ToValue(text)); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

func BenchmarkJSONParse(b *testing.B) { benchmarkJSON(b, "text", "JSON.parse(data)") }

func BenchmarkJSONStringify(b *testing.B) {
	benchmarkJSON(b, "JSON.parse(text)", "JSON.stringify(data)")
}
