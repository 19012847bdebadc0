package redis

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"time"

	"github.com/gomodule/redigo/redis"

	"node.websocket/runtime/history"
)

const (
	// keptSize is the size in bytes of a message in the history of its topic, beside its data.
	keptSize = 128
	// keptTopics and keptBytes bound the histories of all topics. A message counts for keptSize beside its data.
	keptTopics = 100_000
	keptBytes  = 256 << 20
	// missingKnown is the time beyond the window for which it is known what is missing from a topic's history.
	missingKnown = 24 * time.Hour
	// historyLimit is the time for connecting, and for each reply.
	historyLimit = time.Second
)

// A keeping tells how a message is to be kept.
type keeping struct {
	topic, publisher string
	number           int64
	limit            history.Limit
}

// Keep sends a message to all other nodes that have subscribed to its topic, and keeps it in Redis, within the
// limit. Publishers number what they keep, ascending. It shares no memory with e afterwards, and does not wait.
func (b *Bus) Keep(name string, e history.Entry, limit history.Limit) {
	p := b.publisher
	p.keeps.Store(true)
	sealed := envelope{node: p.node, flags: flagKept}
	if e.Binary {
		sealed.flags |= flagBinary
	}
	limit.Window = cmp.Or(limit.Window, p.window)
	o := outgoing{p.channels.topics + name, append(sealed.seal(appendKept(nil, e)), e.Data...), &keeping{name, e.Publisher, e.Number, limit}}
	p.ring.push(o, len(o.channel)+len(o.payload)+len(name)+len(e.Publisher)+2*outgoingSize, time.Now())
}

// sendOne sends the command that publishes a message.
func (p *publisher) sendOne(o outgoing) error {
	if o.keep == nil {
		return p.conn.Send("PUBLISH", o.channel, o.payload)
	}
	k := o.keep
	return keepScript.SendHash(p.conn, p.channels.kept, rand.Text(), k.topic, o.channel, o.payload, k.publisher, k.number, k.limit.Messages,
		history.MaxTopicBytes, keptSize, k.limit.Window.Milliseconds(), (k.limit.Window + missingKnown).Milliseconds(),
		p.keptBytes, p.keptTopics)
}

// miss notes that messages will not be in the history.
func (p *publisher) miss() {
	if p.keeps.Load() {
		p.holes.Store(true)
	}
}

// forget makes all histories begin anew if messages are missing from any.
func (p *publisher) forget() error {
	if !p.holes.Load() {
		return nil
	}
	if _, err := p.conn.Do("DEL", p.channels.kept); err != nil {
		return err
	}
	p.holes.Store(false)
	return nil
}

// flush waits until what was published before is in Redis.
func (p *publisher) flush(ctx context.Context) error {
	last := p.ring.last()
	wait := p.flushes.add(last)
	p.flushes.reach(p.confirmed.Load())
	if err := p.flushes.wait(ctx, wait); err != nil {
		return err
	}
	if p.holes.Load() {
		return errAway
	}
	return nil
}

// A historyReader reads the history on a connection of its own, for one goroutine after the other.
type historyReader struct {
	link
	turn chan struct{} // has an element while nobody reads
}

func newHistoryReader(l link) *historyReader {
	r := &historyReader{link: l, turn: make(chan struct{}, 1)}
	r.turn <- struct{}{}
	return r
}

// close closes the connection. Nobody may read afterwards.
func (r *historyReader) close() {
	<-r.turn
	r.hangUp()
}

// do runs a script once for each list of arguments, in one round trip. If the connection has broken while nothing was
// read, it connects anew.
func (r *historyReader) do(ctx context.Context, source string, script *redis.Script, lists [][]any) (replies [][]any, err error) {
	select {
	case <-r.turn:
	case <-ctx.Done():
		return nil, errAway
	}
	defer func() { r.turn <- struct{}{} }()
	for {
		old := r.conn != nil
		if !old {
			if r.conn, r.release, err = r.server.connect(r.ctx, historyLimit); err != nil {
				r.conn = nil
				return nil, err
			}
		}
		replies, err = runScript(r.conn, source, script, lists)
		if _, isAnswer := answerOf(err); err == nil {
			return replies, nil
		} else if r.hangUp(); isAnswer || !old || ctx.Err() != nil || r.ctx.Err() != nil {
			return nil, err
		}
	}
}

