//go:build !race

package environment

const withRace = false
