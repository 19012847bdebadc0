package redis

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"sync"

	"github.com/gomodule/redigo/redis"
)

// maxControls is the number of questions and answers that wait at most, in each direction.
const maxControls = 1000

// errAway is the error of a question that did not reach Redis, or to which no answer could come.
var errAway = errors.New("other nodes are not reached through Redis")

// A control is a message to other nodes that is no heartbeat and belongs to no topic. It is sent at most once.
type control struct {
	channel string
	payload []byte
	sent    func(nodes int, err error) // called with the number of nodes that it went to; nil if nobody cares
}

// controls are those that wait.
type controls struct {
	more chan struct{} // has an element if one has arrived since it was last empty

	mu      sync.Mutex
	waiting []control // guarded by mu
}

// add queues a control. It returns false if there is no room.
func (c *controls) add(one control) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) >= maxControls {
		return false
	}
	c.waiting = append(c.waiting, one)
	select {
	case c.more <- struct{}{}:
	default:
	}
	return true
}

func (c *controls) take() []control {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.waiting
	c.waiting = nil
	return all
}

// sendControls publishes the controls that wait, in one round trip.
func (p *publisher) sendControls() (err error) {
	all := p.controls.take()
	if len(all) == 0 {
		return nil
	}
	done := 0
	defer func() {
		for _, c := range all[done:] {
			if c.sent != nil {
				c.sent(0, errAway)
			}
		}
	}()
	for _, c := range all {
		if err := p.conn.Send("PUBLISH", c.channel, c.payload); err != nil {
			return err
		}
	}
	if err := p.conn.Flush(); err != nil {
		return err
	}
	for ; done < len(all); done++ {
		nodes, err := redis.Int(p.conn.Receive())
		if _, isAnswer := answerOf(err); err != nil && !isAnswer {
			return err
		}
		if sent := all[done].sent; sent != nil {
			sent(nodes, err)
		}
	}
	return nil
}

// asking has the questions of this node that are open, and those of others that wait for an answer.
type asking struct {
	questions chan question

	mu sync.Mutex

	// Guarded by mu.
	last uint64
	open map[uint64]*asked
}

// A question is that of another node.
type question struct {
	node uint64
	data []byte
}

// An asked is a question of this node.
type asked struct {
	// Guarded by the asking's mu.
	expected int // answers; -1 until that is known
	answers  [][]byte
	err      error
	complete chan struct{} // closed when there is an error, or all answers
	closed   bool
}

func newAsking() *asking {
	return &asking{questions: make(chan question, maxControls), open: map[uint64]*asked{}}
}

// Ask asks all other nodes, and returns the answers of those that answer before ctx is done. The error tells
// that this node is cut off from others, so that it cannot know how many there are.
func (b *Bus) Ask(ctx context.Context, data []byte) (answers [][]byte, err error) {
	if !b.subscriber.hears() {
		return nil, errAway
	}
	a := b.subscriber.asking
	id, q := a.begin()
	defer a.end(id)
	e := envelope{flags: flagQuestion, node: b.publisher.node}
	if !b.publisher.controls.add(control{b.publisher.channels.nodes, e.seal(slices.Concat(binary.BigEndian.AppendUint64(nil, id), data)), func(nodes int, err error) {
		a.expect(q, nodes-1, err) // this node hears it as well
	}}) {
		return nil, errors.New("too many questions wait for Redis")
	}
	select {
	case <-q.complete:
	case <-ctx.Done():
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if q.expected < 0 && q.err == nil {
		return nil, errAway
	}
	return q.answers, q.err
}

func (a *asking) begin() (id uint64, q *asked) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last++
	q = &asked{expected: -1, complete: make(chan struct{})}
	a.open[a.last] = q
	return a.last, q
}

func (a *asking) end(id uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.open, id)
}

// expect notes how many answers a question will have.
func (a *asking) expect(q *asked, answers int, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q.expected, q.err = answers, err
	q.checkLocked()
}

// answer takes an answer to a question of this node.
func (a *asking) answer(data []byte) {
	if len(data) < 8 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if q := a.open[binary.BigEndian.Uint64(data)]; q != nil {
		q.answers = append(q.answers, data[8:])
		q.checkLocked()
	}
}

func (q *asked) checkLocked() {
	if !q.closed && (q.err != nil || q.expected >= 0 && len(q.answers) >= q.expected) {
		q.closed = true
		close(q.complete)
	}
}

// question queues a question of another node. Without room it is not answered.
func (a *asking) question(node uint64, data []byte) {
	if len(data) < 8 {
		return
	}
	select {
	case a.questions <- question{node, data}:
	default:
	}
}

// answerAll answers the questions of other nodes, until Close.
func (b *Bus) answerAll(answer func(question []byte) []byte) {
	e := envelope{flags: flagAnswer, node: b.publisher.node}
	for {
		select {
		case q := <-b.subscriber.asking.questions:
			data := e.seal(slices.Concat(q.data[:8], answer(q.data[8:])))
			b.publisher.controls.add(control{channel: b.publisher.channels.own(q.node), payload: data})
		case <-b.publisher.ctx.Done():
			return
		}
	}
}
