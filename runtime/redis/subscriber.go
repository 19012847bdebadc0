package redis

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gomodule/redigo/redis"

	"node.websocket/runtime/history"
)

const (
	// pingEvery is the time from one PING to the next, which show that the connection of the subscriber works.
	pingEvery = time.Second
	// subscribeMost is the number of subscriptions that one command makes or ends.
	subscribeMost = 500
)

// A subscriber keeps the subscriptions of a node in Redis as they are wanted, and delivers what
// arrives. All that other nodes publish comes over one connection, so the order of each publisher holds.
type subscriber struct {
	link
	node        uint64                             // fixed
	channels    channels                           // fixed
	deliver     func(name string, e history.Entry) // fixed after Bus.Receive; nil before
	every       time.Duration                      // between PINGs, fixed
	interrupted func()                             // as deliver
	done        chan struct{}                      // closed when the goroutine has ended
	changed     chan struct{}                      // has an element if there may be something in dirty

	mu sync.Mutex

	// Guarded by mu.
	wanted          map[string]struct{} // patterns of topics
	dirty           map[string]struct{} // those that may have to be subscribed to, or not any more
	connected       bool                // someone reads dirty; otherwise nothing is added to it
	up              chan struct{}       // closed when connected
	asked, answered int                 // PINGs on this connection, and their replies; see settled

	awaited int    // the PING whose reply shows that a heartbeat of this node has not come; 0 for none
	unheard int    // heartbeats of this node that have not come, since one has
	cut     func() // closes the connection; nil if there is none

	asking  *asking // fixed after newBus
	settles waiters // for answered

	received, missed atomic.Uint64 // messages, counted in the goroutine

	// Only in the goroutine.
	arrivals arrivals
	foreign  bool // it was logged that there are messages of other versions
}

func newSubscriber(l link, node uint64, c channels) *subscriber {
	s := &subscriber{link: l, node: node, channels: c, every: pingEvery, done: make(chan struct{}), changed: make(chan struct{}, 1),
		wanted: map[string]struct{}{}, up: make(chan struct{})}
	s.retry = 10 * time.Millisecond // what is published meanwhile is missed
	return s
}

// close waits for the goroutine, if there is one, once the context is done.
func (s *subscriber) close() {
	if s.deliver != nil {
		<-s.done
	}
}

// want makes a pattern subscribed to, or not. It never waits.
func (s *subscriber) want(pattern string, wanted bool) {
	s.mu.Lock()
	if wanted {
		s.wanted[pattern] = struct{}{}
	} else {
		delete(s.wanted, pattern)
	}
	connected := s.connected
	if connected {
		s.dirty[pattern] = struct{}{}
	}
	s.mu.Unlock()
	if connected {
		select {
		case s.changed <- struct{}{}:
		default:
		}
	}
}

// run is the goroutine of the subscriber.
func (s *subscriber) run() {
	defer close(s.done)
	for {
		err := s.receive()
		s.hangUp() // before failed, so that it logs every failure: messages may be missing
		if s.ctx.Err() != nil {
			return
		}
		if !s.failed(err) && !s.backOff(nil) {
			return
		}
	}
}

// receive connects, subscribes to what is wanted and delivers what arrives, until the connection breaks.
func (s *subscriber) receive() error {
	if err := s.dial(); err != nil {
		return err
	}
	s.mu.Lock()
	s.dirty, s.connected, s.asked, s.answered, s.awaited, s.unheard = maps.Clone(s.wanted), true, 0, 0, 0, 0
	conn := redis.PubSubConn{Conn: s.conn}
	s.cut = func() { _ = conn.Close() }
	close(s.up)
	s.mu.Unlock()
	s.arrivals.interrupted()
	if s.joined {
		s.interrupted()
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() { // ends with receive, or when the connection breaks, of which Receive learns
		defer close(stopped)
		if s.keepSubscribed(conn, stop) != nil {
			_ = conn.Close()
		}
	}()
	defer func() {
		close(stop)
		_ = conn.Close()
		<-stopped
		s.mu.Lock()
		s.dirty, s.connected, s.cut, s.up = nil, false, nil, make(chan struct{})
		s.mu.Unlock()
		s.settles.fail()
	}()
	for {
		switch m := conn.ReceiveWithTimeout(s.limit).(type) {
		case redis.Message:
			s.take(m.Channel, m.Data)
		case redis.Pong:
			s.mu.Lock()
			s.answered++
			if s.awaited > 0 && s.answered >= s.awaited {
				s.awaited = 0
				s.unheard++
			}
			s.mu.Unlock()
			s.settles.reach(int64(s.answers()))
			s.succeeded()
			if n := s.arrivals.takeMissed(); n > 0 {
				s.missed.Add(n)
				s.tell.Warn("messages of other nodes may have been missed while there was no connection", "at_most", n)
			}
		case error:
			return m
		}
	}
}

// take delivers a message, unless it is this node's own or has been delivered.
func (s *subscriber) take(channel string, b []byte) {
	e, data, ok := parseEnvelope(b)
	if !ok {
		if !s.foreign {
			s.foreign = true
			s.tell.Warn("a message was ignored, because it is none of this version of node.websocket; it is not said again", "channel", channel)
		}
		return
	}
	switch name, isTopic := s.channels.topic(channel); {
	case isTopic && e.node != s.node:
		if s.arrivals.isNew(e.node, e.number, time.Now()) {
			if entry, ok := entryOf(e.flags, data); ok {
				s.received.Add(1)
				s.deliver(name, entry)
			}
		}
	case isTopic:
	case e.flags&flagQuestion != 0:
		if e.node != s.node {
			s.asking.question(e.node, data)
		}
	case e.flags&flagAnswer != 0:
		s.asking.answer(data)
	case e.node == s.node:
		s.mu.Lock()
		s.awaited, s.unheard = 0, 0
		s.mu.Unlock()
	default:
		s.arrivals.heard(e.node, e.number, time.Now())
	}
}

// hears reports whether answers of other nodes can arrive.
func (s *subscriber) hears() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connected && s.answered > 0
}

