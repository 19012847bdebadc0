// Package transport takes clients in and gives ordered sessions out. It knows no JavaScript: a Handler
// tells it which resources there are, and a resource's Conversation is the other side of each session.
//
// # What it is
//
// A Server serves the connections that package front hands on. A request that opens a WebSocket, in any
// version of the protocol, becomes a Session: the client's ordered two-way conversation. A client without
// a WebSocket has a Session too, by the requests of SockJS. Any other GET is answered with a page.
//
// The usual handshake of a WebSocket is read and answered by the goroutine that has waited for the first
// bytes: see early. Whatever is not of the plainest form goes to net/http's server, so that the early way
// never accepts what net/http refuses. From Server.handshake on both ways are one.
//
// Both kinds of handshake are an opening, about which Server.admit decides: it asks the Handler for the
// resource, checks the origin, and asks the Resource. After that three parts work together, each with a
// lock of its own:
//
//   - The Session has the state, the out-queue and the Conversation, and a codec, which encodes and
//     decodes its version of the protocol.
//   - Its carrier, an eventWire, a wire or a relay, takes bytes between the Session and the network. It uses
//     only the Session's methods, and the Session knows it by the interface carrier.
//   - The Conversation sends, and takes what the client sends.
//
// What they all do is counted by resource, transport and version: see Server.Counts.
//
// So another protocol is another codec, another transport is another carrier, and a Conversation cannot
// tell them apart.
//
// # How to use it
//
//	server := transport.NewServer(transport.Options{Origins: []string{"https://example.com"}}, handler)
//	go server.Serve(listener)         // returns http.ErrServerClosed after Shutdown
//	…
//	server.Shutdown(ctx)              // 1001 to all, then waits for them
//
// and in the Conversation, in Receive, which ends a turn with Flush:
//
//	for _, m := range batch {
//		session.SendText("you said: " + string(m.Data))
//	}
//	session.Flush()
//	return len(batch)
//
// # What it costs
//
// One read is one Feed of the decoder and one Receive with all its messages. What a turn sends is one
// write. No message costs an allocation here.
//
// On Linux the WebSockets of a worker that come over TCP are read by an event loop. An idle session
// then takes 650 bytes here, and no goroutine, buffer, net.Conn or timer: it is a file descriptor, of which
// the loop is told when there is something to read. A round of the loop reads up to 256 KiB, at most 128 KiB
// of one session, and delivers at most 128 messages of each and some 500 of all in one turn. With TLS there is
// the tls.Conn as well, which the loop reads and writes without waiting: some 5 KB, most of it two
// buffers and two ciphers of crypto/tls. The buffers have grown to what the client's first message and its longest
// record needed, so a client that has sent records of 16 KiB makes them 20 to 40 KB more.
//
// Other sessions are read by a goroutine each. On Unix systems their sockets, too, are read and written
// without waiting, so an idle one has no buffer. Over TLS, which is written so as well, the goroutine that
// reads holds 4 KiB, and crypto/tls its own buffers. Over HTTP/2 there are the goroutine of net/http's
// handler and 4 KiB each for reading and for writing. The whole program took 7.2 KB for each idle session
// with TLS and its module's connection, and without an event loop 8.7 KB, 21.6 KB with TLS, and 23 KB over
// HTTP/2 with or without TLS (2,000 sessions, those over HTTP/2 on 20 connections; resident memory, Go 1.26,
// GOGC=10).
//
// An out-queue has at most Options.MaxQueue bytes (four times as many over HTTP/2, which the sessions of a
// connection share: see budget) and one message, and at
// most one read and one message wait to be decoded. While more than HighWater bytes wait in the queue, the
// client is not read. While the Conversation does not take its messages, it is read 64 KiB ahead, so that its
// end is seen.
//
// # Concurrency
//
// Any goroutine may call the methods of Server and Session. No lock is held over a call that waits for the
// network, and none but a relay's sending and talking over a call of the Conversation. Locks are taken in
// this order:
//
//   - of a wire: writer, which is held over writes that do not wait; mu; the Session's mu
//   - of an eventWire: mu, which is held over reads and writes, which do not wait; the Session's mu; that of
//     loops or of drains; that of its loop
//   - of a relay: sending, which is held over the delivery of a body; talking, which is held over calls of
//     the Conversation; mu, before which that of the table of relays is taken; the Session's mu
//   - the Server's mu alone; the mu of its deadlines last of all
//
// A relay has no goroutine of its own: the requests that bring messages call Receive, and the one that
// takes what is sent waits for it. All goroutines, and what ends each:
//
//   - of front: see there. An early handshake is decided, and its refusal answered, on the goroutine that
//     has waited for the connection's first bytes.
//   - early.watch, at most one for each early handshake for which a resource waits. Ended by the client's
//     end, by its next byte, or by the decision.
//   - of net/http: one in Serve, until Shutdown; one for each connection that is still HTTP, until it has
//     been answered, has become a session, or a timeout of Options has passed.
//   - of net/http's HTTP/2: two for each connection, until it ends, and one for each request, in which a
//     session's wire.run runs.
//   - loop.run, one for each Worker with sessions of an eventWire: reads them, and calls ReceiveInRound, Ending
//     and Disconnected. Ended by ten seconds without a session, or, after Shutdown, by the end of the last one.
//     It has a file descriptor for its epoll instance. If its Worker is given up in a round, the goroutine is
//     lost with it, and its sessions end without it: see Session.Abandon.
//   - drains.run, at most one for each Server: sends what the kernel did not take at once of the queues of
//     eventWires. Ended by ten seconds without any, or, after Shutdown, by the last one. It has a descriptor,
//     too.
//   - wire.run, one for each session of a wire: reads it, and calls Connected, Receive and Disconnected.
//     Ended by the close handshake, by a fault, by the end of the socket, or by a cut (Terminate, a missing
//     pong, a slow client, the end of Shutdown). Each of these ends a read and Session.deliver.
//   - wire.drain, at most one for each session of a wire, while the kernel does not take all of its queue,
//     or, if the socket cannot be written without waiting, while the queue is not empty. Ended by an empty
//     queue, by a cut, or by HeartbeatTimeout without progress.
//   - Session.drained, at most one for each session: calls Drained, and ends when that returns.
//   - relay.finish, one for each session of a relay, at its end: waits for the Receive that is under way,
//     calls Disconnected, and ends.
//   - one in Shutdown, which waits for net/http. Ended by the end of Shutdown.
//   - timers: one for each HTTP/2 connection without a request (connections.changed), stopped by a request
//     and by its end; one for each abandoned session (CloseTimeout); two for each Server: for the log of
//     the number of clients, stopped by Shutdown, and for the deadlines of all sessions, which are a
//     WebSocket's heartbeat, its unfinished message and the answer to its Close until it is Disconnected,
//     and a relay's next request and, after its end, the time for which it is remembered.
package transport
