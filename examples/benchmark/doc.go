//go:build linux

// Command benchmark measures node.websocket and other WebSocket servers side by side:
//
//	cd examples/benchmark
//	go run . -o results.md -svg results.svg     # everything: three quarters of an hour
//	go run . -quick                             # ours, Bun and ws, seconds each
//	go run . -run W2,W6 -servers ours,bun,gws -rounds 5 -seconds 2
//	go run . -ours before=../before -ours after=../after -run W1
//
// # Method
//
// It builds ours and the servers in Go, installs the npm packages of package-lock.json, and starts the
// servers one by one, each a process of its own on loopback. Ours is the program as it is shipped, with
// the modules of modules/ and its default options; each peer is the plainest program of its library, in
// peers/. The load generator, package load, is in this process. It checks each answer: content, order,
// and that none is missing.
//
// Rounds are interleaved: within a workload, each server has its turn in each round, so that whatever
// else the machine does meets all of them. Reported are medians of the rounds, the least and the most,
// and ratios of medians. Before the first round each server is warmed up, so that compilers and pools
// are where they will be.
//
// The cost of a message is the CPU time of the server's process, user and system, all threads, divided
// by the messages; latency is what the generator sees. Absolute figures are those of one machine at one
// time, with the generator on the same cores; ratios within a run are what counts.
//
// # Concurrency
//
// One goroutine starts, measures and ends the servers. A server that is still running when the
// benchmark ends in any way is killed by the system.
package main
