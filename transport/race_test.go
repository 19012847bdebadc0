//go:build race

package transport

// withRace says that the race detector is on, which makes everything ten times as slow.
const withRace = true
