package redis

import (
	"context"
	"net"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"
)

// hold notes a connection to the primary at an address. cut is called, on another goroutine, if another server becomes
// the primary; it must not wait. leave must be called when the connection is closed.
func (s *sentinels) hold(server *Server, address string, cut func()) (leave func()) {
	h := &held{address, cut}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[h] = struct{}{}
	if s.stop == nil {
		var ctx context.Context
		ctx, s.stop = context.WithCancel(context.Background())
		go s.watch(ctx, server) // ends when no connection is held
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.held, h)
		if len(s.held) == 0 && s.stop != nil {
			s.stop()
			s.stop = nil
		}
	}
}

// watch listens to one sentinel after the other.
func (s *sentinels) watch(ctx context.Context, server *Server) {
	s.mu.Lock()
	first := s.first
	s.mu.Unlock()
	for i := first; ctx.Err() == nil; i++ {
		s.listen(ctx, server, i%len(s.list))
		select {
		case <-time.After(sentinelPause):
		case <-ctx.Done():
		}
	}
}

// listen follows what a sentinel tells until it has been silent for sentinelRest.
func (s *sentinels) listen(ctx context.Context, server *Server, i int) {
	conn, release, err := s.list[i].connect(ctx, sentinelRest)
	if err != nil {
		return
	}
	defer release()
	channel := redis.PubSubConn{Conn: conn}
	if channel.Subscribe("+switch-master") != nil {
		return
	}
	for {
		switch m := channel.Receive().(type) {
		case redis.Subscription: // now nothing is missed any more
			if address, err := s.ask(ctx, s.list[i]); err == nil {
				s.follow(ctx, server, i, address)
			}
		case redis.Message: // the name, and the old and the new address
			if words := strings.Fields(string(m.Data)); len(words) == 5 && words[0] == s.name {
				s.follow(ctx, server, i, net.JoinHostPort(words[3], words[4]))
			}
		case error:
			return
		}
	}
}

// follow closes the connections to other servers than that at an address, if it is the primary: a sentinel that was cut
// off from the others may not know.
func (s *sentinels) follow(ctx context.Context, server *Server, i int, address string) {
	if len(s.elsewhere(address)) == 0 {
		return
	}
	dialCtx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	_, _, release, err := server.dialPrimary(ctx, dialCtx, address, answerLimit)
	if err != nil {
		return
	}
	release()
	s.trust(i)
	for _, h := range s.elsewhere(address) {
		h.cut()
	}
}

// elsewhere returns the connections to other servers than that at an address.
func (s *sentinels) elsewhere(address string) (list []*held) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for h := range s.held {
		if h.address != address {
			list = append(list, h)
		}
	}
	return list
}
