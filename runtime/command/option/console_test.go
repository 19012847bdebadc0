package option

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestConsole checks what --console takes, and that no message repeats a token.
func TestConsole(t *testing.T) {
	clearEnvironment(t)
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("s3cret-of-the-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		want ConsoleAccess
		err  string
	}{
		{"", ConsoleAccess{}, ""},
		{"--console", ConsoleAccess{Make: true}, ""},
		{"--console=true", ConsoleAccess{Make: true}, ""},
		{"--console=false", ConsoleAccess{Off: true}, ""},
		{"--console=s3cret-s3cret-xx", ConsoleAccess{Token: "s3cret-s3cret-xx"}, ""},
		{"--console|@" + file, ConsoleAccess{Token: "s3cret-of-the-file"}, ""},
		{"--console=s3cret", ConsoleAccess{}, "--console: want true, false, or a token of 16"},
		{"--console=s3cret with blanks in", ConsoleAccess{}, "--console: want true, false, or a token of 16"},
		{"--console|@" + file + "x", ConsoleAccess{}, "no such file"},
	} {
		set, err := Serve.Parse(split(c.args))
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%s: %v, want %s", c.args, err, c.err)
			}
			continue
		}
		if got := Console.In(set); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v", c.args, got, err)
		}
	}
}
