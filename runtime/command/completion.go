package command

import (
	"bufio"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"node.websocket/runtime"
	"node.websocket/runtime/command/option"
)

// shells has the scripts of the command completion, by the name of the shell. They ask the program for what can be
// completed, so that this is always that of its own version.
//
//go:embed shells
var shells embed.FS

// words is the argument with which the scripts call the command completion. It then reads the words of a command line
// after the program's name, one a line, the last of which is to be completed, and prints candidates, one a line: a
// word and, after a tab, what it is for. The line :files or :folders stands for names of files or folders.
const words = "words"

var shellNames = []string{"bash", "fish", "zsh"}

// completion is the command completion.
func completion(_ option.Set, operands []string, stdout, stderr io.Writer) int {
	switch {
	case len(operands) == 1 && operands[0] == words:
		var line []string
		in := bufio.NewScanner(os.Stdin)
		for in.Scan() {
			line = append(line, in.Text())
		}
		for _, c := range complete(line) {
			fmt.Fprintln(stdout, escapeControl(c))
		}
		return 0
	case len(operands) == 1 && slices.Contains(shellNames, operands[0]):
		script, err := shells.ReadFile("shells/" + operands[0])
		if err != nil {
			panic(err) // it is embedded
		}
		_, _ = stdout.Write(script)
		return 0
	}
	return fail(stderr, exitMisuse, fmt.Errorf("completion: it takes the name of a shell: %s", strings.Join(shellNames, ", ")))
}

// complete returns the candidates for the last word of a command line.
func complete(line []string) (candidates []string) {
	if len(line) == 0 {
		return nil
	}
	all := commands()
	before, current := line[:len(line)-1], line[len(line)-1]
	add := func(word, help string) {
		if strings.HasPrefix(word, current) {
			candidates = append(candidates, strings.TrimSuffix(word+"\t"+help, "\t"))
		}
	}
	if len(before) == 0 && !strings.HasPrefix(current, "-") {
		for _, name := range slices.Sorted(maps.Keys(all)) {
			add(name, all[name].help)
		}
		return candidates
	}
	table, c := option.Serve, command{}
	if len(before) > 0 {
		if named, ok := all[before[0]]; ok {
			table, c, before = named.table, named, before[1:]
		}
	}
	name := "" // of the option whose value current is
	if option, value, ok := strings.Cut(current, "="); ok && strings.HasPrefix(option, "--") {
		for _, candidate := range completeValue(table, option, value) {
			if strings.HasPrefix(candidate, ":") {
				return []string{candidate}
			}
			candidates = append(candidates, option+"="+candidate)
		}
		return candidates
	}
	if n := len(before); n > 0 {
		name = before[n-1]
		if n > 1 && name == "=" { // bash makes words of its own of --log=debug
			name = before[n-2]
		} else if current == "=" {
			current = ""
		}
	}
	if strings.HasPrefix(name, "--") && !strings.HasPrefix(current, "-") {
		if values := completeValue(table, name, current); len(values) > 0 || table.NeedsValue(name) {
			return values
		}
	}
	switch {
	case strings.HasPrefix(current, "-"):
		for _, o := range table.Options() {
			add("--"+o.Name, o.Help)
		}
	case c.arguments == "SHELL":
		for _, shell := range shellNames {
			add(shell, "")
		}
	case c.takesModule:
		for _, module := range moduleNames(option.Modules.In(option.Set{})) {
			add(module, "")
		}
	}
	return candidates
}

// completeValue returns the candidates for the value of an option.
func completeValue(table option.Table, name, current string) (candidates []string) {
	for _, o := range table.Options() {
		if "--"+o.Name != name {
			continue
		}
		switch {
		case o.Unit == "FILE":
			return []string{":files"}
		case o.Unit == "DIR":
			return []string{":folders"}
		}
		for _, v := range o.Values {
			if strings.HasPrefix(v, current) {
				candidates = append(candidates, v)
			}
		}
	}
	return candidates
}

// mostNames is the most modules that are completed.
const mostNames = 1000

// moduleNames returns the names of the modules in a folder.
func moduleNames(folder string) (names []string) {
	_ = fs.WalkDir(os.DirFS(folder), ".", func(file string, d fs.DirEntry, err error) error {
		ext := filepath.Ext(file)
		bare := strings.TrimSuffix(strings.TrimSuffix(file, ext), "/index")
		switch {
		case err != nil || len(names) == mostNames:
			return fs.SkipAll
		case d.IsDir() && (d.Name() == "node_modules" || file != "." && strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case !d.IsDir() && slices.Contains([]string{".js", ".mjs", ".cjs", ".ts"}, ext) && !strings.HasSuffix(file, ".d.ts") && runtime.IsName(bare):
			names = append(names, bare)
		}
		return nil
	})
	return names
}