func runScript(conn redis.Conn, source string, script *redis.Script, lists [][]any) (replies [][]any, err error) {
	if err := conn.Send("SCRIPT", "LOAD", source); err != nil { // each time, because Redis may have forgotten it
		return nil, err
	}
	for _, args := range lists {
		if err := script.SendHash(conn, args...); err != nil {
			return nil, err
		}
	}
	if err := conn.Flush(); err != nil {
		return nil, err
	}
	if _, err := conn.Receive(); err != nil {
		return nil, err
	}
	for range lists {
		reply, err := redis.Values(conn.Receive())
		if err != nil {
			return nil, err
		}
		replies = append(replies, reply)
	}
	return replies, nil
}

// read runs a script that reads the history. What this node has published or subscribed to before takes effect
// before that, and what is in the history has been delivered if it came from another node and is subscribed to.
func (b *Bus) read(ctx context.Context, source string, script *redis.Script, lists ...[]any) ([][]any, error) {
	if err := b.subscriber.settle(ctx); err != nil {
		return nil, err
	}
	if err := b.publisher.flush(ctx); err != nil {
		return nil, err
	}
	for i, args := range lists {
		lists[i] = append([]any{b.publisher.channels.kept, rand.Text()}, args...)
	}
	replies, err := b.history.do(ctx, source, script, lists)
	if err != nil {
		return nil, err
	}
	return replies, b.subscriber.settle(ctx)
}

// Missed answers queries of the history; see [history.Memory.After]. It waits until ctx is done at most. The error tells
// that it is not known what was published.
func (b *Bus) Missed(ctx context.Context, queries []history.Query) ([]history.Missed, error) {
	var lists [][]any
	for _, q := range queries {
		args := []any{q.Name, q.Begin, q.MaxBytes, q.Overhead, (b.publisher.window + missingKnown).Milliseconds(), q.Epoch}
		for publisher, n := range q.Position {
			args = append(args, publisher, n)
		}
		lists = append(lists, args)
	}
	replies, err := b.read(ctx, missedSource, missedScript, lists...)
	if err != nil {
		return nil, err
	}
	all := make([]history.Missed, len(queries))
	for i, reply := range replies {
		all[i].Name = queries[i].Name
		if err := scanMissed(reply, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// scanMissed reads a reply of missedScript.
func scanMissed(reply []any, missed *history.Missed) error {
	var numbers []any
	var messages [][]byte
	_, err := redis.Scan(reply, &missed.Epoch, &missed.Complete, &missed.More, &numbers, &messages)
	if err != nil {
		return err
	}
	if missed.Last, err = positionOf(numbers); err != nil {
		return err
	}
	for _, m := range messages {
		sealed, data, ok := parseEnvelope(m)
		e, whole := entryOf(sealed.flags, data)
		if !ok || !whole {
			return errForeign
		}
		missed.Entries = append(missed.Entries, e)
	}
	return nil
}

// errForeign is the error for a history that another version has made.
var errForeign = errors.New("the history in Redis is of another version of node.websocket")

// States returns the states of the topics whose names begin with a prefix, and reports whether these are all. epoch
// is that of all topics, for those whose history begins later. The error is as that of Missed.
func (b *Bus) States(ctx context.Context, prefix string, most int) (epoch string, states []history.State, all bool, err error) {
	replies, err := b.read(ctx, statesSource, statesScript, []any{prefix, most})
	if err != nil {
		return "", nil, false, err
	}
	var more bool
	var list []any
	if _, err = redis.Scan(replies[0], &epoch, &more, &list); err != nil {
		return "", nil, false, err
	}
	for _, one := range list {
		fields, err := redis.Values(one, nil)
		if err != nil {
			return "", nil, false, err
		}
		var state history.State
		var numbers []any
		if _, err = redis.Scan(fields, &state.Name, &state.Epoch, &numbers); err != nil {
			return "", nil, false, err
		}
		if state.Last, err = positionOf(numbers); err != nil {
			return "", nil, false, err
		}
		states = append(states, state)
	}
	return epoch, states, !more, nil
}

// positionOf returns the position of numbers that follow their publishers.
func positionOf(numbers []any) (history.Position, error) {
	texts, err := redis.Strings(numbers, nil)
	if err != nil {
		return nil, err
	}
	p := history.Position{}
	for i := 0; i+1 < len(texts); i += 2 {
		if p[texts[i]], err = strconv.ParseInt(texts[i+1], 10, 64); err != nil {
			return nil, err
		}
	}
	return p, nil
}
