//go:build linux

package load

import "fmt"

// A Broadcast is clients of which one sends messages that all get, the sender too. A server tells each
// client that it would get them, with the message "joined"; socket.io has told it when it connected.
type Broadcast struct {
	Clients  int
	InFlight int // messages that the sender writes at once; when all have got them, it writes the next
	Message  *Text
}

func (b *Broadcast) clients() int { return b.Clients }

func (b *Broadcast) script(s *Session) script {
	return &broadcast{Broadcast: b, session: s, exchange: b.Message.prepare(&s.target)}
}

// greeting tells a client that it will get what is broadcast.
const greeting = "joined"

type broadcast struct {
	*Broadcast
	session  *Session
	exchange exchanger
	members  int // clients that have joined
	missing  int // deliveries of the last messages
	done     bool
}

func (b *broadcast) start(c *client) {
	if c.joined = c.joined || b.session.target.Dialect == SocketIO; c.joined {
		b.enter()
	}
}

// enter counts a member, and lets the sender begin after the last has joined.
func (b *broadcast) enter() {
	if b.members++; b.members == b.Clients {
		b.next(b.session.all[0])
	}
}

func (b *broadcast) next(c *client) {
	s := b.session
	if s.over() {
		b.done = true
		return
	}
	for range b.InFlight {
		c.out = b.exchange.append(c.out, c, c.sent)
		c.sent++
	}
	c.sentAt = s.now
	b.missing = b.InFlight * b.Clients
	s.result.Sent += b.InFlight
	s.queue(c)
}

func (b *broadcast) answer(c *client, m message) error {
	s, sender := b.session, b.session.all[0]
	if !c.joined {
		if c.joined = string(m.payload) == greeting; !c.joined {
			return fmt.Errorf("the server sent %s, where %q was expected", m, greeting)
		}
		b.enter()
		return nil
	}
	if c.answered == sender.sent {
		return fmt.Errorf("the server sent %s, though all was delivered", m)
	}
	if _, err := b.exchange.check(sender, m, c.answered); err != nil {
		return err
	}
	c.answered++
	s.result.Delivered++
	s.result.Latency.Add(s.now-sender.sentAt, 1)
	if b.missing--; b.missing == 0 {
		b.next(sender)
	}
	return nil
}

func (b *broadcast) finished() bool { return b.done }
