package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// TestOutputWithoutRoom runs commands whose output cannot be written, as on a full disk.
func TestOutputWithoutRoom(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	commandtest.WriteFile(t, filepath.Join(dir, "echo.js"), "exports.onData = (data, connection) => connection.send(data);")
	test := filepath.Join(dir, "echo.test.js")
	commandtest.WriteFile(t, test, "test('a', () => { });")
	full, err := os.Open(test) // only to be read
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, line := range []string{
		"test --reporter tap", "test --reporter junit", "test --reporter spec", "check", "types", "new hello", "version", "version --help", "completion bash", "--help", "--version", "--print-config",
	} {
		args := strings.Fields(line)
		if name := args[0]; name == "test" || name == "check" || name == "types" || name == "new" {
			args = append(args, "--modules", dir)
		}
		var text strings.Builder
		cmd := commandtest.Command(t.Context(), args...)
		cmd.Dir, cmd.Stdout, cmd.Stderr = dir, full, &text
		if err := cmd.Run(); cmd.ProcessState.ExitCode() != 1 || !strings.Contains(text.String(), "node.websocket: the output could not be written: ") && line != "--print-config" {
			t.Errorf("%s: %v\n%s", line, err, &text)
		}
	}
}
