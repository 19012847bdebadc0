package transport

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"node.websocket/transport/front"
	"node.websocket/transport/websocket"
)

// cutGrace bounds the time that Shutdown waits, when its time is over, for the sessions that it has cut to be
// Disconnected, and for connections without a session to end.
const cutGrace = time.Second

// spreadStep is the shortest time that Shutdown waits between two sessions. Those that are due earlier are
// closed together.
const spreadStep = 10 * time.Millisecond

const (
	// acceptedGrace bounds the time that StopAccepting waits for requests on connections that were accepted.
	acceptedGrace = time.Second
	// acceptedStep is the interval at which it looks.
	acceptedStep = 5 * time.Millisecond
)

// StopAccepting closes the listeners and returns when every connection that they have accepted has made
// a request, when a second has passed, or when ctx ends. Where another process goes on with the same
// sockets, as a supervisor's next one does, it is to be called before Drain: no client is refused then. Those
// that came before become sessions, which Shutdown closes like the others, and those that come later wait
// in the sockets' backlog.
func (s *Server) StopAccepting(ctx context.Context) {
	fronts := s.listFronts()
	for _, f := range fronts {
		_ = f.StopAccepting()
	}
	ctx, cancel := context.WithTimeout(ctx, acceptedGrace)
	defer cancel()
	tick := time.NewTicker(acceptedStep)
	defer tick.Stop()
	for calm := 0; calm < 2; { // twice, because a connection is in neither table while front passes it on
		pending := s.conns.unasked()
		for _, f := range fronts {
			pending += f.Pending()
		}
		if calm++; pending > 0 {
			calm = 0
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Drain refuses new sessions and plain requests of resources with 503 from now on, and has /ready say so.
// The sessions that are open go on until Shutdown.
func (s *Server) Drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.empty == nil {
		s.empty = make(chan struct{})
		s.emptyLocked()
	}
}

// Shutdown drains the Server, closes every session with 1001, evenly over Options.ShutdownSpread, and
// returns when each has been Disconnected: the client has answered, or was cut after CloseTimeout. Until
// then the listeners stay open, for clients without a WebSocket, which may have to come again to be told,
// and for those that want to know why they are refused.
//
// When ctx ends, Shutdown cuts the remaining sessions, waits at most a second for their
// Disconnected, and returns an error that wraps ctx's.
func (s *Server) Shutdown(ctx context.Context) error {
	s.Drain()
	s.clients.stop()
	s.loops.stop()
	s.closeAll(ctx)

	var err error
	select {
	case <-s.empty:
	case <-ctx.Done():
		for _, w := range s.list() { // those that ShutdownSpread has left
			w.shutDown()
		}
		s.close() // ends the handshakes that wait for a resource, and requests that carry sessions
		left := s.list()
		for _, w := range left {
			w.cut(causeShutdown, ctx.Err())
		}
		err = fmt.Errorf("transport: shutdown: %d sessions were cut: %w", len(left), ctx.Err())
		timer := time.NewTimer(cutGrace)
		defer timer.Stop()
		select {
		case <-s.empty:
		case <-timer.C:
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
	for _, f := range s.listFronts() {
		f.Close() // those of Flash
	}
	s.relays.forget()
	return err
}

// close closes the listeners, and the connections that have not become a session.
func (s *Server) close() {
	s.http.Close()
	s.conns.closeEarly()
}

// isOver reports whether Drain was called.
func (s *Server) isOver() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.empty != nil
}

// closeAll closes all sessions with 1001. It takes Options.ShutdownSpread for it, unless ctx ends before.
func (s *Server) closeAll(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	begin, spread, all := time.Now(), s.options.ShutdownSpread, s.list()
	for i, session := range all {
		due := begin.Add(spread * time.Duration(i+1) / time.Duration(len(all)))
		if wait := time.Until(due); wait >= spreadStep {
			timer.Reset(wait)
			select {
			case <-timer.C:
			case <-s.empty: // all have gone by themselves
				return
			case <-ctx.Done():
				return
			}
		}
		session.shutDown()
	}
}

// shutDown closes the session because the Server ends.
func (s *Session) shutDown() {
	s.shut(causeShutdown, websocket.CloseGoingAway, errShuttingDown.Error(), nil)
}

// emptyLocked closes empty if Drain was called and no slot is taken.
func (s *Server) emptyLocked() {
	if s.empty != nil && s.slots == 0 {
		select {
		case <-s.empty: // a second Shutdown
		default:
			close(s.empty)
		}
	}
}

func (s *Server) listFronts() []*front.Listener {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.fronts))
}
