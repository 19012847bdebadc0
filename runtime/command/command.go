// Package command implements the commands of the program node.websocket: serve, which needs no
// name, check, logs, new, test, types, and version.
//
// # What
//
// Each command has a file of its own: serve.go, check.go, and so on. Beside them are the text log (textlog.go),
// the log kept in Redis (redislog.go), the listeners (listen.go) and sockets of systemd (inherit.go), the stop (stop.go), the limit of the memory (memory.go,
// memorylimit.go), and the adapters that join transport to runtime (join.go): neither package imports
// the other.
//
// # How to use
//
// Package main calls [Main] and does nothing else. A new command is a file with a function that takes
// the arguments after its name and returns the exit code, and an entry in the map commands.
//
// # Concurrency
//
// A process calls Main once. The goroutines started here, and what ends them:
//
//   - serve: one for each listener, until it fails or the server shuts down; one that reloads all
//     modules on SIGHUP, and one that watches the memory, until serve returns; one that shuts the server down, and
//     one that waits for it, or for --shutdown-timeout; serve waits for that one, unless a second signal ends
//     the program.
//   - console: see there.
//   - redislog.go: one that watches for a signal while the end of the log is written; it ends with the
//     write.
//   - logs: one that reads the log, until it is at the end, a signal comes, or the program ends.
package command

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A command is a part of the program that has a name.
type command struct {
	run       func(args []string, stdout, stderr io.Writer) int // returns 0 for success, 1 for a failure, 2 for arguments that it does not understand
	arguments string
	help      string
}

// commands are the commands, by name; without one the program serves.
var commands = map[string]command{
	"check":   {check, "[options]", "compiles and evaluates every module, and prints what is wrong"},
	"logs":    {showLogs, "[options]", "shows the log that is kept in Redis"},
	"new":     {create, "NAME [options]", "writes a module that runs, a test, and a page for it"},
	"test":    {testModules, "[GLOB] [options]", "runs the tests in *.test.js beside the modules, without a port"},
	"types":   {writeTypes, "[options]", "writes types.d.ts and jsconfig.json, by which editors know what modules can use"},
	"version": {showVersion, "", "prints the program's version"},
}

// Main runs the program with the arguments that follow its name, and returns its exit code.
func Main(args []string) int {
	if len(args) > 0 {
		if c, ok := commands[args[0]]; ok {
			return c.run(args[1:], os.Stdout, os.Stderr)
		}
		if isWord(args[0]) { // anything else may be an option whose name is missing, with a password in its value
			names := slices.Sorted(maps.Keys(commands))
			last := len(names) - 1
			return fail(os.Stderr, 2, fmt.Errorf("%q: no such command; there are %s and %s, and without one the server starts; see --help", args[0],
				strings.Join(names[:last], ", "), names[last]))
		}
	}
	return serve(args, os.Stdout, os.Stderr)
}

// printCommands prints what the program can be called for.
func printCommands(stdout io.Writer) {
	width := 0
	lines := []string{"[options]", "serves modules/chat.js at ws://localhost:8080/chat"}
	for _, name := range slices.Sorted(maps.Keys(commands)) {
		c := commands[name]
		lines = append(lines, strings.TrimSpace(name+" "+c.arguments), c.help)
	}
	for call := range slices.Chunk(lines, 2) {
		width = max(width, len(call[0]))
	}
	for call := range slices.Chunk(lines, 2) {
		fmt.Fprintf(stdout, "  %s %-*s  %s\n", calledAs, width, call[0], call[1])
	}
	fmt.Fprintf(stdout, "\n%s COMMAND --help tells more.\n", calledAs)
}

// calledAs is the program as its user has called it, for the help.
var calledAs = callOf(os.Args[0])

// callOf returns what a user writes to start the program with this path. That of go run is a temporary file.
func callOf(path string) string {
	if strings.Contains(filepath.ToSlash(path), "/go-build") {
		return "go run ."
	}
	return path
}

// isWord reports whether an argument could be the name of a command: it has letters alone.
func isWord(arg string) bool {
	return arg != "" && strings.Trim(strings.ToLower(arg), "abcdefghijklmnopqrstuvwxyz") == ""
}

// fail prints why a command ends, and returns code.
func fail(stderr io.Writer, code int, err error) int {
	fmt.Fprintln(stderr, "node.websocket:", escapeControl(err.Error()))
	return code
}
