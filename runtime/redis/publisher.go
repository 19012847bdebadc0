package redis

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/gomodule/redigo/redis"
)

const (
	// maxHeld is the number of messages that wait while Redis is away; besides, maxWaiting bounds their bytes.
	maxHeld = 100_000
	// outgoingSize is the size of a message in bytes, beside its channel and payload.
	outgoingSize = 64

	// roundMessages and roundBytes bound what is published in one round trip.
	roundMessages = 4096
	roundBytes    = 1 << 20
)

// An outgoing is a message that waits to be published. It shares no memory with what was published, which may be
// a small part of something large.
type outgoing struct {
	channel string
	payload []byte   // sealed, but for its number
	keep    *keeping // nil: the message is not kept
}

// A publisher sends the messages of a node to Redis, many in one round trip. What arrives during one
// goes with the next.
//
// Messages are kept until Redis has confirmed them. If a connection breaks before that, they are published
// again, with the same numbers and in the same order; receivers ignore what they have had, which they know by the
// number; see arrivals.
type publisher struct {
	link
	node       uint64        // fixed
	channels   channels      // fixed
	subscriber *subscriber   // fixed after newBus
	every      time.Duration // between heartbeats, fixed
	window     time.Duration // for which messages are kept; fixed after newBus
	keptBytes  int           // of all topics, likewise
	keptTopics int           // likewise
	ring       *ring[outgoing]
	controls   controls
	closing    chan struct{} // closed by close: no more messages follow
	done       chan struct{} // closed when the goroutine has ended

	confirmed atomic.Int64 // number of the last message that Redis has confirmed, or that is given up
	keeps     atomic.Bool  // messages are kept
	holes     atomic.Bool  // messages are missing from the history in Redis, which does not know that yet
	flushes   waiters      // for confirmed

	// Counted in the goroutine.
	published, dropped atomic.Uint64 // messages
	heard              atomic.Int64  // nodes that the last heartbeat has reached
	beats              roundTrips    // of heartbeats

	// Only in the goroutine.
	batch     []outgoing
	losses    losses
	beaten    time.Time // when the last heartbeat was sent
	scattered bool      // others may not be back yet after an outage
	nodes     int       // that listened when it was last known
	awaited   int       // nodes that listened before the outage, if scattered
}

func newPublisher(l link, node uint64, c channels) *publisher {
	p := &publisher{link: l, node: node, channels: c, every: beatEvery, ring: newRing[outgoing](maxHeld), closing: make(chan struct{}), done: make(chan struct{})}
	p.controls.more = make(chan struct{}, 1)
	return p
}

// publish queues a message. It never waits.
func (p *publisher) publish(name string, m Message) {
	e := envelope{node: p.node}
	if m.Binary {
		e.flags = flagBinary
	}
	o := outgoing{channel: p.channels.topics + name, payload: e.seal(m.Data)}
	p.ring.push(o, len(o.channel)+len(o.payload)+outgoingSize, time.Now())
}

// close sends what waits, until ctx is done, and returns how many messages were not confirmed.
func (p *publisher) close(ctx context.Context) int64 {
	p.ring.close()
	close(p.closing)
	select {
	case <-p.done:
	case <-ctx.Done():
	}
	return p.ring.last() - p.confirmed.Load()
}

// run is the goroutine of the publisher.
func (p *publisher) run() {
	defer close(p.done)
	defer p.hangUp()
	tick := time.NewTicker(p.every)
	defer tick.Stop()
	for {
		err := p.send()
		p.losses.tell(p.tell)
		switch {
		case err == nil:
			if !p.rest(tick.C) {
				return
			}
		case p.ctx.Err() != nil:
			return
		case p.lost(err):
		case !p.backOff(nil):
			return
		}
	}
}

// rest waits for something to send. It returns false if none will follow.
func (p *publisher) rest(tick <-chan time.Time) bool {
	select {
	case <-p.ring.more:
		return true
	case <-p.controls.more:
		return true
	case <-tick:
		return true
	case <-p.closing:
		return p.ring.waiting() > 0
	case <-p.ctx.Done():
		return false
	}
}

// send connects if necessary, and publishes until no message waits.
func (p *publisher) send() error {
	if err := p.dial(); err != nil {
		return err
	}
	if p.scattered {
		if err := p.regroup(); err != nil {
			return err
		}
	}
	for {
		batch, first, dropped := p.ring.batch(p.batch[:0], roundMessages, roundBytes)
		p.batch = batch
		if before := first - 1; before > p.confirmed.Load() { // the ring was full
			p.lose(before-p.confirmed.Load(), dropped)
			p.ring.told(dropped)
			p.miss()
			p.confirmed.Store(before)
		}
		if err := p.forget(); err != nil {
			return err
		}
		if time.Since(p.beaten) >= p.every {
			if err := p.beat(); err != nil {
				return err
			}
		}
		if err := p.sendControls(); err != nil {
			return err
		}
		if len(batch) == 0 {
			p.succeeded()
			return nil
		}
		err := p.round(batch, first)
		clear(batch)
		if err != nil {
			return err
		}
		p.succeeded()
	}
}

// round publishes a batch, of which first is the number of the first message.
//
// A reply that is an error means that this message was not published. If a later one was, receivers would
// ignore the message when it comes again, so it is lost; otherwise it stays in the ring.
func (p *publisher) round(batch []outgoing, first int64) error {
	keeps := slices.ContainsFunc(batch, func(o outgoing) bool { return o.keep != nil })
	if keeps { // each time, because Redis may have forgotten it
		if err := p.conn.Send("SCRIPT", "LOAD", keepSource); err != nil {
			return err
		}
	}
	for i, o := range batch {
		number(o.payload, uint64(first)+uint64(i))
		if err := p.sendOne(o); err != nil {
			return err
		}
	}
	if err := p.conn.Flush(); err != nil {
		return err
	}
	if keeps {
		_, err := p.conn.Receive()
		if _, isAnswer := answerOf(err); err != nil && !isAnswer {
			return err
		}
	}
	var refused error
	var refusals int64 // since the last that was published
	for i := range batch {
		_, err := redis.Int(p.conn.Receive())
		_, isAnswer := answerOf(err)
		switch {
		case err == nil:
			if refusals > 0 {
				p.miss()
			}
			p.confirm(first + int64(i))
			p.published.Add(1)
			p.lose(refusals, span{})
			refusals, p.used = 0, true
		case isAnswer:
			refused = err
			refusals++
		default:
			return err
		}
	}
	if refusals > 0 {
		return refused
	}
	return nil
}

// lose counts messages that other nodes will not get.
func (p *publisher) lose(n int64, when span) {
	p.dropped.Add(uint64(n))
	p.losses.add(n, when)
}

// confirm releases the messages up to a number.
func (p *publisher) confirm(number int64) {
	p.confirmed.Store(number)
	p.ring.release(number)
	p.flushes.reach(number)
}
