package redis

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"log/slog"
	"time"

	"node.websocket/runtime/history"
)

// BusOptions configures a Bus. All fields except Prefix are required.
type BusOptions struct {
	Server *Server
	Prefix string       // of the names of channels; nodes with the same Prefix and database hear each other
	Tell   *slog.Logger // for messages about Redis itself

	// Window is the time for which messages that are kept stay after the last one of their topic, unless their limit
	// has another. Zero means two minutes.
	Window time.Duration
}

// A Bus carries messages between nodes through the channels of Redis. See the package comment for its
// guarantees. Its methods may be called from any goroutine; apart from Close, none waits for Redis.
type Bus struct {
	publisher  *publisher
	subscriber *subscriber
	history    *historyReader
	cancel     context.CancelFunc
}

// NewBus returns a Bus that publishes. Redis need not be reachable: messages wait for it. The caller
// must call Receive once, and Close.
func NewBus(o BusOptions) *Bus {
	b := newBus(o)
	go b.publisher.run() // ends at Close
	return b
}

func newBus(o BusOptions) *Bus {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails
	node, channels := binary.BigEndian.Uint64(id[:]), channelsOf(o.Prefix, o.Server.db)
	ctx, cancel := context.WithCancel(context.Background())
	l := link{server: o.Server, tell: o.Tell, ctx: ctx, limit: answerLimit, retry: firstRetry, maxRetry: busMaxRetry, outage: &outage{
		links: 2, works: "other nodes are reached through Redis", again: "other nodes are reached through Redis again; some of their messages may be missing",
		fails: "other nodes are not reached through Redis; messages for them wait", hints: busHints,
	}}
	b := &Bus{publisher: newPublisher(l, node, channels), subscriber: newSubscriber(l, node, channels), cancel: cancel}
	b.publisher.subscriber, b.subscriber.asking = b.subscriber, newAsking()
	b.publisher.keptBytes, b.publisher.keptTopics = keptBytes, keptTopics
	b.publisher.window = cmp.Or(o.Window, 2*time.Minute)
	b.history = newHistoryReader(l)
	return b
}

// busMaxRetry is the longest pause between attempts to connect. It is shorter than that of the log, because
// messages are lost meanwhile.
const busMaxRetry = time.Second

// busHints are the hints for the bus.
var busHints = map[string]string{
	"LOADING":   "it carries messages when it has loaded its data",
	"READONLY":  "this is a replica; the name in --redis must lead to the primary",
	"NOAUTH":    logHints["NOAUTH"],
	"WRONGPASS": logHints["WRONGPASS"],
	"NOPERM": "allow its user PUBLISH, SUBSCRIBE, PSUBSCRIBE, UNSUBSCRIBE, PUNSUBSCRIBE and PING on all channels, and, if topics have a history, " +
		"scripts on the keys node.websocket:*, with --redis-prefix before it",
}

// Receive starts to deliver what other nodes publish on the patterns that are subscribed to. deliver is
// called for one message after the other; while it runs, no further message is read. It must not change the
// data, and may keep it. Messages that are not kept have no Publisher and Number. answer answers the
// questions of other nodes; see Ask. interrupted is called on the same goroutine as deliver, when messages
// may have been missed, before those that follow.
func (b *Bus) Receive(deliver func(name string, e history.Entry), answer func(question []byte) []byte, interrupted func()) {
	b.subscriber.deliver, b.subscriber.interrupted = deliver, interrupted
	go b.subscriber.run()  // ends at Close
	go b.answerAll(answer) // likewise
}

// Subscribe subscribes to a topic, or to all whose names begin with what precedes a * at the end. It takes
// effect when Redis has heard of it.
func (b *Bus) Subscribe(pattern string) { b.subscriber.want(pattern, true) }

// Unsubscribe ends the subscription to a pattern.
func (b *Bus) Unsubscribe(pattern string) { b.subscriber.want(pattern, false) }

// Settled reports whether all that was asked of Subscribe and Unsubscribe is in effect.
func (b *Bus) Settled() bool { return b.subscriber.settled() }

// Publish sends a message to all other nodes that have subscribed to its topic. The data must not change
// afterwards.
func (b *Bus) Publish(name string, m Message) { b.publisher.publish(name, m) }

// Close sends the messages that wait, until ctx is done, and stops the Bus. The error tells how many
// were not sent. Close must be called once.
func (b *Bus) Close(ctx context.Context) error {
	lost := b.publisher.close(ctx)
	b.cancel()
	<-b.publisher.done
	b.subscriber.close()
	b.history.close()
	if lost > 0 {
		return fmt.Errorf("%d messages for other nodes did not reach Redis at %s, or it did not say so in time", lost, b.publisher.server)
	}
	return nil
}