// published is called when Redis has confirmed a heartbeat of this node. It returns how many have not come, since
// one has.
//
// The heartbeat must come before the reply to any PING that is sent from now on, however much else
// is still to be read.
func (s *subscriber) published() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.connected && s.answered > 0 && s.awaited == 0 {
		s.awaited = s.asked + 1
	}
	return s.unheard
}

// reconnect makes the connection anew.
func (s *subscriber) reconnect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cut != nil {
		s.cut()
	}
}

// keepSubscribed tells Redis what is wanted, and sends PINGs, until stop is closed. It takes
// for granted that nothing is subscribed to on conn.
func (s *subscriber) keepSubscribed(conn redis.PubSubConn, stop <-chan struct{}) error {
	if err := conn.Subscribe(s.channels.own(s.node)); err != nil { // replies to PING have another form without a subscription
		return err
	}
	tick := time.NewTicker(s.every)
	defer tick.Stop()
	active := map[string]struct{}{} // of wanted
	joined := false
	for {
		s.mu.Lock()
		s.asked++
		s.mu.Unlock()
		if err := s.subscribe(conn, active); err != nil {
			return err
		}
		if !joined { // after the topics, because other nodes wait for it with what they publish; see regroup
			if err := conn.Subscribe(s.channels.nodes); err != nil {
				return err
			}
			joined = true
		}
		if err := conn.Ping(""); err != nil {
			return err
		}
		select {
		case <-s.changed:
		case <-tick.C:
		case <-stop:
			return nil
		}
	}
}

// answers returns the number of PINGs that were answered on this connection.
func (s *subscriber) answers() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.answered
}

// settle waits until what is wanted now is in effect, and what Redis has sent before is delivered. If there is no
// connection, it waits for that first.
func (s *subscriber) settle(ctx context.Context) error {
	s.mu.Lock()
	for !s.connected {
		up := s.up
		s.mu.Unlock()
		select {
		case <-up:
		case <-ctx.Done():
			return errAway
		}
		s.mu.Lock()
	}
	wait := s.settles.add(int64(s.asked) + 1)
	s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default:
	}
	return s.settles.wait(ctx, wait)
}

// settled reports whether all that is wanted is in effect: Redis has answered a PING that was sent after it.
func (s *subscriber) settled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connected && len(s.dirty) == 0 && s.asked > 0 && s.asked == s.answered
}

// subscribe makes active what is wanted.
func (s *subscriber) subscribe(conn redis.PubSubConn, active map[string]struct{}) error {
	for {
		changes := s.changes(active)
		if changes == nil {
			return nil
		}
		for command, names := range changes {
			if err := conn.Conn.Send(command, names...); err != nil {
				return err
			}
		}
		if err := conn.Conn.Flush(); err != nil {
			return err
		}
	}
}

// changes returns commands that make some of the differences between what is active and what is wanted, and
// changes active accordingly. It returns nil if there are none.
func (s *subscriber) changes(active map[string]struct{}) (commands map[string][]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for pattern := range s.dirty {
		if n == subscribeMost {
			break
		}
		delete(s.dirty, pattern)
		_, is := active[pattern]
		_, want := s.wanted[pattern]
		if is == want {
			continue
		}
		channel, wild := s.channels.of(pattern)
		command := "SUBSCRIBE"
		if want {
			active[pattern] = struct{}{}
		} else {
			delete(active, pattern)
			command = "UNSUBSCRIBE"
		}
		if wild {
			command = "P" + command
		}
		if commands == nil {
			commands = map[string][]any{}
		}
		commands[command] = append(commands[command], channel)
		n++
	}
	return commands
}
