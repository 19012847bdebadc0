//go:build race

package environment

// withRace is set if the race detector is on, which makes everything ten times as slow.
const withRace = true
