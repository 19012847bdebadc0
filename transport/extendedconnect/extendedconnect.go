// Package extendedconnect makes net/http's server offer extended CONNECT (RFC 8441), by which a
// WebSocket is opened over HTTP/2.
//
// # Why it is a package
//
// net/http implements extended CONNECT, but offers it only if the environment variable GODEBUG
// contains http2xconnect=1 when net/http is initialised (go.dev/issue/71128). It ignores //go:debug
// lines and anything called later, and so does golang.org/x/net/http2. This package therefore sets
// the variable in its own initialisation, which precedes that of net/http. It does so in every
// version of Go: of the packages whose imports are initialised, the first in the order of import
// paths is next (The Go Programming Language Specification, "Program initialization"). net/http
// needs vendor/golang.org/x/net/http/httpguts; this package needs only os and strings, whose
// imports, like its own path, all come before "vendor/". It is therefore initialised before
// httpguts, and so before net/http. The alternative is a program that starts itself again with
// another environment, as another process.
//
// # How to use it
//
// Import it, and call Restore once net/http has been initialised, for instance in an init of a
// package that imports both. If the variable already contains http2xconnect, it is left alone,
// because http2xconnect=0 asks for no WebSockets over HTTP/2.
//
// # Concurrency
//
// The package has no goroutines. Restore must not be called concurrently; it is meant for an init
// function.
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
	before string // the variable's original value
	there  bool   // it was set
	added  bool   // it has been changed
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

// Restore resets the variable to its original value, for processes that are started later.
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
