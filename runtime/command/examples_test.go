package command

import (
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// TestExamples runs the tests of the modules that come with the server, and checks that all of them load.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"check", "test"} {
		out, code := commandtest.Run(t, ".", command, "--modules", "../../modules")
		if code != 0 || !strings.Contains(out, map[string]string{"check": "modules are fine\n", "test": "modules/game.test.js\n"}[command]) {
			t.Errorf("%s: exit %d\n%s", command, code, out)
		}
	}
}
