package runtime

import (
	"strings"
	"testing"
)

// TestSharedFileIsTold has two resources that require the same files. That is said once for each file, and not for
// a resource that requires a file again.
func TestSharedFileIsTold(t *testing.T) {
	t.Parallel()
	const module = "var n = require('./lib/x'); require('./lib/data.json'); exports.onData = function(d, c){ c.send(String(++n.count)); };"
	r, log := newRuntime(t, map[string]string{
		"lib/x.js": "exports.count = 0; // 1", "lib/own.js": "", "lib/data.json": "[]",
		"a.js": module + "require('./lib/own');", "b.js": module, "c.js": module,
	})
	told := func() int { return strings.Count(log.text(), "is loaded anew for each resource") }
	_, a := connect(t, r, "a")
	save(t, r, "lib/x.js", "exports.count = 0; // 2")
	if n := told(); n != 0 {
		t.Errorf("%d lines for one resource: %s", n, log.text())
	}
	_, b := connect(t, r, "b")
	connect(t, r, "c")
	if answer(a, "x") != "1" || answer(b, "x") != "1" {
		t.Errorf("%s, %s", a.messages(), b.messages())
	}
	log.want(t, "INFO this file is loaded anew for each resource", "lib/x.js")
	if n := told(); n != 1 {
		t.Errorf("%d lines: %s", n, log.text())
	}
}
