package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"node.websocket/runtime"
	"node.websocket/runtime/command/option"
)

// create is the command new, which writes a module, a test and a page. It never writes over a file.
func create(set option.Set, operands []string, stdout, stderr io.Writer) int {
	if len(operands) == 0 {
		return fail(stderr, 2, errors.New("new: it takes the name of the module, as in "+calledAs+" new chat"))
	}
	m := newModule{name: strings.TrimPrefix(operands[0], "/"), ts: option.TS.In(set), modules: option.Modules.In(set), public: publicFolder(set)}
	if bare, ok := strings.CutSuffix(m.name, ".ts"); ok {
		m.name, m.ts = bare, true
	}
	m.name = strings.TrimSuffix(m.name, ".js")
	if m.public == "" && !option.Public.GivenIn(set) {
		m.public = option.Public.In(set)
	}
	if !runtime.IsName(m.name) {
		hint := "it is made of a-z, 0-9, _, - and ., as in chat, admin/log or rooms/[id], and is not in lib/, hidden or a test"
		if lower := strings.ToLower(m.name); runtime.IsName(lower) {
			hint = "names are in lower case, as " + lower
		}
		return fail(stderr, 2, fmt.Errorf("%q cannot be the name of a module; %s", operands[0], hint))
	}
	if err := m.write(stdout); err != nil {
		return fail(stderr, 1, err)
	}
	return 0
}

// A newModule has the files that the command new writes.
type newModule struct {
	name            string
	ts              bool
	modules, public string // folders; without public there is no page
}

var inBrackets = regexp.MustCompile(`\[(\w+)\]`)

// write writes the files that are not there. It is an error if the module is, in whatever language.
func (m newModule) write(stdout io.Writer) error {
	base := filepath.Join(m.modules, filepath.FromSlash(m.name))
	for _, ext := range []string{".js", ".mjs", ".cjs", ".ts"} {
		if _, err := os.Lstat(base + ext); err == nil {
			return fmt.Errorf("%s is there; nothing was written", base+ext)
		}
	}
	file := "module.js"
	if m.ts {
		file = "module.ts"
	}
	path := "/" + strings.TrimSuffix(m.name, "_default")
	example := inBrackets.ReplaceAllString(path, "1") // a path that a module with parameters serves
	words := []string{"PATH", example, "NAME", m.name}
	if _, err := writeNew(base+filepath.Ext(file), starterFile(file, words...), stdout); err != nil {
		return err
	}
	if _, err := writeNew(base+".test.js", starterFile("module.test.js", words...), stdout); err != nil {
		return err
	}
	if m.public != "" {
		page := inBrackets.ReplaceAllString(m.name, "$1") + ".html"
		if m.name == "_default" {
			page = "index.html"
		}
		name := filepath.Join(m.public, filepath.FromSlash(page))
		switch written, err := writeNew(name, starterFile("page.html", words...), stdout); {
		case err != nil:
			return err
		case !written:
			fmt.Fprintf(stdout, "%s is there, and was left as it is\n", name)
		default:
			defer fmt.Fprintf(stdout, "\nStart %s, and open http://localhost:8080/%s\n", calledAs, strings.TrimSuffix(page, "index.html"))
		}
	}
	return writeDeclarations(m.modules, stdout)
}
