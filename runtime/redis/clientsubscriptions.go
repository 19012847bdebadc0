package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"
)

const (
	// beat is the interval of PING on the connection of the subscriptions, which may get nothing for hours.
	beat = 15 * time.Second
	// silence is the time after which a connection that gives no sign of life is replaced.
	silence = 40 * time.Second
	// maxPublished is the number of bytes of a message that is kept.
	maxPublished = 32 << 20
)

// subscriptions holds what a Client subscribes to, on a connection of its own. When that breaks it
// connects and subscribes again.
type subscriptions struct {
	// fixed after newSubscriptions
	server   *Server
	tell     *slog.Logger
	patience time.Duration // until a subscription has to be confirmed
	limit    time.Duration
	ctx      context.Context
	wake     chan struct{} // of capacity 1: something has changed
	done     chan struct{} // closed when the goroutine has ended
	reached  use

	mu sync.Mutex

	// guarded by mu
	started  bool
	channels map[channel]*subscription
	left     []channel // to be unsubscribed
	fault    string    // why there is no connection

	// owned by the goroutine
	link  *subscriptionsLink // nil if not connected
	pause time.Duration
	lost  bool // the end of a connection has been logged
}

// A channel is the name of one, or a pattern of names.
type channel struct {
	name    string
	pattern bool
}

// A subscription is a channel's. It is guarded by mu of subscriptions.
type subscription struct {
	listeners []*listener // replaced on each change
	asked     bool        // Redis has been asked on the current connection
	confirmed bool        // and has answered
}

// A listener is one call of Subscribe.
type listener struct {
	listen func(name string, message []byte)
	ready  func(error) // nil once it has been called
	timer  *time.Timer // calls ready
}

// A subscriptionsLink is a connection, with its reader.
type subscriptionsLink struct {
	conn  net.Conn
	close func()
	ended chan struct{} // closed when the reader has ended

	// guarded by mu of subscriptions
	awaited map[channel]int // confirmations to come
	err     error           // why it has ended
}

func newSubscriptions(ctx context.Context, server *Server, tell *slog.Logger) *subscriptions {
	return &subscriptions{server: server, tell: tell, patience: commandPatience, limit: commandLimit, ctx: ctx,
		wake: make(chan struct{}, 1), done: make(chan struct{}), channels: map[channel]*subscription{}}
}

// subscribe is Subscribe of Client.
func (s *subscriptions) subscribe(c channel, listen func(name string, message []byte), ready func(error)) (unsubscribe func()) {
	l := &listener{listen: listen, ready: ready}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		go ready(errClosed)
		return func() {}
	}
	if !s.started {
		s.started = true
		go s.run() // ends at Close
	}
	sub := s.channels[c]
	if sub == nil {
		sub = &subscription{}
		s.channels[c] = sub
	}
	sub.listeners = append(slices.Clone(sub.listeners), l)
	if sub.confirmed {
		l.ready = nil
		go ready(nil)
	} else {
		l.timer = time.AfterFunc(s.patience, func() { s.giveUp(c, l) })
	}
	s.changed()
	return func() { s.remove(c, l) }
}

// changed wakes the goroutine.
func (s *subscriptions) changed() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// giveUp ends a listener that has waited for long enough.
func (s *subscriptions) giveUp(c channel, l *listener) {
	s.mu.Lock()
	ready, fault := l.ready, s.fault
	l.ready = nil
	s.mu.Unlock()
	if ready == nil {
		return
	}
	s.remove(c, l)
	if fault == "" {
		fault = "it does not answer"
	}
	ready(fmt.Errorf("Redis at %s: %s; there is no subscription", s.server, fault))
}

// remove removes a listener, if it is there.
func (s *subscriptions) remove(c channel, l *listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := s.channels[c]
	if sub == nil || !slices.Contains(sub.listeners, l) {
		return
	}
	if l.timer != nil {
		l.timer.Stop()
	}
	if len(sub.listeners) > 1 {
		sub.listeners = slices.DeleteFunc(slices.Clone(sub.listeners), func(other *listener) bool { return other == l })
		return
	}
	delete(s.channels, c)
	if sub.asked {
		s.left = append(s.left, c)
	}
	s.changed()
}

// run keeps the connection in accord with the channels.
func (s *subscriptions) run() {
	defer close(s.done)
	beats := time.NewTicker(beat)
	defer beats.Stop()
	defer s.hangUp()
	for {
		var ended <-chan struct{}
		if s.link != nil {
			ended = s.link.ended
		}
		select {
		case <-s.wake:
		case <-beats.C:
			if s.link != nil {
				s.write([][]string{{"PING"}})
			}
		case <-ended:
			s.broken(s.link.err)
		case <-s.ctx.Done():
			return
		}
		s.update()
	}
}

// update connects if there is something to subscribe to, hangs up if there is not, and sends what has
// changed.
func (s *subscriptions) update() {
	s.mu.Lock()
	n := len(s.channels)
	s.mu.Unlock()
	if n == 0 {
		s.hangUp()
		return
	}
	if s.link == nil && !s.connect() {
		return
	}
	if commands := s.changes(); len(commands) > 0 {
		s.write(commands)
	}
}

