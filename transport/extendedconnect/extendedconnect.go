// Package extendedconnect has net/http's server offer extended CONNECT (RFC 8441), by which a WebSocket comes over HTTP/2.
//
// # Why it is a package
//
// net/http has all of it, but offers it only if the variable GODEBUG has http2xconnect=1 in the environment when net/http is
// initialised (go.dev/issue/71128): neither a //go:debug line nor anything that is called later is looked at, and golang.org/x/net/http2
// asks the same. So the variable is set here, while this package is initialised, which is before net/http is. That is no accident of this version of
// Go: of the packages whose imports are initialised, the first in the order of their import paths comes next (The Go Programming Language
// Specification, "Program initialization"). net/http needs vendor/golang.org/x/net/http/httpguts; this package needs os and strings alone, all
// of whose imports, like its own path, come before "vendor/". So it comes before httpguts, and with that before net/http. A program that starts
// itself again with another environment would do as well, at the price of a process that is not the one that was started.
//
// # How to use it
//
// Import it, and call Restore when net/http has been initialised, which it is in any init of a package that imports both. If the variable names
// http2xconnect already, it is left alone: whoever sets http2xconnect=0 wants no WebSockets over HTTP/2.
//
// # Concurrency
//
// It has no goroutines. Restore is for an init, where there is one.
package extendedconnect

import (
	"os"
	"strings"
)

const (
	variable = "GODEBUG"
	setting  = "http2xconnect"
)

var (
	before string // what the variable was
	there  bool   // it was set
	added  bool   // it is not as it was
)

func init() {
	before, there = os.LookupEnv(variable)
	if strings.Contains(before, setting+"=") {
		return
	}
	value := setting + "=1"
	if before != "" {
		value = before + "," + value
	}
	added = os.Setenv(variable, value) == nil
}

// Restore gives the variable back the value that it had, for processes that are started from here.
func Restore() {
	switch {
	case !added:
	case there:
		os.Setenv(variable, before)
	default:
		os.Unsetenv(variable)
	}
	added = false
}
