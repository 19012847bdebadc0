// Package console serves the page /_console, which shows what the server does while it does it.
//
// # What
//
// A [Console] is a transport.Handler around that of the modules. It has one resource of its own: a plain
// request gets the page, which is embedded, and a WebSocket gets what the page shows, as JSON. access.go
// decides who may see it, tail.go keeps the last lines of the log, and feed.go gathers what all open pages
// show: modules, connections, topics and figures.
//
// # How to use
//
//	c := console.New(console.Options{Log: log})
//	rt, err := runtime.New(runtime.Options{Log: c.Log(), …})
//	server := transport.NewServer(options, c.Around(handler, rt))
//	c.Watch(server)
//
// # Cost
//
// While no page is open, only the log is kept: turns are not timed, and no session is counted apart. What
// is read of many sessions is read under the lock of one at a time.
//
// # Concurrency
//
// Any goroutine may call a Console's methods. There is one goroutine, which sends to all open pages; it
// ends with the last of them.
package console
