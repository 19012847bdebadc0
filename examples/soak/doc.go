// Package soak tests that no client stops the program for others.
//
// # What
//
// TestSoak starts the program twice, plain and with TLS. A hundred honest clients, over every
// transport, send numbered messages at a steady rate and check each answer, while hostile clients of
// each kind (kinds_test.go) attack other resources. No honest client may lose a message, or be closed;
// p99 of their latency has a bound; and when all clients have gone, memory, descriptors and goroutines
// are back at what they were.
//
// TestSoakVisitors does the same, without the bound, while two thousand visitors more come, subscribe,
// publish and go all along (churn_test.go), and the modules are saved once a second. They miss nothing either.
//
// TestBroadcast has a module broadcast past clients that never read.
//
// TestStop shows what a client of each way sees when the program is stopped.
//
// # How to use
//
//	go test ./soak -v                  # five seconds
//	go test ./soak -v -soak 60s        # as in .ci/run; needs three minutes
//	go test ./soak -v -run Visitors -soak 10m -timeout 20m
//	go test ./soak -v -kinds bombs     # hostile clients of some kinds alone
//
// The figures are in the log of the test. What the program uses is read from Linux's /proc.
//
// # How the latency is a property of the program
//
// The honest clients run in the process of the test, and the hostile ones and the visitors in others, with a
// lower priority (nice), so that these do not take the CPU from those or from the program. Their rates
// (kinds) leave a third of two cores idle on average; what the program needs for a kind is told there.
// A message carries the time at which it was written, so a late timer of a client does not count. At
// the same time the test exchanges messages with a plain TCP echo in a third process: its p99 is what
// the machine adds, and is granted to the program on top of the bound. Where other processes took more
// than a tenth of the machine, a p99 over the bound is only logged, unless CI=true.
//
// # Concurrency
//
// An honest client has two goroutines, which end with its connection. The goroutines of the hostile
// process end with it.
package soak
