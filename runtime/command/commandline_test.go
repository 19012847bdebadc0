package command

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"node.websocket/runtime/command/commandtest"
)

var updateCommandLine = flag.Bool("update-commandline", false, "write testdata/commandline.txt again")

// TestCommandLine makes the mistakes that people make on the command line, and compares what the program says with
// testdata/commandline.txt; -update-commandline writes it, and then it has to be read. A program that does not start says it in one
// line. TAKEN is a port that another program has, and GONE one where nothing listens.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	takenPort, gonePort := strconv.Itoa(taken.Addr().(*net.TCPAddr).Port), strconv.Itoa(commandtest.FreePort(t))

	dir := t.TempDir()
	for name, text := range map[string]string{
		"modules/echo.js": `this.Module = function(){ this.onData = function(d, c){ c.send(d) } };`,
		"one.pem":         "no certificate",
		"notes.txt":       "no folder",
		"redis":           "redis:// 127.0.0.1",
	} {
		commandtest.WriteFile(t, filepath.Join(dir, name), text)
	}

	const golden = "testdata/commandline.txt"
	before, err := os.ReadFile(golden)
	if err != nil && !*updateCommandLine {
		t.Fatal(err)
	}
	var after strings.Builder
	for line := range strings.Lines(string(before)) {
		command, isCommand := strings.CutPrefix(line, "$ node.websocket")
		if !isCommand {
			if strings.HasPrefix(line, "#") || line == "\n" {
				after.WriteString(line)
			}
			continue
		}
		args := strings.NewReplacer("TAKEN", takenPort, "GONE", gonePort).Replace(strings.TrimSpace(command))
		said := atCommandLine(t, dir, splitShell(args))
		for port, name := range map[string]string{takenPort: "TAKEN", gonePort: "GONE"} {
			said = regexp.MustCompile(`\b`+port+`\b`).ReplaceAllString(said, name)
		}
		after.WriteString(line + strings.ReplaceAll(said, dir, "DIR"))
	}
	switch got := after.String(); {
	case *updateCommandLine:
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	case got != string(before):
		t.Errorf("not what is in %s; if it is better, write it with -update-commandline, and read it. It is now:\n%s", golden, difference(string(before), got))
	}
}

// atCommandLine runs the program in a folder, and returns what it says: the lines before its end and its exit code or, if
// it serves, those that warn.
func atCommandLine(t *testing.T, dir string, args []string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := commandtest.Command(ctx, args...)
	cmd.Dir = dir
	said := &untilServing{cancel: cancel, warnings: 1}
	if slices.Contains(args, "--redis") {
		said.warnings = 2 // of the log and of the bus, in any order
	}
	cmd.Stdout, cmd.Stderr = said, said
	_ = cmd.Run()
	out := string(said.text)
	if !said.serves {
		if n := strings.Count(out, "\n"); n != 1 {
			t.Errorf("%q: it says %d lines:\n%s", args, n, out)
		}
		return out + fmt.Sprintf("exit %d\n", cmd.ProcessState.ExitCode())
	}
	var warned []string
	for line := range strings.Lines(out) {
		if at := strings.Index(line, "WARN"); at >= 0 {
			warned = append(warned, line[at:])
		}
	}
	slices.Sort(warned)
	return strings.Join(warned, "") + "serves\n"
}

// untilServing collects output, and cancels once there are the banner and some warnings.
type untilServing struct {
	cancel   context.CancelFunc
	warnings int
	text     []byte
	serves   bool
}

func (u *untilServing) Write(p []byte) (int, error) {
	u.text = append(u.text, p...)
	if !u.serves && strings.Contains(string(u.text), "node.websocket is at") {
		u.serves = true
	}
	if u.serves && strings.Count(string(u.text), "WARN") >= u.warnings {
		u.cancel()
	}
	return len(p), nil
}

// splitShell splits a line as a shell does, as far as single and double quotes go.
func splitShell(line string) (args []string) {
	arg, quote, some := "", rune(0), false
	for _, c := range line {
		switch {
		case quote == 0 && (c == '\'' || c == '"'):
			quote, some = c, true
		case c == quote:
			quote = 0
		case c == ' ' && quote == 0:
			if some {
				args = append(args, arg)
			}
			arg, some = "", false
		default:
			arg, some = arg+string(c), true
		}
	}
	if some {
		args = append(args, arg)
	}
	return args
}

// difference returns the lines of got that are not in want, each with the command it belongs to.
func difference(want, got string) string {
	known := map[string]bool{}
	for line := range strings.Lines(want) {
		known[line] = true
	}
	var b strings.Builder
	command := ""
	for line := range strings.Lines(got) {
		if strings.HasPrefix(line, "$ ") {
			command = line
		} else if !known[line] {
			b.WriteString(command + line)
		}
	}
	return b.String()
}
