package transport

// A Worker runs the code behind some Conversations, one turn at a time.
type Worker interface {
	// Round waits until the worker is free, calls f in one turn of it, and returns true. In f,
	// ReceiveInRound may be called for the worker's conversations; what they send is flushed after f,
	// once for each session. It returns false, without calling f, if the worker has been given up. If that
	// happens during f, neither f nor Round may ever return, and the worker's sessions are Abandoned. Only
	// one goroutine at a time may call Round.
	Round(f func()) bool
}

// A Conversation is the other side of a Session: a module's connection, as the transport sees it. Its
// calls do not overlap, except for Drained, which may come during a Receive. None may wait for a module,
// for the network, or for a lock that is held over either. Connected, Drained and Disconnected may return
// before they have taken effect, if they take effect in the order of the calls.
type Conversation interface {
	// Connected hands over the session, before any other call. The handshake has been answered.
	Connected(s *Session)

	// Receive takes data messages and returns how many of them it has taken, from the front. They are in
	// order, and their data is valid until Receive returns. What it does not take stays with the session,
	// which offers it again after Session.Resume, and does not read its client until then: that is the
	// back-pressure on input.
	Receive(batch []Message) (taken int)

	// ReceiveInRound is Receive for a call within a Round of the conversation's Worker.
	ReceiveInRound(batch []Message) (taken int)

	// Worker returns the worker that runs the conversation. It is the same for the conversation's whole
	// life, and can be compared.
	Worker() Worker

	// Ending tells that the client has closed or gone, so that the messages which the session still holds
	// are the last. From then on Receive does not fall short for a module that wants them later: it takes
	// them, and drops them. A session that waits for that is resumed. Ending may come more than once.
	Ending()

	// Drained comes when the out-queue is empty, after a Send has returned false because of the high-water
	// mark.
	Drained()

	// Disconnected comes exactly once if Connected came, after every other call has returned. The code and
	// the reason are those of the first Close, the client's or the Session's, whether or not that was
	// answered: 1005 if it has none. If there was no Close, the code is 1006. Then the reason says why the
	// Server has cut the connection, and is empty if the client was gone, or Terminate was called.
	Disconnected(code int, reason string)
}
