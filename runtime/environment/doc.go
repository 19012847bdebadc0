// Package environment makes what a VM has beside the language itself: the web's and Node's globals,
// the modules that require finds without a file, what goja's language still lacks, and limits on
// what one native call may allocate.
//
// # What there is
//
// README.md lists the globals and the built-in modules; that list is the contract. Most are
// JavaScript, in js/. Each file there is a function that is given a host object, with what can only
// be done in Go, and returns its exports. A part is evaluated when a VM first uses one of its
// names, because a class costs goja more than a kilobyte.
//
// Modules get no files, network, environment variables or processes, but for what
// Options.Permissions grants. require('fs') and its like throw an error that says so; see [Refusal].
// What is granted is asked for outside of the VM, so that a turn never waits for it: see operation.
//
// # Limits
//
// goja's interrupt does not reach native code, and Go's allocator ends the process when it cannot
// serve a request. So built-ins that loop or allocate by a number they are given are replaced by
// ones that throw a RangeError first: 'x'.repeat(2**40), new Array(1e9).fill(), JSON.parse of a
// text nested a million levels deep. limits_table.go says which.
//
// # JSON
//
// JSON.parse, JSON.stringify and JSON.rawJSON are this package's own, in json*.go, with the results,
// errors and limits of testdata/json.txt. Ordinary objects and arrays are made and read directly in
// goja's structs, see inside_json.go.
//
// # Intl
//
// js/locale.js reads locales and options; the package locale does what they ask for.
//
// # Use
//
//	e, err := environment.New(vm, environment.Options{Log: log, Report: report}) // before any module runs
//	exports, ok := e.Builtin("node:util")
//	data, ok := e.Bytes(value) // of an ArrayBuffer, a typed array or a DataView
//
// # Concurrency
//
// An Environment belongs to its VM: call it, as the VM itself, in a turn. The compiled parts are shared by
// all VMs and made once. The package starts no goroutine of its own, but Options.Background does, for jobs
// and for operations outside of the VM; the regular expressions behind goja's share one that times matches
// which backtrack, and ends by itself when there has been none for a while.
package environment
