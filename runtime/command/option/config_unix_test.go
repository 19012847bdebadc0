//go:build unix

package option

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestConfigIsNoPipe checks that a pipe is refused. To open one waits until somebody writes to it.
func TestConfigIsNoPipe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.toml")
	if err := syscall.Mkfifo(file, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Serve.Parse([]string{"--config", file}); err == nil || !strings.HasSuffix(err.Error(), "is no regular file") {
		t.Error(err)
	}
}
