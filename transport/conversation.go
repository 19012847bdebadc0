package transport

// A Conversation is the other side of a Session: what a module's connection is to the transport. Its calls do not overlap, but for
// Drained, which may come while a Receive is under way. None of them may wait for a module, for the network or for a lock that is held
// over either. Connected, Drained and Disconnected may return before they have been acted upon, if that is done in the order of the calls.
type Conversation interface {
	// Connected hands over the session, before any other call. The handshake has been answered.
	Connected(s *Session)

	// Receive takes data messages, in order, and returns how many of them, from the front, it took. The payloads are valid until it
	// returns. What it does not take stays with the session, which offers it again after Session.Resume, and reads no more of its
	// client until then: that is the back-pressure on input.
	Receive(batch []Message) (taken int)

	// Ending tells that the client has closed or gone, so that no more messages come than those that the session still holds. From
	// then on Receive does not fall short for a module that wants them later: it takes them, and drops them. A session that waits for
	// that is resumed. Ending may come more than once.
	Ending()

	// Drained tells that the out-queue is empty, after a Send returned false because of the high-water mark.
	Drained()

	// Disconnected comes exactly once if Connected came, after every other call has returned. The code and the
	// reason are the client's, as the WebSocket API shows them: 1005 if it sent none, 1006 if it went without a close.
	Disconnected(code int, reason string)
}
