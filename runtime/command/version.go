package command

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
)

// stamped is the version that a release is built with:
//
//	go build -ldflags '-X node.websocket/runtime/command.stamped=v1.2.3'
var stamped string

// showVersion is the command version.
func showVersion(args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] != "--help" && args[0] != "-h" {
		return fail(stderr, 2, fmt.Errorf("version: it takes no arguments"))
	}
	fmt.Fprintln(stdout, versionLine())
	return 0
}

// versionLine tells the version, what the program was built with, and for what.
func versionLine() string {
	version := stamped
	if info, ok := debug.ReadBuildInfo(); ok {
		version = cmp.Or(version, info.Main.Version)
	}
	return fmt.Sprintf("node.websocket %s (%s %s/%s)", cmp.Or(version, "(devel)"), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
