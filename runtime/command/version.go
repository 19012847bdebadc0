package command

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"node.websocket/runtime/command/option"
)

// stamped is the version that a release is built with:
//
//	go build -ldflags '-X node.websocket/runtime/command.stamped=v1.2.3'
var stamped string

// showVersion is the command version.
func showVersion(_ option.Set, _ []string, stdout, _ io.Writer) int {
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
