// Package clients tests the program with programs that others wrote.
//
// # What
//
// The tests build the program and start it as a process. Clients that speak to it: npm's ws, websocket, undici,
// sockjs-client and the websocket-client of 2010 in Node (node_test.go, sockjs_test.go, tour_test.go), and libraries
// of Perl and Ruby for the drafts (drafts_test.go). In front of it: HAProxy (haproxy_test.go). Behind it: Pebble,
// the test server of Let's Encrypt (acme_test.go), and redis-server (redis_test.go). Around it: vim, which saves
// modules (vim_test.go), and a shell, which reads options (shell_test.go).
//
// # How to use
//
//	npm ci && go test ./clients
//
// A test is skipped where its program is not installed, except with CI=true, where that is a failure; .ci/run installs
// them all. Pebble is a tool of examples/go.mod and is built as it is needed.
//
//	go test ./clients -run '^$' -bench Redis -benchtime 30x
//
// # Concurrency
//
// Each test has processes of its own, so that tests run in parallel.
package clients
