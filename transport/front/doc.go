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
//   - Listener.lookOn, one for each connection whose first bytes have not come: done with it when these
//     have come, after Timeout, or, if it is answered here, when the answer has been taken: Timeout and a
//     second; for which Options.Early is called, when that returns. It then waits for the next
//     connection, unless enough others do so already. Ended by Close.
package front
