package environment

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unsafe"

	"github.com/dop251/goja"
)

// newJSONRunner returns run of testdata/json.js, in a new VM.
func newJSONRunner(t testing.TB) (vm *goja.Runtime, run func(source string) string) {
	t.Helper()
	vm, e, _ := newTestVM(t)
	script, err := os.ReadFile("testdata/json.js")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vm.RunScript("json.js", string(script)); err != nil {
		t.Fatal(err)
	}
	f, _ := goja.AssertFunction(vm.Get("run"))
	return vm, func(source string) string {
		e.Enter()
		v, err := f(goja.Undefined(), vm.ToValue(source))
		if err != nil {
			return err.Error()
		}
		return v.String()
	}
}

// TestJSON runs the expressions of testdata/json.txt. Each is followed by its value in Node 24,
// which examples/clients compares them with.
func TestJSON(t *testing.T) {
	t.Parallel()
	cases, err := os.ReadFile("testdata/json.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, run := newJSONRunner(t)
	source, count := "", 0
	for line := range strings.Lines(string(cases)) {
		line = strings.TrimSuffix(line, "\n")
		want, isWant := strings.CutPrefix(line, "\t")
		if !isWant {
			source = line
			continue
		}
		count++
		if got := run(source); got != want {
			t.Errorf("%s\n got %s\nwant %s", source, got, want)
		}
	}
	if count < 300 {
		t.Errorf("only %d cases", count)
	}
}

// TestJSONIsInterrupted checks that the watchdog ends what takes long without a call of JavaScript.
func TestJSONIsInterrupted(t *testing.T) {
	t.Parallel()
	vm, e, _ := newTestVM(t)
	v, err := vm.RunString(`new Array(1e5).fill(0)`)
	if err != nil {
		t.Fatal(err)
	}
	vm.Interrupt("stop")
	for name, call := range map[string]func() goja.Value{
		"parse": func() goja.Value {
			text := vm.ToValue("[" + strings.Repeat("0,", 1e5) + "x")
			return e.limiter.json.parse(goja.FunctionCall{Arguments: []goja.Value{text}})
		},
		"stringify": func() goja.Value {
			return e.limiter.json.stringify(goja.FunctionCall{Arguments: []goja.Value{v}})
		},
	} {
		var got goja.Value
		ex := vm.Try(func() { got = call() })
		if want := "RangeError: JSON." + name + " was interrupted"; ex == nil || ex.Value().String() != want {
			t.Errorf("%s: %v, want %s", name, ex, want)
		} else if got != nil {
			t.Errorf("%s returned %v", name, got)
		}
	}
}

// TestJSONAfterErrors checks that what a call leaves behind when it throws does not reach the next.
func TestJSONAfterErrors(t *testing.T) {
	t.Parallel()
	_, run := newJSONRunner(t)
	for _, c := range []struct{ source, want string }{
		{`JSON.parse('{"a": [1, 2, {"b": ')`, `SyntaxError: 'Unexpected end of JSON input'`},
		{`JSON.parse('[3]')`, `[3]`},
		{`JSON.stringify({a: [1, {get b(){ throw 'thrown' }}]}, null, 2)`, `thrown 'thrown'`},
		{`JSON.stringify({a: [1]})`, `'{"a":[1]}'`},
		{`JSON.parse('[1, {"a": 2}]', () => { throw 'thrown' })`, `thrown 'thrown'`},
		{`JSON.parse('{"a": 2}')`, `{'a': 2}`},
		{`thrown(() => JSON.parse('['.repeat(2001) + ']'.repeat(2001)))`, `'RangeError'`},
		{`JSON.parse('['.repeat(2000) + ']'.repeat(2000)).length`, `1`},
		{`JSON.parse('{"a":'.repeat(2000) + '1' + '}'.repeat(2000), (k, v) => v === 1 ? {} : v).a.a !== undefined`, `true`},
		{`thrown(() => JSON.parse('[0,0]', function(k, v){ if (k === '0') { let a = []; for (let i = 0; i < 3000; i++) a = [a]; this[1] = a; } return v }))`, `'RangeError'`},
		{`JSON.stringify(JSON.parse('['.repeat(2000) + ']'.repeat(2000))).length`, `4000`},
		{`JSON.parse('[' + '{},'.repeat(5000) + '1]').length`, `5001`},
	} {
		if got := run(c.source); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.source, got, c.want)
		}
	}
}

