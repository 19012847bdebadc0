package runtime

import (
	"context"
	"maps"
	"slices"
	"strings"

	"node.websocket/runtime/history"
)

const (
	// maxRequests is the number of requests of a client that may wait. client.js sends one after the other.
	maxRequests = 16
	// maxPublishers is the number of publishers in the position of a request.
	maxPublishers = 4096
	// unknownEpoch is the epoch of a topic of which it is not known what its history has. It is that of no history.
	unknownEpoch = "?"
)

// closePolicy is the close code for a client that asks for too much (RFC 6455 §7.4.1).
const closePolicy = 1008

// sharedReads are those of the history that nodes share, which a connection waits for. All that wait are done
// together, and their results told in a turn, in order.
type sharedReads struct {
	running  bool
	waiting  []sharedRead
	requests int // of those that wait
}

// A sharedRead is for a new subscription, or a request.
type sharedRead struct {
	told  subscribed
	query history.Query // of a request, or of a subscription to one topic; otherwise its Name is ""
	ask   bool          // it is a request

	missed history.Missed
	err    error
}

// tellSubscribedShared is tellSubscribed for nodes that share a history.
func (c *Conn) tellSubscribedShared(s subscribed) {
	if !c.worker.resource.runtime.keeps.Load() { // no module keeps anything
		c.tell(frameSubscribed, s)
		return
	}
	one := sharedRead{told: s}
	if !strings.HasSuffix(s.Pattern, "*") {
		one.query = history.Query{Name: s.Pattern, MaxBytes: -1, Begin: c.worker.limit(s.Pattern).Messages > 0}
	}
	c.readShared(one)
}

// recoverShared is recover for nodes that share a history.
func (c *Conn) recoverShared(request recoveryRequest, overhead int) {
	reads := &c.usual.recovery.shared
	if reads.requests >= maxRequests || len(request.Position) > maxPublishers {
		c.shut = true
		c.session.Close(closePolicy, "asks for too much")
		return
	}
	reads.requests++
	c.readShared(sharedRead{ask: true, query: history.Query{Name: request.Name, Epoch: request.Epoch, Position: request.Position, MaxBytes: c.recoveryPiece(), Overhead: overhead}})
}

// readShared reads the history outside of the turn, and tells the client. It is called in a turn.
func (c *Conn) readShared(one sharedRead) {
	reads := &c.usual.recovery.shared
	reads.waiting = append(reads.waiting, one)
	if !reads.running {
		c.readNext()
	}
}

// readNext begins the reads that wait.
func (c *Conn) readNext() {
	w, reads := c.worker, &c.usual.recovery.shared
	all := reads.waiting
	reads.waiting, reads.requests, reads.running = nil, 0, len(all) > 0
	if !reads.running {
		return
	}
	r := w.resource.runtime
	w.background("recovery", func() {
		ctx, cancel := context.WithTimeout(w.context, pollLimit)
		defer cancel()
		r.readShared(ctx, all)
		r.received.deliver() // what was delivered by other nodes is then sent before what was read
	}, func() error {
		for i := range all {
			if c.connected && !c.shut {
				c.tellRead(&all[i])
			}
		}
		c.readNext()
		return nil
	})
}

// interrupted tells clients that can recover that messages of other nodes may have been missed. It is called by the bus.
func (r *Runtime) interrupted() {
	if !r.keeps.Load() {
		return
	}
	r.mu.Lock()
	resources := slices.Collect(maps.Values(r.resources))
	r.mu.Unlock()
	for _, resource := range resources {
		r.received.publish(&publication{message: r.options.Prepare(Message{Data: []byte(frameInterrupted)}), resource: resource, lost: true}, len(frameInterrupted))
	}
	if r.received.begin() {
		go r.received.run() // ends as in receive
	}
}

// readShared does reads.
func (r *Runtime) readShared(ctx context.Context, reads []sharedRead) {
	var queries []history.Query
	for i := range reads {
		one := &reads[i]
		if one.query.Name != "" {
			queries = append(queries, one.query)
			continue
		}
		var states []history.State
		var all bool
		one.told.Epoch, states, all, one.err = r.options.Bus.States(ctx, strings.TrimSuffix(one.told.Pattern, "*"), maxStates)
		one.told.add(states, all || one.err != nil)
	}
	if len(queries) == 0 {
		return
	}
	missed, err := r.options.Bus.Missed(ctx, queries)
	for i := range reads {
		if one := &reads[i]; one.query.Name == "" {
			continue
		} else if one.err = err; err == nil {
			one.missed, missed = missed[0], missed[1:]
		}
	}
}

// tellRead tells the client what was read. It is called in a turn.
func (c *Conn) tellRead(one *sharedRead) {
	topics := c.worker.resource.runtime.topics
	if one.ask {
		missed := one.missed
		if one.err != nil {
			missed = history.Missed{State: history.State{Name: one.query.Name, Epoch: unknownEpoch}}
		} else if !topics.Hears(&c.subscriptions, topics.Audience(missed.Name)) { // it was unsubscribed meanwhile
			missed = history.Missed{State: history.State{Name: missed.Name}}
		}
		c.sendMissed(missed)
		return
	}
	if !topics.Subscribed(&c.subscriptions, one.told.Pattern) {
		return
	}
	name := one.query.Name
	switch {
	case one.err != nil:
		one.told.Unknown, one.told.Epoch = true, unknownEpoch
		if name != "" {
			one.told.Topics = []stateOf{{Name: name, Epoch: unknownEpoch}}
		}
	case one.missed.Epoch != "":
		one.told.Topics = []stateOf{stateOf(one.missed.State)}
	}
	c.tell(frameSubscribed, one.told)
}