// connect makes one attempt to connect, after a pause. It reports whether there is a connection.
func (s *subscriptions) connect() bool {
	select {
	case <-time.After(s.pause):
	case <-s.ctx.Done():
		return false
	}
	_, raw, release, err := s.server.dial(s.ctx, answerLimit)
	s.reached.note(err == nil)
	if err != nil {
		s.pause = min(max(firstRetry, 2*s.pause), time.Second)
		s.broken(err)
		return false
	}
	s.pause = 0
	_ = raw.SetDeadline(time.Time{})
	s.link = &subscriptionsLink{conn: raw, close: sync.OnceFunc(release), ended: make(chan struct{}), awaited: map[channel]int{}}
	go s.read(s.link) // ends with the connection
	if s.lost {
		s.lost = false
		s.tell.Info("the subscriptions of modules in Redis work again", "redis", s.server.String())
	}
	return true
}

// broken notes why there is no connection, and lets the next attempt be made.
func (s *subscriptions) broken(err error) {
	s.hangUp()
	f := faultOf(s.server, err, commandHints)
	s.mu.Lock()
	s.fault = f.text
	n := len(s.channels)
	s.mu.Unlock()
	if !s.lost && n > 0 && s.ctx.Err() == nil {
		s.lost = true
		s.tell.Warn("modules miss what is published in Redis for now", "redis", s.server.String(), "fault", f.kind, "error", f.text)
	}
	s.changed()
}

// hangUp ends the connection.
func (s *subscriptions) hangUp() {
	if s.link == nil {
		return
	}
	s.link.close()
	<-s.link.ended
	s.link = nil
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = nil
	for _, sub := range s.channels {
		sub.asked, sub.confirmed = false, false
	}
}

// changes returns the commands by which Redis learns of what has changed.
func (s *subscriptions) changes() (commands [][]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.left {
		commands = append(commands, []string{c.verb("UNSUBSCRIBE"), c.name})
	}
	s.left = nil
	for c, sub := range s.channels {
		if !sub.asked {
			sub.asked = true
			s.link.awaited[c]++
			commands = append(commands, []string{c.verb("SUBSCRIBE"), c.name})
		}
	}
	return commands
}

// verb returns a command for a channel, or for a pattern.
func (c channel) verb(name string) string {
	if c.pattern {
		return "P" + name
	}
	return name
}

func (s *subscriptions) write(commands [][]string) {
	var b []byte
	for _, command := range commands {
		b = appendCommand(b, command)
	}
	_ = s.link.conn.SetWriteDeadline(time.Now().Add(s.limit))
	if _, err := s.link.conn.Write(b); err != nil {
		s.link.close() // the reader ends
	}
}

// read hands messages over until the connection ends.
func (s *subscriptions) read(l *subscriptionsLink) {
	defer close(l.ended)
	r := newReplyReader(l.conn)
	for {
		_ = l.conn.SetReadDeadline(time.Now().Add(silence))
		size := 0
		reply, err := r.read(func(bytes int) bool { size += bytes; return size <= maxPublished })
		if err == nil && reply != errTooLarge {
			err = s.receive(l, reply)
		}
		if err != nil {
			s.mu.Lock()
			l.err = err
			s.mu.Unlock()
			l.close()
			return
		}
	}
}

var errNotPublished = errors.New("it sends what nobody asked for")

// receive handles what Redis sends: a message, or the answer to a command.
func (s *subscriptions) receive(l *subscriptionsLink, reply any) error {
	if e, ok := reply.(ReplyError); ok {
		return e
	}
	parts, ok := reply.([]any)
	if reply == "PONG" { // where nothing is subscribed to yet
		return nil
	}
	if !ok || len(parts) == 0 {
		return errNotPublished
	}
	var texts [4][]byte
	for i, part := range parts[:min(len(parts), len(texts))] {
		texts[i], _ = part.([]byte)
	}
	switch kind := string(texts[0]); {
	case kind == "message" && len(parts) == 3:
		s.deliver(channel{string(texts[1]), false}, string(texts[1]), texts[2])
	case kind == "pmessage" && len(parts) == 4:
		s.deliver(channel{string(texts[1]), true}, string(texts[2]), texts[3])
	case kind == "subscribe":
		s.confirm(l, channel{string(texts[1]), false})
	case kind == "psubscribe":
		s.confirm(l, channel{string(texts[1]), true})
	case kind != "unsubscribe" && kind != "punsubscribe" && kind != "pong":
		return errNotPublished
	}
	return nil
}

func (s *subscriptions) deliver(c channel, name string, message []byte) {
	s.mu.Lock()
	var listeners []*listener
	if sub := s.channels[c]; sub != nil {
		listeners = sub.listeners
	}
	s.mu.Unlock()
	for _, l := range listeners {
		l.listen(name, message)
	}
}

// confirm tells the listeners of a channel that Redis has subscribed to it.
func (s *subscriptions) confirm(l *subscriptionsLink, c channel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.awaited[c]--; l.awaited[c] > 0 {
		return // of a subscription that has ended since
	}
	delete(l.awaited, c)
	sub := s.channels[c]
	if sub == nil || !sub.asked {
		return
	}
	sub.confirmed = true
	for _, waiting := range sub.listeners {
		if ready := waiting.ready; ready != nil {
			waiting.ready = nil
			waiting.timer.Stop()
			go ready(nil) // ends when it has been told
		}
	}
}

// wait returns when the goroutine has ended, after the context has.
func (s *subscriptions) wait() {
	s.mu.Lock()
	started := s.started
	s.mu.Unlock()
	if started {
		<-s.done
	}
}
