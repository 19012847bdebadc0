package command

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"node.websocket/runtime/command/option"
)

// starter has the files that the commands new and types write.
//
//go:embed starter
var starter embed.FS

// starterFile returns a file of starter in which each of the words is replaced by what follows it.
func starterFile(name string, words ...string) string {
	text, err := starter.ReadFile("starter/" + name)
	if err != nil {
		panic(err) // it is embedded
	}
	return strings.NewReplacer(words...).Replace(string(text))
}

// declarations returns the types of what modules can use.
func declarations() string {
	return starterFile("types.d.ts", "  // ModuleOptions\n", option.ModuleTypes(), "  // ServerOptions\n", option.ShownTypes())
}

// writeTypes is the command types.
func writeTypes(set option.Set, _ []string, stdout, stderr io.Writer) int {
	modules := option.Modules.In(set)
	if !isFolder(modules) {
		return fail(stderr, 1, errors.New(noFolder(modules)+"; name another with --modules DIR"))
	}
	if err := writeDeclarations(modules, stdout); err != nil {
		return fail(stderr, 1, err)
	}
	return 0
}

// writeDeclarations writes types.d.ts, also over an older one that this program has written, and jsconfig.json
// unless there is one or a tsconfig.json.
func writeDeclarations(modules string, stdout io.Writer) error {
	file, text := filepath.Join(modules, "types.d.ts"), declarations()
	firstLine, _, _ := strings.Cut(text, "\n")
	before, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case !strings.HasPrefix(string(before), firstLine):
		return fmt.Errorf("%s is there, and was not written by this command; rename it", file)
	}
	if string(before) != text {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
		fmt.Fprintln(stdout, file)
	}
	beside := filepath.Dir(filepath.Clean(modules))
	if _, err := os.Stat(filepath.Join(beside, "tsconfig.json")); err == nil {
		return nil
	}
	_, err = writeNew(filepath.Join(beside, "jsconfig.json"), starterFile("jsconfig.json", "MODULES", filepath.Base(modules)), stdout)
	return err
}

// writeNew writes a file and prints its name, unless there is one of that name: it reports whether it has.
func writeNew(name, text string, stdout io.Writer) (written bool, err error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return false, err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, err = f.WriteString(text)
	if failure := f.Close(); err == nil {
		err = failure
	}
	if err == nil {
		fmt.Fprintln(stdout, name)
	}
	return true, err
}
