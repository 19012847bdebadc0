//go:build !race

package transport

const withRace = false
