// Package command implements the commands of the program node.websocket: serve, which needs no
// name, check, completion, connect, logs, new, repl, test, types, and version.
//
// # What
//
// Each command has a file of its own: serve.go, check.go, and so on. Beside them are the standard output
// (output.go), the text log (textlog.go), the log kept in Redis (redislog.go), the listeners (listen.go) and
// sockets of systemd (inherit.go), the stop (stop.go), the limit of the memory (memory.go, memorylimit.go),
// and the adapters that join transport to runtime (join.go): neither package imports the other.
//
// # How to use
//
// Package main calls [Main] and does nothing else. A new command is a file with a function that takes
// the options and other arguments and returns the exit code, its options in package option, and an entry in
// the function commands.
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
//   - connect: one that receives, until the connection ends; one that reads lines, until their end or that of the
//     program.
//   - repl: one that reads lines, as for connect. In the server, one that accepts its connections, until run
//     returns, and two for each of them, which end with it.
//   - test: with --watch, one that watches the folder, until ctx ends; one that reads what is typed, until that or the
//     program ends; and one for each time that the tests run.
//   - logs: one that reads the log, until it is at the end, a signal comes, or the program ends.
package command

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"node.websocket/runtime/command/option"
)

// A command is a part of the program that has a name.
type command struct {
	// run carries out the command with its options and its other arguments. It returns 0 for success and 1 for a
	// failure.
	run       func(set option.Set, operands []string, stdout, stderr io.Writer) int
	table     option.Table
	most      int    // of arguments that are no options
	arguments string // for the help, as are the following
	help      string // for the list of commands
	about     string // for the command's own help; "": as help
	example   string // what follows the program's name

	takesModule bool // the first of these arguments is the name of a module
}

// commands returns the commands, by name; without one the program serves.
func commands() map[string]command {
	return map[string]command{
		"check": {
			run: check, table: option.Check, arguments: "[options]",
			help:    "compiles and evaluates every module, and prints what is wrong",
			about:   "compiles and evaluates every module, prints what is wrong, and exits with 1 if something is",
			example: "check --modules modules",
		},
		"completion": {
			run: completion, table: option.HelpAlone, most: 1, arguments: "SHELL",
			help:    "prints a script by which bash, zsh or fish completes commands and options",
			example: "completion bash > ~/.local/share/bash-completion/completions/node.websocket",
		},
		"connect": {
			run: connect, table: option.Connect, most: 1, takesModule: true, arguments: "URL [options]",
			help: "sends lines as messages, and prints what comes",
			about: "connects to ws://localhost:8080/chat, or only chat, sends each line as a message, and prints what comes, binary messages in hex.\n" +
				"It exits with 0 if the connection was closed with 1000, by ^D, or after the end of a pipe; 1 if the server could not be reached, or has refused;\n" +
				"2 for arguments that it does not take; and 3 if the connection was lost, or closed with another code",
			example: "connect chat --origin http://a.com\n  echo hello | " + calledAs + " connect :8080/echo",
		},
		"logs": {
			run: showLogs, table: option.Logs, arguments: "[options]",
			help:    "shows the log that is kept in Redis",
			about:   "shows the log that a server keeps in Redis",
			example: "logs --follow",
		},
		"new": {
			run: create, table: option.New, most: 1, arguments: "NAME [options]",
			help:    "writes a module that runs, a test, and a page for it",
			about:   "writes a module that runs, a test, and a page that talks to it; in an empty folder, all that a server needs",
			example: "new chat --ts",
		},
		"repl": {
			run: repl, table: option.Repl, most: 1, takesModule: true, arguments: "MODULE [options]",
			help: "evaluates lines in a module of a running server",
			about: "evaluates lines of JavaScript in a module of a running server, which was started by the same user with --allow-repl.\n" +
				"A line may await a promise. What it prints goes into the server's log as well. It exits with 1 if there is no such server or module,\n" +
				"and with the first error of a pipe",
			example: "repl chat\n  echo server.clients | " + calledAs + " repl chat",
		},
		"test": {
			run: testModules, table: option.Test, most: 1, takesModule: true, arguments: "[GLOB] [options]",
			help:    "runs the tests in *.test.js beside the modules, without a port",
			about:   "runs the tests in *.test.js, .mjs, .cjs and .ts beside the modules, and exits with 1 if one fails",
			example: "test 'chat*'",
		},
		"types": {
			run: writeTypes, table: option.Types, arguments: "[options]",
			help:    "writes types.d.ts and jsconfig.json, by which editors know what modules can use",
			about:   "writes types.d.ts into the folder of the modules and, if there is none, jsconfig.json beside it",
			example: "types",
		},
		"version": {
			run: showVersion, table: option.HelpAlone,
			help:    "prints the program's version",
			about:   "prints the program's version, what it was built with, and for what",
			example: "version",
		},
	}
}

// start reads the arguments of a command and carries it out, or prints its help. It returns 2 for arguments that
// the command does not take.
func (c command) start(name string, args []string, stdout, stderr io.Writer) int {
	set, operands, err := c.table.ParseOperands(args, c.most)
	if err != nil {
		return fail(stderr, 2, err)
	}
	printWarnings(set, stderr)
	if option.Help.In(set) {
		fmt.Fprintf(stdout, "node.websocket %s: %s\n\n  %s %s\n", name, cmp.Or(c.about, c.help), calledAs, c.example)
		c.table.PrintHelp(stdout)
		return 0
	}
	return c.run(set, operands, stdout, stderr)
}

// printWarnings prints what is dangerous about values that the options accept.
func printWarnings(set option.Set, stderr io.Writer) {
	for _, w := range set.Warnings() {
		fmt.Fprintln(stderr, "node.websocket:", escapeControl(w))
	}
}

// Main runs the program with the arguments that follow its name, and returns its exit code.
func Main(args []string) int {
	stdout := &output{file: os.Stdout}
	code := start(args, stdout, os.Stderr)
	if err := stdout.failed(); err != nil && code == 0 {
		return fail(os.Stderr, 1, fmt.Errorf("the output could not be written: %w", err))
	}
	return code
}

// start starts a command, or without its name the server.
func start(args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 {
		all := commands()
		if c, ok := all[args[0]]; ok {
			return c.start(args[0], args[1:], stdout, stderr)
		}
		if isWord(args[0]) { // anything else may be an option whose name is missing, with a password in its value
			names := slices.Sorted(maps.Keys(all))
			last := len(names) - 1
			return fail(stderr, 2, fmt.Errorf("%q: no such command; there are %s and %s, and without one the server starts; see --help", args[0],
				strings.Join(names[:last], ", "), names[last]))
		}
	}
	return serve(args, stdout, stderr)
}

// printCommands prints what the program can be called for.
func printCommands(stdout io.Writer) {
	width := 0
	lines := []string{"[options]", "serves modules/chat.js at ws://localhost:8080/chat"}
	all := commands()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		c := all[name]
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
