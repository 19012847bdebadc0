package source

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"node.websocket/runtime/environment"
)

// A parser would end the process over these.
func TestCompileRefusesWhatIsNestedTooDeep(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"(", "[", "{a:", "`${", "!", "a=>", "if(a)", "function(){"} {
		_, err := Compile("test.js", "modules/test.js@1", []byte("var a = 1;\n  x = "+strings.Repeat(part, 200_000)))
		compile, ok := errors.AsType[*CompileError](err)
		if !ok || compile.Line != 2 || compile.Column < 4_000 || !strings.Contains(compile.Message, "nested deeper than the limit") {
			t.Errorf("%s: %v", part, err)
		}
	}
}

func TestFilesOverTheLimitAreRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, size := range map[string]int{"test.js": environment.SourceLimit + 1, "node_modules/large/index.js": environment.SourceLimit + 1, "node_modules/deep/index.js": 1_000_000} {
		file, text := filepath.Join(dir, name), make([]byte, size)
		for i := range text {
			text[i] = '('
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := OpenFolder(dir, "modules", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Read("test.js"); err == nil || !strings.Contains(err.Error(), "test.js: the file is 10485761 bytes long; the limit is 10485760") {
		t.Error(err)
	}
	if _, err := f.Read("node_modules"); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Error(err)
	}
	for request, want := range map[string]string{"large": "the limit is 10485760", "deep": "nested deeper than the limit"} {
		if _, err := f.Bundle(".", request); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", request, err)
		}
	}
}
