//go:build linux

package load

import (
	"fmt"
	"time"
)

// An Echo is clients that send messages and get an answer to each.
type Echo struct {
	Clients  int
	InFlight int // messages that a client writes at once; when all are answered, it writes the next
	Exchange Exchange
	Rate     int // messages a second of all clients together, in turn; 0: as soon as the answers are there
}

// An Exchange has the message that an [Echo] sends, and the one that must come back.
type Exchange interface {
	// prepare makes what clients of a target share.
	prepare(target *Target) exchanger
}

type exchanger interface {
	// append appends the frames of a client's nth message.
	append(dst []byte, c *client, n int) []byte
	// check is given the next message that a client gets. It reports whether this is all of the answer
	// to the nth message, and fails if it is not that answer.
	check(c *client, m message, n int) (whole bool, err error)
}

func (e *Echo) clients() int { return e.Clients }

func (e *Echo) script(s *Session) script {
	state := &echo{Echo: e, session: s, exchange: e.Exchange.prepare(&s.target)}
	if e.Rate > 0 {
		return &pacedEcho{echo: state}
	}
	return state
}

type echo struct {
	*Echo
	session  *Session
	exchange exchanger
	done     int // clients that send no more
}

func (e *echo) start(c *client) { e.next(c) }

// next sends a client's next messages, unless the run is over.
func (e *echo) next(c *client) {
	if e.session.over() {
		e.done++
		return
	}
	e.send(c, e.InFlight, e.session.now)
}

func (e *echo) send(c *client, n int, at time.Duration) {
	for range n {
		c.out = e.exchange.append(c.out, c, c.sent)
		c.sent++
	}
	c.sentAt = at
	e.session.result.Sent += n
	e.session.queue(c)
}

// receive checks a message and reports whether it completes the answers that a client waits for.
func (e *echo) receive(c *client, m message) (all bool, err error) {
	if c.answered == c.sent {
		return false, fmt.Errorf("the server sent %s, though all was answered", m)
	}
	whole, err := e.exchange.check(c, m, c.answered)
	if err != nil || !whole {
		return false, err
	}
	c.answered++
	result := e.session.result
	result.Delivered++
	result.Latency.Add(e.session.now-c.sentAt, 1)
	return c.answered == c.sent, nil
}

func (e *echo) answer(c *client, m message) error {
	all, err := e.receive(c, m)
	if all {
		e.next(c)
	}
	return err
}

func (e *echo) finished() bool { return e.done == e.Clients }

// A pacedEcho sends one message of the next client whenever its time has come, so that the rate is
// the same for any number of clients.
type pacedEcho struct {
	*echo
	due int // messages sent, and those that a busy client was to send
}

func (e *pacedEcho) start(*client) {}

func (e *pacedEcho) tick() {
	s := e.session
	s.now = time.Since(s.begun)
	for !s.over() {
		at := time.Duration(e.due) * time.Second / time.Duration(e.Rate)
		c := s.all[e.due%len(s.all)]
		if at > s.now || c.answered < c.sent { // a busy client delays the others, and the latency tells
			return
		}
		e.due++
		e.send(c, 1, at)
	}
}

func (e *pacedEcho) answer(c *client, m message) error {
	_, err := e.receive(c, m)
	return err
}

func (e *pacedEcho) finished() bool {
	return e.session.over() && e.session.result.Delivered == e.session.result.Sent
}