// FuzzJSON compares JSON with goja's own, and its grammar with that of encoding/json. goja's faults
// are left out: numbers past 1.8e308, lone surrogates, and how it indents after an empty array.
func FuzzJSON(f *testing.F) {
	for _, text := range []string{
		`{"a": [1, -0.5e-7, true, null, "é\n\u0041\ud83d\ude00"], "10": {}, "9": [], "a": 2}`, `[1e21, 123456789012345678, 0.1, 5e-324, -0, 1E+2]`, `"\ud800"`, `[1,]`, `{"a":1,}`,
		` [ ] `, `01`, `1.`, `-`, "\"\x00\"", `tru`, `{"__proto__": 1, "": 2}`, `"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"\\"`, `1e400`, "[\"\u2028\"]",
		benchmarkTexts["200B"],
	} {
		f.Add(text)
	}
	vm, _, _ := newTestVM(f)
	ours := newRoundTrip(f, vm)
	gojas := newRoundTrip(f, goja.New())
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "\ufffd")
		if len(text) > nestingLimit {
			return // goja has no limit of depth
		}
		got, err := ours(text)
		if valid := json.Valid([]byte(text)); valid != (err == nil) {
			t.Fatalf("%q: %v, but for encoding/json it is valid: %v", text, err, valid)
		}
		want, gojaErr := gojas(text)
		if err != nil || gojaErr != nil || strings.Contains(strings.ToLower(text), `\ud`) {
			return
		}
		if got != want {
			t.Fatalf("%q becomes\n%s\nand with goja's own JSON\n%s", text, got, want)
		}
	})
}

// newRoundTrip returns a function that parses a text and writes the value, as it is and by way of
// functions. It fails if a text made of the value has another one.
func newRoundTrip(t testing.TB, vm *goja.Runtime) func(text string) (string, error) {
	t.Helper()
	v, err := vm.RunString(`(function(text){
		var v = JSON.parse(text), short = JSON.stringify(v);
		if (JSON.stringify(JSON.parse(JSON.stringify(v, null, 1))) !== short) throw new Error('it does not survive: ' + short);
		return [short, JSON.stringify(JSON.parse(text, function(k, v){ return v }), function(k, v){ return v })].join('\n');
	})`)
	if err != nil {
		t.Fatal(err)
	}
	f, _ := goja.AssertFunction(v)
	return func(text string) (string, error) {
		v, err := f(goja.Undefined(), vm.ToValue(text))
		if err != nil {
			return "", err
		}
		return v.String(), nil
	}
}

// TestJSONAllocations counts what a message of 200 B costs. Of the 26 for parsing, 22 are goja's two
// objects and two arrays.
func TestJSONAllocations(t *testing.T) { // not parallel: AllocsPerRun counts those of the process
	vm, e, _ := newTestVM(t)
	c := e.limiter.json
	text := []goja.Value{vm.ToValue(benchmarkTexts["200B"])}
	var v goja.Value
	if n := testing.AllocsPerRun(100, func() { v = c.parse(goja.FunctionCall{Arguments: text}) }); n > 26 {
		t.Errorf("parse: %v allocations", n)
	}
	object := []goja.Value{v}
	if n := testing.AllocsPerRun(100, func() { v = c.stringify(goja.FunctionCall{Arguments: object}) }); n > 2 {
		t.Errorf("stringify: %v allocations", n)
	}
	if got := v.String(); got != benchmarkTexts["200B"] {
		t.Errorf("wrote %s", got)
	}
}

// TestJSONKeepsNoText checks that a string out of a long text does not keep that from being
// collected.
func TestJSONKeepsNoText(t *testing.T) {
	t.Parallel()
	vm, e, _ := newTestVM(t)
	for _, c := range []struct {
		length int
		shared bool
	}{{sharedText - 50, true}, {sharedText * 4, false}} {
		text := `["a string of twenty-five" ` + strings.Repeat(" ", c.length) + `]`
		v := e.limiter.json.parse(goja.FunctionCall{Arguments: []goja.Value{vm.ToValue(text)}})
		s := *valueData[string](v.ToObject(vm).Get("0"))
		from, at := uintptr(unsafe.Pointer(unsafe.StringData(text))), uintptr(unsafe.Pointer(unsafe.StringData(s)))
		if shared := at >= from && at < from+uintptr(len(text)); shared != c.shared {
			t.Errorf("a string of a text of %d bytes is a part of it: %v", len(text), shared)
		}
	}
}
