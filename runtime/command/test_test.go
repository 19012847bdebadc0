package command

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// TestTest runs the command test: what it prints, which files it finds, and its exit codes.
func TestTest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"chat.js":                "this.Module = function(){ this.onData = function(d, c){ c.send(d + (c.server.n = (c.server.n || 0) + 1)); throw new Error('of the module') } };",
		"chat.test.js":           "test('echo # 1', async () => { const c = await connect('/chat'); c.send('x'); expect(await c.receive()).toBe('x1') });\ntest('two', () => { throw new Error('a\\nb') });",
		"a/typed.test.ts":        "test('typed', async (): Promise<void> => { const c = await connect('/chat'); c.send('x'); expect(await c.receive()).toBe('x1') });",
		"broken.test.mjs":        "import x from './nosuch';",
		"none.test.cjs":          "",
		"node_modules/x.test.js": "}",
		"lib/x.js":               "}",
	} {
		commandtest.WriteFile(t, filepath.Join(dir, "modules", name), text)
	}
	for _, c := range []struct {
		args string
		code int
		want []string
	}{
		{"test chat", 1, []string{
			"TAP version 14\n# modules/chat.test.js\n", "ok 1 - echo \\# 1\nnot ok 2 - two\n  ---\n  message: \"Error: a\\nb\"\n  at: \"modules/chat.test.js:2:", "\n  code: |\n", "  ...\n1..2\n",
			"ERROR Error: of the module  resource=chat in=onData", "node.websocket: 1 of 2 tests have failed\n"}},
		{"test a/* --timeout 10", 0, []string{"# modules/a/typed.test.ts\n", "ok 1 - typed\n", "\n1..1\n"}},
		{"test typed.test.ts", 0, []string{"ok 1 - typed\n"}},
		{"test modules/none.test.cjs", 0, []string{"# modules/none.test.cjs\n1..0\n"}},
		{"test chat --reporter spec", 1, []string{"modules/chat.test.js\n", "\n  ✓ echo # 1 (", "  ✗ two (", "\n    Error: a\\nb\n    at modules/chat.test.js:2:", "\n1 passed, 1 failed\n"}},
		{"test --reporter junit", 1, []string{`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<testsuites tests="4" failures="2">` + "\n" + `  <testsuite name="modules/a/typed.test.ts" tests="1" failures="0" time="0.`,
			`    <testcase classname="modules/chat.test.js" name="two" time="0.`, `<failure message="Error: a&#xA;b">modules/chat.test.js:2:`, "</testsuites>\n"}},
		{"test --reporter xml", 2, []string{"tap or junit or spec"}},
		{"test", 1, []string{"not ok 2 - broken.test.mjs\n  ---\n  message: \"Error: cannot find", "\n1..4\n", "2 of 4 tests have failed"}},
		{"test nosuch", 1, []string{"no tests: there is no file nosuch.test.js in modules"}},
		{"test [", 2, []string{`"[" is no pattern`}},
		{"test a b", 2, []string{`"b": one argument too many`}},
		{"test --modules none", 1, []string{"there is no folder none here"}},
		{"test --help", 0, []string{"--timeout SECONDS"}},
		{"check", 0, []string{"1 module is fine\n"}},
	} {
		out, code := commandtest.Run(t, dir, strings.Fields(c.args)...)
		if code != c.code {
			t.Errorf("%s: exit %d, want %d\n%s", c.args, code, c.code, out)
		}
		for _, part := range c.want {
			if !strings.Contains(out, part) {
				t.Errorf("%s: it does not say %q\n%s", c.args, part, out)
			}
		}
	}
}

// TestWatchTests checks that --watch runs the tests again when a file is saved, and ends on a signal.
func TestWatchTests(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "modules", "a.test.js")
	commandtest.WriteFile(t, file, "test('one', () => { });")
	cmd := commandtest.Command(t.Context(), "test", "--watch")
	cmd.Dir = dir
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out) // a line that does not come ends with the test's deadline
	await := func(want string) {
		t.Helper()
		for lines.Scan() {
			if lines.Text() == want {
				return
			}
		}
		t.Fatalf("%q did not come", want)
	}
	await("ok 1 - one")
	await("1..1")
	commandtest.WriteFile(t, file, "test('two', () => { throw 1 });")
	await("not ok 1 - two")
	await("1..1")
	commandtest.WriteFile(t, file, "}")
	await("not ok 1 - a.test.js")
	commandtest.WriteFile(t, file, "test('three', () => { });")
	await("ok 1 - three")
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
