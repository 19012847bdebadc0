package inspect

import (
	"strings"
	"testing"
)

func TestConsoleLevels(t *testing.T) {
	t.Parallel()
	vm, _, lines := newTestVM(t)
	if _, err := vm.RunString(`
		console.debug('d'); console.log('l'); console.info('i'); console.warn('w'); console.error('e');
		console.assert(true, 'no'); console.assert(false, 'a %s', 1); console.assert(false); console.assert(false, {a: 1});
		console.group('g', 1); console.log('in\nside'); console.group(); console.log('deep'); console.groupEnd(); console.groupEnd(); console.groupEnd(); console.log('out');
		console.count(); console.count(); console.count('x'); console.countReset(); console.count(); console.countReset('none');
		console.timeEnd('none'); console.time('t'); console.time('t'); console.dir({a: {b: {c: {d: 1}}}}, {depth: 0});
		console.clear(); console.log(); const { log } = console; log('unbound');`); err != nil {
		t.Fatal(err)
	}
	want := []string{"DEBUG d", "INFO l", "INFO i", "WARN w", "ERROR e", "ERROR Assertion failed: a 1", "ERROR Assertion failed", "ERROR Assertion failed { a: 1 }",
		"INFO g 1", "INFO   in\n  side", "INFO     deep", "INFO out", "INFO default: 1", "INFO default: 2", "INFO x: 1", "INFO default: 1",
		"WARN Count for 'none' does not exist", "WARN No such label 'none' for console.timeEnd()", "WARN Label 't' already exists for console.time()",
		"INFO { a: [Object] }", "INFO ", "INFO unbound"}
	if strings.Join(*lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(*lines, "\n"), strings.Join(want, "\n"))
	}
	*lines = nil
	if _, err := vm.RunScript("mod.js", `function f(){ console.trace('here') } f(); console.timeLog('t', 5); console.timeEnd('t')`); err != nil {
		t.Fatal(err)
	}
	if len(*lines) != 3 || !strings.HasPrefix((*lines)[0], "ERROR Trace: here\n    at f (mod.js:1:") || !strings.HasSuffix((*lines)[1], "ms 5") || !strings.HasSuffix((*lines)[2], "ms") {
		t.Errorf("got %q", *lines)
	}
}

func TestConsoleTable(t *testing.T) {
	t.Parallel()
	vm, _, lines := newTestVM(t)
	if _, err := vm.RunString(`console.table([{a: 1, b: 'x'}, {a: 2, c: true}]); console.table([[1, 2], 3]); console.table([{a: 1, b: 2}], ['b']); console.table(5); console.table(new Map([['k', 'v']]))`); err != nil {
		t.Fatal(err)
	}
	want := `INFO ┌─────────┬───┬─────┬──────┐
│ (index) │ a │  b  │  c   │
├─────────┼───┼─────┼──────┤
│    0    │ 1 │ 'x' │      │
│    1    │ 2 │     │ true │
└─────────┴───┴─────┴──────┘`
	if (*lines)[0] != want {
		t.Errorf("got\n%s\nwant\n%s", (*lines)[0], want)
	}
	if !strings.Contains((*lines)[1], "│ (index) │ 0 │ 1 │ Values │") || strings.Contains((*lines)[2], " a ") || (*lines)[3] != "INFO 5" || !strings.Contains((*lines)[4], "'v'") {
		t.Errorf("got %s", strings.Join((*lines)[1:], "\n"))
	}
}
