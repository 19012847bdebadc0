package command

import (
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// TestExamples runs the tests of the modules that come with the server, and checks that all of them load.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ args, want string }{{"check", "modules are fine\n"}, {"test --timeout 60", "modules/game.test.js\n"}} {
		out, code := commandtest.Run(t, ".", strings.Fields(c.args+" --modules ../../modules")...)
		if code != 0 || !strings.Contains(out, c.want) {
			t.Errorf("%s: exit %d\n%s", c.args, code, out)
		}
	}
}
