// Package browser tests the example pages in a real browser.
//
// # What
//
// The tests build the program, start it on a free port, and use the pages of examples/public in
// headless Chromium as a person would. They look for the browser in the environment variable
// CHROMIUM, then on the PATH as chromium, chromium-browser, google-chrome and chrome. Without one
// they are skipped; with CI=true that is a failure.
//
// # How to use
//
//	npm ci && go test ./browser
//	go test ./browser -args -screenshots DIR    # keeps the pictures it takes
//
// # Concurrency
//
// One browser serves all tests. Each test has a server and tabs of its own, and the tests run one
// after another. The goroutines of chromedp end when TestMain cancels the browser's context.
package browser
