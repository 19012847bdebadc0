// Package transport takes clients in and gives ordered sessions out. It knows no JavaScript: what is served, and by what, it asks
// a Handler.
//
// # What it is
//
// A Server looks at the first bytes of a connection (a PROXY header, TLS, Flash's request for a policy, HTTP) and takes HTTP requests. One
// that opens a WebSocket becomes a Session, the client's ordered two-way conversation; its other side is a Conversation, made by the Handler's
// Resource. Clients without a WebSocket have a Session too, by the requests of SockJS (sockjs.go, relay.go). A plain GET is answered with
// a page. A session is apart from what carries it: it has
// the state, the out-queue and the peer, and it calls its carrier through two methods. Messages are encoded and decoded by a codec. So
// other protocols and other transports enter as another codec and another carrier, and a Conversation never learns of it.
//
// # How to use it
//
//	server := transport.NewServer(transport.Options{Origins: []string{"https://example.com"}}, handler)
//	go server.Serve(listener)         // returns http.ErrServerClosed after Shutdown
//	…
//	server.Shutdown(ctx)              // 1001 to all, then waits for them
//
// and in the Conversation, in Receive, at whose end the turn is over:
//
//	for _, m := range batch {
//		session.SendText("you said: " + string(m.Data))
//	}
//	session.Flush()
//	return len(batch)
//
// # What it costs
//
// What one read brings is one Feed of the decoder and one Receive, with all its messages; what one turn sends is one write. On Unix
// systems the socket is read and written without waiting, so an idle session has one parked goroutine and no buffer. Under TLS it is written so
// as well, but the goroutine that reads holds 4 KiB, and crypto/tls its own buffers. Over HTTP/2 there are the goroutine of net/http's handler with its
// stack, 4 KiB of net/http's for writing and 4 KiB for reading. The whole program took, for each idle session with its module's connection, 8.7 KB, with TLS
// 21.6 KB, and over HTTP/2 23 KB, with TLS or without (2,000 sessions, those of HTTP/2 on 20 connections; resident memory, Go 1.26, GOGC=10).
// No message costs an allocation here. The out-queue is at most Options.MaxQueue (over HTTP/2, four times that) and one message; what waits to be decoded is
// at most one read and one message. While more than HighWater waits in the queue, the client is not read.
//
// # Concurrency
//
// What comes and goes with requests (a relay) has no goroutine of its own: the request that takes what is sent waits, and the requests that
// bring messages call Receive, and wait in Session.deliver for what is not taken, as wire.run does.
//
// Every method of Server and Session may be called from any goroutine. A session's lock (mu) guards its state and its queue, and is never held
// over a call to the network or to the Conversation; the lock of its writer (wire.writer) is held over writes that do not wait, and is taken before mu.
// The Server's lock is never held together with a session's. A relay's locks are taken in the order sending, talking, mu; talking is
// held over calls of the Conversation. The lock of the table of relays is taken before mu.
//
// All goroutines, and what ends each:
//
//   - front.Listener.accept, one for each Serve and each ServeFlashPolicy: accepts, until its listener fails or is closed.
//   - front.Listener.look, one for each connection whose first bytes have not come: ended by these, by HandshakeTimeout, by Shutdown,
//     or, for one that is answered here, by the answer's being taken: HandshakeTimeout and a second.
//   - of net/http: one in Serve, until Shutdown; one for each connection that is still HTTP, until it has been answered, has become
//     a session, or a timeout of Options has passed.
//   - of net/http's HTTP/2: two for each connection, until it ends, and one for each request, which is the one that wire.run has for a session.
//   - wire.run, one for each session: reads it, and calls Connected, Receive and Disconnected. Ended by the close handshake, by a
//     fault, by the end of the socket, or by a cut (Terminate, heartbeat, slow, the end of Shutdown), each of which ends the read it waits in.
//   - wire.drain, at most one for each session, while the kernel does not take all of its queue (or, where connections cannot be written
//     without waiting, while there is a queue). Ended by the queue being empty, by a cut, or by HeartbeatTimeout without progress.
//   - Session.drained, at most one for each session: calls the Conversation's Drained, and ends when that returns.
//   - relay.finish, one for each session of requests, at its end: waits for the Receive that is under way, calls Disconnected, and ends.
//   - timers: one for each session (wire.beat: heartbeat and close timeout, stopped before Disconnected; relay.tick: no receiver, and for a while
//     after the end, stopped by Shutdown); one for each Server (the log of the number of clients), stopped by Shutdown.
//   - one in Shutdown, which waits for net/http; ended by the end of Shutdown.
package transport
