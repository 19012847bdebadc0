// Package runtime runs modules. It loads JavaScript from a folder, keeps a goja VM for each
// resource, or several, and moves messages between sessions and JavaScript. It knows no network: whatever
// carries a connection implements [Session].
//
// # Words
//
// A [Resource] is a name that clients can ask for, such as "chat". It names a module, which is a
// file of the folder together with what it requires. A version is one load of a module, numbered
// from 1. A worker is a VM that runs a resource's module, for all of its connections or for a share
// of them. A [Conn] is one connection: the object
// that JavaScript sees, and the module's instance for it. A [Session] is the client's side of it,
// which transport implements. A turn is one stay of a goroutine in a worker: it delivers events,
// runs JavaScript, and afterwards flushes the sessions to which something was sent.
//
// # Use
//
//	rt, err := runtime.New(runtime.Options{Dir: "modules"})
//	r, err := rt.Resource("chat")            // loads the module when it is first asked for
//	c, answer, err := r.Open(ctx, request)   // new Module(), onHandshake
//	c.Connected(session)                     // onConnect
//	taken := c.Receive(batch)                // onData for each message
//	c.Drained()                              // onDrain, after a send that returned false
//	c.Ending()                               // the client has closed or gone
//	c.Disconnected(1000, "")                 // onDisconnect
//	err = rt.Close(ctx)
//
// Receive does not wait. If it takes fewer messages than it was given, the session keeps the rest
// and does not read its client; once the worker can go on, [Session.Resume] asks for them again.
// After Ending nothing has to be kept: messages that would have to wait for a pause or a promise are
// dropped, so that Disconnected can follow.
//
// # Concurrency
//
// At most one goroutine is in a worker at a time. The turn is a run queue, not a mutex: a goroutine
// that finds the worker busy leaves its function in the queue and goes on, and the goroutine that
// has the turn runs it. A Receive that finds the worker busy returns 0 and is resumed afterwards. So
// a busy module delays only its own connections. The calls that do wait are [Runtime.Resource] and
// [Resource.Open], for their own module; [Runtime.Reload], which leaves a busy module behind after a
// quarter of a second; and [Runtime.Close], until its context ends.
//
// The workers of a resource run independently of each other, except for what they publish and reloads. A
// reload has the turns of all of them at the same time, for as long as it takes to load the new
// version in each and to swap: see holdTurns.
//
// All JavaScript runs inside turn.Call or turn.Try. They bound its time, recover panics, run the
// microtasks and report unhandled rejections. A call that does not end even though it was
// interrupted, because it is in native code, costs the resource that worker: its connections are
// closed, and the next handshake starts a fresh one.
//
// What is published or broadcast is encoded once and queued for the receivers outside the turn: see
// outbox. The messages of one worker reach each connection in the order in which they were sent, published
// and broadcast.
//
// A Session's methods may be called from any goroutine, in a turn and outside one. They do not block
// and do not call back before they return.
//
// # Goroutines
//
// These are all the goroutines of this package and its subpackages but storage and redis, and what
// ends each of them:
//
//   - The watchdog, one for each [Runtime], looks for calls over their limit. Close ends it.
//   - The watcher's two, with Options.Watch: one waits for files to change and reloads, the other
//     reads fsnotify's errors. Close ends both.
//   - The preloader's: loads modules that wait to be loaded, one after the other, and ends when none does.
//   - A run queue's: started at the end of a turn when functions are queued, or by Go's runtime 10 ms
//     later if waiting sessions come first. It ends with its own turn, after about a millisecond or a
//     longer call.
//   - A fan-out's, one for each outbox: started when more was published while the previous fan-out ran,
//     or when the bus or a worker that is given up has published. It ends when that is delivered, and
//     does not run JavaScript.
//   - A storage batch's: started when the storage has answered, for one turn, in which promises settle.
//   - A Redis reply's: as that of a storage batch, while replies come.
//   - A swap's: started by Go's runtime to replace further instances after a reload, for one turn.
//   - A timer's: started by Go's runtime when the earliest timer of a worker is due, for one turn.
//     None is started after Close.
//   - A job's: a key of a password, or data to compress, that JavaScript asked for with a callback.
//     It ends with the job, which may run for ten seconds, and then posts a turn.
//   - A reload's, one for each resource, and one for each worker in which it waits for its turn: end
//     when the resource is reloaded, or the worker is given up. Reload stops waiting for that of a busy module after a quarter of a second.
//   - One for each worker that is given up: abandons its sessions, and ends.
//   - One that starts a worker in the place of another: ends when that has loaded the module, or is given
//     up.
//   - Close's: ends with the last turn, so at the latest when the watchdog has ended or given up its
//     call.
//   - An operation's, one for each that a module has under way outside of its VM, such as the reading of a
//     file: ends with it, and that ends with its time limit or its worker.
//   - A tested connection's, one for each that a file with tests opens: carries its messages, and ends
//     with it or with the file's tests.
//   - The goroutine that is in a call that does not end: it is left alone, and ends with that call.
//   - The clock of goja's regular expressions, one for each process: bounds matches that backtrack,
//     and ends by itself when there has been none for a while.
package runtime
