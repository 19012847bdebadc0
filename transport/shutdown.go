package transport

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"node.websocket/transport/front"
)

// cutGrace is how long Shutdown waits, when its time is over, for the sessions that it has cut to be
// Disconnected, and for connections without a session to end.
const cutGrace = time.Second

// Shutdown closes every session with 1001 and stops listening, up to a second later if there are
// clients without a WebSocket, which may have to come again to be told. It returns when each
// session has been Disconnected: the client has answered, or was cut after CloseTimeout.
//
// When ctx ends, Shutdown cuts the remaining sessions, waits at most a second for their
// Disconnected, and returns an error that wraps ctx's.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	if s.empty == nil {
		s.empty = make(chan struct{})
		s.emptyLocked()
	}
	empty := s.empty
	s.mu.Unlock()
	s.clients.stop()
	s.loops.stop()

	for _, w := range s.list() {
		w.shut(causeShutdown, 1001, errShuttingDown.Error(), nil)
	}
	if s.relays.some() { // a polling client may be between two requests, and must reach the server with the next
		timer := time.NewTimer(cutGrace)
		defer timer.Stop()
		select {
		case <-empty:
		case <-timer.C:
		case <-ctx.Done():
		}
	}

	idle, cancel := context.WithCancel(context.Background())
	defer cancel()
	httpDone := make(chan struct{})
	go func() {
		s.http.Shutdown(idle) // closes the listeners, and waits for what is no session
		s.conns.awaitEarly(idle)
		close(httpDone)
	}()
	for _, f := range s.listFlash() {
		f.Close()
	}

	var err error
	select {
	case <-empty:
	case <-ctx.Done():
		s.close() // ends the handshakes that wait for a resource
		left := s.list()
		for _, w := range left {
			w.cut(causeShutdown, ctx.Err())
		}
		err = fmt.Errorf("transport: shutdown: %d sessions were cut: %w", len(left), ctx.Err())
		timer := time.NewTimer(cutGrace)
		defer timer.Stop()
		select {
		case <-empty:
		case <-timer.C:
		}
	}

	// Browsers keep spare connections that have never requested anything. net/http would wait five
	// seconds for those.
	timer := time.NewTimer(cutGrace)
	defer timer.Stop()
	select {
	case <-httpDone:
	case <-timer.C:
	case <-ctx.Done():
	}
	cancel()
	s.close()
	<-httpDone
	s.relays.forget()
	return err
}

// close closes the listeners, and the connections that have not become a session.
func (s *Server) close() {
	s.http.Close()
	s.conns.closeEarly()
}

func (s *Server) emptyLocked() {
	if s.empty != nil && s.slots == 0 {
		select {
		case <-s.empty: // a second Shutdown
		default:
			close(s.empty)
		}
	}
}

// list returns all sessions.
func (s *Server) list() (all []*Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for session := s.first; session != nil; session = session.next {
		all = append(all, session)
	}
	return all
}

func (s *Server) listFlash() []*front.Listener {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.flash))
}
