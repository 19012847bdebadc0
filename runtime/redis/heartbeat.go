package redis

import (
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"
)

const (
	// beatEvery is the time from one heartbeat of a node to the next.
	beatEvery = time.Second
	// unheardMost is the number of a node's heartbeats that may not have come back to it until it connects anew.
	unheardMost = 3
	// regroupLimit is the time for which messages wait for other nodes after an outage, and regroupPause that
	// from one look to the next.
	regroupLimit = 3 * time.Second
	regroupPause = 20 * time.Millisecond
)

// beat publishes a heartbeat, which tells the other nodes how many messages this one has published, and
// deletes a key that does not exist, which fails on a replica: a primary that was demoted would still take
// messages, and deliver them to nobody.
//
// A heartbeat that does not come back to the subscriber of this node shows that its two connections lead to
// different servers. Both are then made anew.
func (p *publisher) beat() error {
	p.beaten = time.Now()
	e := envelope{node: p.node, number: uint64(p.confirmed.Load())}
	if err := p.conn.Send("PUBLISH", p.channels.nodes, e.seal(nil)); err != nil {
		return err
	}
	if err := p.conn.Send("DEL", p.channels.probe); err != nil {
		return err
	}
	if err := p.conn.Flush(); err != nil {
		return err
	}
	nodes, refused := redis.Int(p.conn.Receive())
	took := time.Since(p.beaten)
	if _, isAnswer := answerOf(refused); refused != nil && !isAnswer {
		return refused
	}
	_, err := p.conn.Receive()
	if _, isAnswer := answerOf(err); err != nil && !isAnswer || isReadOnly(err) {
		return err
	}
	if refused != nil {
		return refused
	}
	p.nodes, p.used = nodes, true
	p.heard.Store(int64(nodes))
	p.beats.add(took)
	if p.subscriber.published() > unheardMost {
		return errSplit
	}
	return nil
}

// errSplit is the error of a heartbeat if those before it have not come back.
var errSplit = redis.Error("SPLIT what this node publishes does not come back to it; --redis seems to lead to several servers")

func isReadOnly(err error) bool {
	answer, ok := answerOf(err)
	return ok && strings.HasPrefix(string(answer), "READONLY")
}

// lost is called with an error of the connection. It reports whether to try again at once.
func (p *publisher) lost(err error) (atOnce bool) {
	if !p.scattered { // otherwise the new primary of a failover may have failed too, before the others have come
		p.scattered, p.awaited = true, p.nodes
	}
	atOnce = p.failed(err)
	if isReadOnly(err) || err == errSplit { // the name may lead to another server by now
		p.hangUp()
		p.subscriber.reconnect()
	}
	return atOnce
}

// regroup waits after an outage until as many nodes listen as before it. Their subscribers connect again at
// about the same time as this publisher, and would miss what it has kept for them.
func (p *publisher) regroup() error {
	since := time.Now()
	for {
		if err := p.beat(); err != nil {
			return err
		}
		if p.nodes >= p.awaited || time.Since(since) > regroupLimit {
			p.scattered = false
			return nil
		}
		select {
		case <-time.After(regroupPause):
		case <-p.ctx.Done():
			return p.ctx.Err()
		}
	}
}
