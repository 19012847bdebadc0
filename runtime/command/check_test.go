package command

import (
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// TestCheck runs the command check on modules that are fine and on each kind of broken one.
func TestCheck(t *testing.T) {
	t.Parallel()
	const fine = "this.Module = function(){ this.onData = function(){ } };\n"
	write := func(files map[string]string) string {
		dir := t.TempDir()
		for name, text := range files {
			commandtest.WriteFile(t, dir+"/modules/"+name, text)
		}
		return dir
	}
	out, code := commandtest.Run(t, write(map[string]string{
		"a.js": fine + "setInterval(function(){ }, 1000); require('./lib/b'); require('storage').set('x', 1)", "lib/b.js": "", "types.d.ts": "x",
	}), "check")
	if code != 0 || out != "1 module is fine\n" {
		t.Errorf("exit %d\n%s", code, out)
	}
	out, code = commandtest.Run(t, write(map[string]string{
		"syntax.js":  fine + "var x = ;\n",
		"throws.js":  fine + "\nnosuch();\n",
		"lib/x.js":   "}",
		"library.js": fine + "require('./lib/x')",
		"options.js": fine + "exports.Module.options = {maxMesage: 1}",
		"none.js":    "exports.Module = function(){ }",
		"loops.js":   fine + "for (;;);",
		"env.js":     fine + "process.env.HOME",
		"fine.js":    fine,
	}), "check", "--handler-timeout", "0.5", "--allow-env")
	if code != 1 || !strings.HasSuffix(out, "node.websocket: 6 of 8 modules are broken: modules/library.js modules/loops.js modules/none.js modules/options.js modules/syntax.js modules/throws.js\n") {
		t.Errorf("exit %d\n%s", code, out)
	}
	for _, part := range []string{
		"ERROR does not compile: Unexpected \";\"  resource=syntax at=modules/syntax.js:2:9\n", "    | > 2 | var x = ;\n    |     |         ^\n",
		"at=modules/throws.js:3:8", "    | > 3 | nosuch();\n", "at=modules/lib/x.js:1:1", "maxMesage: no such option", "onData", "ran longer than the limit of 500ms and was ended  resource=loops",
	} {
		if !strings.Contains(out, part) {
			t.Errorf("it does not say %q:\n%s", part, out)
		}
	}
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "20") {
			t.Errorf("a line with the time: %s", line)
		}
	}
	for _, c := range []struct {
		args string
		code int
		want string
	}{{"check", 1, "there is no folder modules here"}, {"check --port 1", 2, "--port: no such option"}, {"check --help", 0, " check --modules modules\n"}} {
		if out, code := commandtest.Run(t, t.TempDir(), strings.Fields(c.args)...); code != c.code || !strings.Contains(out, c.want) {
			t.Errorf("%s: exit %d\n%s", c.args, code, out)
		}
	}
}
