//go:build race

package websocket

// raceEnabled: the race detector has sync.Pool lose things on purpose, so allocations cannot be counted.
const raceEnabled = true
