//go:build race

package websocket

// raceEnabled is for tests that count allocations: with the race detector, sync.Pool drops items on
// purpose.
const raceEnabled = true
