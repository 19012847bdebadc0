// Package front looks at the first bytes of each connection that a listener accepts, and hands on what
// is HTTP, or TLS around it. A PROXY header it takes off, a Flash client's request for a policy it
// answers, and what is nothing of these it drops.
//
// A Listener is a net.Listener for net/http:
//
//	http.Serve(front.New(l, front.Options{Timeout: 10 * time.Second, …}), handler)
//
// # Concurrency
//
// All methods may be called from any goroutine. The goroutines, and what ends each:
//
//   - Listener.accept, one for each Listener: accepts, until the listener inside fails or is closed.
//   - Listener.look, one for each connection whose first bytes have not come: ended by these, by
//     Timeout, by Close, or, for one that is answered here, by the answer's being taken: Timeout and a
//     second. One for which Options.Early is called goes on until that returns.
package front
