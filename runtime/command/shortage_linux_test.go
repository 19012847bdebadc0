package command

import (
	"path/filepath"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/transport/websocket/websockettest"
)

// TestNoDescriptors saves a module, and connects, while the program can open no file. When it can, the new code serves and so is the
// client, and the log has no line for each try.
func TestNoDescriptors(t *testing.T) {
	t.Parallel()
	answer := func(text string) string {
		return "this.Module = function(){ this.onData = function(d, c){ c.send('" + text + "') } };"
	}
	p := commandtest.Start(t, map[string]string{"test.js": answer("one"), "deep/er/test.js": answer("one"), "idle.js": answer("one")})
	a, b := p.Dial("/test"), p.Dial("/deep/er/test")
	both := func(want string) bool {
		t.Helper()
		a.SendText("x")
		b.SendText("x")
		return a.Next() == want && b.Next() == want
	}
	if !both("one") {
		t.Error("not the module's answer")
	}
	p.LimitFiles(3)
	late := websockettest.Dial(t, p.Address())
	late.Raw([]byte(websockettest.Handshake("/test")))
	for _, name := range []string{"test.js", "deep/er/test.js", "idle.js"} {
		commandtest.WriteFile(t, filepath.Join(p.Dir, filepath.FromSlash(name)), answer("two"))
	}
	const unread, unaccepted = "the modules cannot be read", "connections cannot be accepted"
	p.Wait("the shortage", func() bool { return strings.Contains(p.Text(), unread) && strings.Contains(p.Text(), unaccepted) })
	if !both("one") {
		t.Error("the version that served does not serve on")
	}
	p.LimitFiles(1000)
	p.Wait("the new code", func() bool { return both("two") })
	late.Accepted()
	late.SendText("x")
	if got := late.Next(); got != "two" {
		t.Error(got)
	}
	p.Wait("the end of the shortage", func() bool {
		return strings.Contains(p.Text(), "the modules can be read again") && strings.Contains(p.Text(), "connections are accepted again")
	})
	text := p.Text()
	for _, line := range []string{unread, unaccepted} {
		if n := strings.Count(text, line); n != 1 {
			t.Errorf("%d lines of %q", n, line)
		}
	}
	if strings.Contains(text, "ERROR") || strings.Contains(text, "deleted") {
		t.Error("what could not be read was taken for wrong or deleted")
	}
}
