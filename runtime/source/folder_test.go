package source

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
)

// newFolder makes a Folder of the files, by name, shown as "modules".
func newFolder(t testing.TB, files map[string]string) *Folder {
	t.Helper()
	f := &Folder{dir: filepath.Join(t.TempDir(), "modules")}
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		write(t, f, name, text)
	}
	f, err := OpenFolder(f.dir, "modules", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func write(t testing.TB, f *Folder, file, text string) {
	t.Helper()
	file = filepath.Join(f.dir, filepath.FromSlash(file))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
