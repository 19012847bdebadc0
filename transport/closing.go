package transport

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"node.websocket/transport/sockjs"
	"node.websocket/transport/websocket"
)

var errNoClose = errors.New("the close was not answered")

// Close closes the session: what is queued is sent, then a Close with the code and at most 123
// bytes of the reason, and the client has CloseTimeout to answer. A code that may not be sent, such
// as 1005, makes a Close without code and reason. If the session is closing or closed, Close does
// nothing.
func (s *Session) Close(code int, reason string) { s.shut(causeModule, code, reason, nil) }

// Dismiss is Close on behalf of who runs the server, and not of the Conversation.
func (s *Session) Dismiss(code int, reason string) { s.shut(causeOperator, code, reason, nil) }

// Abandon is Close for a session whose conversation may be in a call that never returns. After
// CloseTimeout the session is over in any case: it holds no connection, is not counted, and
// Shutdown does not wait for it. Only the goroutine in that call is left.
func (s *Session) Abandon(code int, reason string) {
	s.shut(causeHung, code, reason, nil)
	time.AfterFunc(s.options.CloseTimeout, func() { // usually all this has been done by then
		s.cut(causeHung, nil)
		s.depart()
		s.server.remove(s)
	})
}

// cutStuck cuts a session of whose queue the network has taken nothing for HeartbeatTimeout.
func (s *Session) cutStuck() {
	s.cut(causeSlow, fmt.Errorf("nothing of what was sent was taken within %v", s.options.HeartbeatTimeout))
}

// Terminate cuts the session at once, without a close handshake. What is queued is lost.
func (s *Session) Terminate() { s.cut(causeTerminated, nil) }

// shut begins the close handshake, if the session is open. detail may be nil.
func (s *Session) shut(c cause, code int, reason string, detail error) {
	s.mu.Lock()
	if s.state != stateOpen {
		s.mu.Unlock()
		return
	}
	if !websocket.ValidCloseCode(code) {
		code, reason = websocket.CloseNoStatus, ""
	}
	s.end = &end{code: code, reason: sockjs.CutReason(reason), cause: c, detail: detail}
	s.closeLocked(code, reason)
	s.mu.Unlock()
	s.carrier.flush(false)
	if s.codec.lacks()&lacksClose != 0 {
		s.carrier.leave()
	}
}

// closeLocked queues a Close, whose code may be sent or is 1005.
func (s *Session) closeLocked(code int, reason string) {
	s.state = stateClosing
	s.closeSent = true
	s.wakeLocked()
	b := s.queue.grow(websocket.MaxControlPayload + maxOverhead)
	b.B = s.codec.close(b.B, code, reason)
}

// answerClose answers the client's Close, unless it is the answer to the session's.
func (s *Session) answerClose(code int, reason string) {
	s.mu.Lock()
	if s.state == stateOpen {
		s.end = &end{code: code, reason: reason, cause: causeClient}
		s.closeLocked(code, "") // RFC 6455 §5.5.1: the code is echoed
	}
	s.mu.Unlock()
	s.carrier.flush(false)
}

// inputEnded tells the session that reading its client failed with err, so that nothing more will
// come. It reports whether the client has hung up. What is queued may still be sent.
func (s *Session) inputEnded(err error) (hungUp bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	closes := s.codec.lacks()&lacksClose != 0 // the end of the connection is the way to close in that protocol
	switch {
	case s.state != stateOpen:
		return !(closes && s.state == stateClosing && errors.Is(err, os.ErrDeadlineExceeded)) // by the carrier's leave
	case err != io.EOF:
		s.end = &end{code: websocket.CloseAbnormal, cause: causeVanished, detail: err}
	case closes:
		s.end = &end{code: websocket.CloseNoStatus, cause: causeClient}
	default:
		s.end = &end{code: websocket.CloseAbnormal, cause: causeVanished}
	}
	s.state = stateClosing
	return true
}

// closeTaken ends the session as an answered close handshake does. It is for a client that has
// received the Close and cannot answer it.
func (s *Session) closeTaken() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = stateClosed
	s.wakeLocked()
}

// closeUntaken ends a closing session without sending its queue. It returns the code and the reason of the Close in
// the queue.
func (s *Session) closeUntaken() (code int, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = stateClosed
	s.queue.drop()
	s.wakeLocked()
	end := s.endLocked()
	if end.cause == causeClient {
		return end.code, "" // as in an answer to its Close
	}
	return end.code, end.reason
}

// cutUnanswered cuts a session whose client has not answered the Close.
func (s *Session) cutUnanswered() {
	s.mu.Lock()
	c := s.endLocked().cause
	s.mu.Unlock()
	s.cut(c, errNoClose)
}

// settle waits until what is queued has been sent, but no longer than CloseTimeout, and closes the
// session. stuck reports whether something is left, and cut whether the session was cut.
func (s *Session) settle() (stuck, cut bool) {
	s.await(s.options.CloseTimeout, s.settledLocked)
	return s.settled()
}

// settledLocked reports whether nothing of the queue will be sent any more.
func (s *Session) settledLocked() bool { return s.cutOff || s.queue.size() == 0 }

// settled closes the session, as settle does.
func (s *Session) settled() (stuck, cut bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = stateClosed
	return s.queue.size() > 0, s.cutOff
}

// abandon ends a session whose client has not finished its handshake, before the conversation has
// heard of it.
func (s *Session) abandon() {
	s.mu.Lock()
	s.state = stateClosed
	s.queue.drop()
	s.mu.Unlock()
	s.server.tallies.refuse(reasonTimeout)
	s.log("the client did not end its handshake", slog.String("websocket", s.terms.Value().version))
}

// cut ends the session without a close handshake, or without the rest of one. detail may be nil. The Conversation
// is told what it is, unless the client is gone or was terminated.
func (s *Session) cut(c cause, detail error) {
	s.mu.Lock()
	end := s.endLocked()
	if s.state == stateOpen {
		end.cause = c
		if detail != nil && c != causeVanished && c != causeTerminated {
			end.reason = detail.Error()
		}
	}
	if end.detail == nil && !s.cutOff {
		end.detail = detail
	}
	s.state = stateClosed
	s.cutOff = true
	s.queue.drop()
	s.chargeLocked()
	s.wakeLocked()
	s.mu.Unlock()
	s.carrier.hangUp(c)
}
