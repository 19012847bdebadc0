// Package regexp matches the regular expressions of ECMAScript 2025: Unicode sets (flag v), indices
// (d), modifiers, lookbehind, named groups and duplicates of them, and the old syntax of Annex B.
//
// # Why
//
// goja uses Go's regexp for what that can do, and a package made for .NET for the rest. Neither knows
// UTF-16, ECMAScript's line ends and case folding, or that a repetition clears the captures in it.
//
// # How
//
// [Compile] parses a pattern into a tree (parse.go, escape.go, class.go), whose
// characters are sets of code points (set.go, fold.go, property.go), and makes a program of that
// (compile.go). [Regexp.Match] runs the program, and goes back on a stack of its own, so that neither
// the length of a text nor the pattern's nesting grow Go's stack (machine.go). A text is UTF-16, or
// ASCII in one byte for each character.
//
// # Limits
//
// A match that goes back may take time exponential in the length of the text. [Matcher.Check] is
// called every 65,536 steps and may end it. A match may hold 64 MiB of places to go back to.
//
// # Concurrency
//
// A Regexp is not changed after Compile, and may be used by many goroutines. A Matcher belongs to one.
// The package starts no goroutine.
package regexp
