package command

import (
	"flag"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

var updateMistakes = flag.Bool("update-mistakes", false, "write what testdata/mistakes.txtar shows again")

const mistakes = "testdata/mistakes.txtar"

// TestMistakes checks what the terminal shows for usual mistakes, in one server that has a module for each.
func TestMistakes(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(mistakes)
	if err != nil {
		t.Fatal(err)
	}
	head, sections := readSections(string(data))
	files, want := map[string]string{}, map[string]string{}
	var names []string
	for _, s := range sections {
		if file, ok := strings.CutSuffix(s.name, " shows"); ok {
			want[file] = s.text
		} else {
			files[s.name] = s.text
			names = append(names, s.name)
		}
	}
	p := commandtest.Start(t, files)
	p.Wait("the modules", func() bool { return strings.Contains(p.Text(), "modules are ready") })
	for _, name := range names {
		if resource := resourceOf(name); resource != "" && shows(p, name) == "" {
			p.Dial("/" + resource).SendText("x")
			p.Wait("what "+name+" shows", func() bool { return shows(p, name) != "" })
		}
	}
	var b strings.Builder
	b.WriteString(head)
	for _, name := range names {
		b.WriteString("-- " + name + " --\n" + files[name])
		got := ""
		if resourceOf(name) != "" || want[name] != "" || *updateMistakes {
			got = shows(p, name)
		}
		if got != "" {
			b.WriteString("-- " + name + " shows --\n" + got)
		}
		if got != want[name] && !*updateMistakes {
			t.Errorf("%s shows\n%s\nwant\n%s", name, got, want[name])
		}
	}
	if *updateMistakes {
		if err := os.WriteFile(mistakes, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// resourceOf returns the resource that a file serves, or "" if a client cannot ask for it.
func resourceOf(file string) string {
	name := strings.TrimSuffix(file, path.Ext(file))
	if strings.Contains(name, "/") || name != strings.ToLower(name) || file == "twice.js" || file == "twice.ts" {
		return ""
	}
	return name
}

// passing matches what differs from run to run in a line of the log.
var passing = regexp.MustCompile(`^\S+ \S+ | (client|id)=\S+`)

// shows returns the warnings and errors about a file in the log of the program, with the lines below them.
func shows(p *commandtest.Process, file string) string {
	var b strings.Builder
	about := false
	for line := range strings.Lines(strings.ReplaceAll(p.Text(), p.Dir, "modules")) {
		if !strings.HasPrefix(line, "    | ") {
			resource := resourceOf(file)
			about = (strings.Contains(line, " WARN ") || strings.Contains(line, " ERROR ")) &&
				(resource != "" && strings.Contains(line, " resource="+resource+" ") || strings.Contains(line, " file=modules/"+file+"\n"))
			line = passing.ReplaceAllString(line, "")
		}
		if about {
			b.WriteString(line)
		}
	}
	return b.String()
}

// A section is a file of a txtar archive.
type section struct{ name, text string }

// readSections parses a txtar archive: comments, then files that begin with a line "-- name --".
func readSections(data string) (head string, sections []section) {
	for line := range strings.Lines(data) {
		name, begins := strings.CutPrefix(line, "-- ")
		name, ends := strings.CutSuffix(name, " --\n")
		if begins && ends {
			sections = append(sections, section{name: name})
		} else if len(sections) == 0 {
			head += line
		} else {
			sections[len(sections)-1].text += line
		}
	}
	return head, sections
}
