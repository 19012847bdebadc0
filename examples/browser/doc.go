// Package browser tests the example pages in a real browser.
//
// # What
//
// The tests build the server from the parent module, start it on a free port of
// 127.0.0.1, and drive the pages of examples/public in headless Chromium: what a
// person would see and do, over the same socket. They look for the browser in the
// environment variable CHROMIUM, then on the PATH as chromium, chromium-browser,
// google-chrome and chrome. Where there is none they are skipped, except with
// CI=true, where a missing browser is a failure.
//
// # How to use
//
//	go test ./browser
//	go test ./browser -args -screenshots DIR    # keeps the pictures it takes
//
// # Concurrency
//
// One browser serves all tests, each test has its own server and its own tabs, and
// the tests run one after the other. Goroutines: one for each started server waits
// for its process and ends with it; chromedp's own end when TestMain cancels the
// browser's context.
package browser
