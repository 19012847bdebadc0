// Package runtime runs modules: it loads JavaScript from a folder, keeps one goja VM for each resource, and moves
// messages between sessions and JavaScript. It knows no network; whatever carries a session is behind [Session].
//
// # Words
//
// A module is one file of the folder and what it requires. A [Worker] is one VM running one module. A turn is one
// stay of a goroutine in a worker: deliver events, run JavaScript, and, when it ends, flush every session that was
// sent to. A version is what one load of a module made. A [Conn] is one connection, as JavaScript sees a session.
//
// # Use
//
//	rt, err := runtime.New(runtime.Options{Dir: "modules"})
//	w, err := rt.Worker("chat")                // compiled and run when first asked for
//	c, answer, err := w.Open(ctx, request)     // new Module(), onHandshake
//	c.Connected(session)                       // onConnect
//	c.Receive(batch)                           // onData for each message
//	c.Disconnected(1000, "")                   // onDisconnect
//
// # Concurrency
//
// A turn is a mutex: at most one goroutine is in a worker at a time, and it is the caller's own. Whoever read a
// message runs JavaScript for it, so a busy module makes its readers wait, and their sockets are not read.
// Session's methods never block and never call back into a turn.
//
// Goroutines of this package, and what ends each:
//
//   - the clock of goja's regular expressions, one for each process: times matches that backtrack; ends by itself when none has
//     been under way for a while.
//   - the watchdog, one for each Runtime: looks for turns over their limit; ends at [Runtime.Close].
//   - the watcher's two, if Options.Watch is set: one sees files change, and reloads, the other takes what fsnotify complains
//     of; both end at Close.
//   - a timer's: started by the Go runtime when a worker's earliest timer is due, for one turn; none is started
//     after Close.
package runtime
