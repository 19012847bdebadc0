package permission

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// A Program describes a run of [Set.Execute].
type Program struct {
	Name string   // a path, or a name that is looked up in the server's PATH
	Args []string // without the name
	Dir  string   // the working directory; "" means that of the server
	// Env is the environment, in the form NAME=value. Nil means what [Set.Environ] returns, and the few
	// variables that programs need.
	Env []string
	// MaxOutput is the number of bytes that each of the outputs may have.
	MaxOutput int
}

// An Outcome holds what a program has left behind.
type Outcome struct {
	Stdout, Stderr []byte
	Code           int    // the exit status; -1 if a signal has ended it
	Signal         string // "SIGTERM"; "" if it has exited
	Full           string // the output that has become too long: "stdout" or "stderr"; or ""
}

// killDelay is the time that a program has to end after a SIGTERM, and that its output has to end after
// the program.
const killDelay = time.Second

// Execute runs a program until it ends, its output is too long, or ctx ends. In the last two cases it
// gets a SIGTERM, and a second later a SIGKILL; either is for all processes of its group. What is left
// of the group when the program has ended is killed. The error is a *[Denied] if the program is not
// granted, or tells why it did not start.
func (s Set) Execute(ctx context.Context, p Program) (Outcome, error) {
	path, err := s.program(p.Name)
	if err != nil {
		return Outcome{}, err
	}
	if p.Env == nil {
		p.Env = s.programEnviron()
	} else if !s.Run.All {
		for _, variable := range p.Env {
			if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "LD_") || strings.HasPrefix(name, "DYLD_") {
				return Outcome{}, &Denied{"setting " + name + ", which makes a program load others,", "--allow-run"}
			}
		}
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	stdout, stderr := output{limit: p.MaxOutput, full: stop}, output{limit: p.MaxOutput, full: stop}
	c := exec.CommandContext(ctx, path, p.Args...)
	c.Args[0] = p.Name
	c.Dir, c.Env, c.Stdout, c.Stderr, c.WaitDelay = p.Dir, p.Env, &stdout, &stderr, killDelay
	lead(c)
	if err := c.Start(); err != nil {
		return Outcome{}, err
	}
	err = c.Wait()
	endGroup(c)
	o := Outcome{Stdout: stdout.data, Stderr: stderr.data, Code: c.ProcessState.ExitCode(), Signal: signalOf(c.ProcessState)}
	switch {
	case stdout.over:
		o.Full = "stdout"
	case stderr.over:
		o.Full = "stderr"
	}
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) && !errors.Is(err, exec.ErrWaitDelay) && ctx.Err() == nil {
		return o, err
	}
	return o, nil
}

// program returns the path, or the name to look up, of a program that is granted.
func (s Set) program(name string) (string, error) {
	for _, grant := range s.Run.Names {
		switch {
		case name == grant:
			return lookUp(name)
		case filepath.IsAbs(name):
			// Not whether they are the same file: many programs are one file under several names.
			if path, err := lookUp(grant); err == nil && path == filepath.Clean(name) {
				return path, nil
			}
		case filepath.IsAbs(grant) && filepath.Base(grant) == name:
			return grant, nil
		}
	}
	if s.Run.All {
		return lookUp(name)
	}
	return "", &Denied{"running " + name, "--allow-run=" + name}
}

func lookUp(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

// Shell returns the program that runs a command line: the shell if it is granted. Otherwise a command
// line without characters that mean something to the shell is split into its words.
func (s Set) Shell(line string) (name string, args []string, err error) {
	shell := []string{"sh", "-c", line}
	if runtime.GOOS == "windows" {
		shell = []string{"cmd.exe", "/d", "/s", "/c", line}
	}
	if s.Run.All || slices.Contains(s.Run.Names, shell[0]) {
		return shell[0], shell[1:], nil
	}
	words := strings.Fields(line)
	plain := len(words) > 0 && !strings.Contains(words[0], "=") && words[0] != "!" && !strings.ContainsAny(line, "|&;<>()$`\\\"'*?[]{}\n\r") &&
		!slices.ContainsFunc(words, func(word string) bool { return word[0] == '#' || word[0] == '~' })
	if !plain {
		return "", nil, &Denied{"running a command line that needs a shell, which can run everything,", "--allow-run=" + shell[0] + "; execFile needs none"}
	}
	return words[0], words[1:], nil
}

// An output keeps what a program writes, up to a limit, and calls full at the first byte beyond.
type output struct {
	limit int
	full  func()
	data  []byte
	over  bool
}

func (o *output) Write(data []byte) (int, error) {
	room := o.limit - len(o.data)
	if len(data) > room && !o.over {
		o.over = true
		o.full()
	}
	o.data = append(o.data, data[:min(len(data), room)]...)
	return len(data), nil
}
