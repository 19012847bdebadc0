// Package clients tests the program with programs that others wrote.
//
// # What
//
// The tests build the program and start it as a process. Its clients are npm's ws, websocket,
// undici, sockjs-client and the websocket-client of 2010 in Node (node_test.go, sockjs_test.go,
// tour_test.go), and libraries of Perl and Ruby for the drafts (drafts_test.go). HAProxy is in front
// of it (haproxy_test.go). Pebble, the test server of Let's Encrypt, issues its certificates
// (acme_test.go), redis-server keeps its log (redis_test.go), systemd's tools check
// its units and start it (systemd_test.go), vim saves its modules (vim_test.go),
// and a shell passes its options (shell_test.go). Random programs have the values that Node gives
// them (language_test.go), and so have programs for packages of npm (packages_test.go).
//
// # How to use
//
//	npm ci && go test ./clients
//	go test ./clients -run Packages -update-packages
//	go test ./clients -run '^$' -bench Redis -benchtime 30x
//
// A test is skipped if its program is not installed; with CI=true that is a failure. .ci/run
// installs them all. Pebble is a tool of examples/go.mod, which the go command builds.
//
// # Concurrency
//
// Each test has processes of its own, so that most tests run in parallel.
package clients
