package runtime

import (
	"context"

	"node.websocket/runtime/history"
)

// A Bus carries what is published from one node to others. A node delivers its own messages to its own
// connections without it.
//
// Apart from Receive, Ask, Missed and States, its methods are called in turns or with a lock held, one call
// at a time for each worker. They must not wait, nor call into the runtime.
type Bus interface {
	// Receive is called once, before the other methods. deliver delivers a message that another node has
	// published on a name to this node's connections. It must be called once for each message, on one
	// goroutine at a time, and in the order of each publisher. It does not wait for the network. A message that
	// was passed to Keep has a Publisher and a Number; others have not.
	//
	// answer answers a question of another node; see Ask. It may be called from any goroutine, and takes a
	// time that grows with the subscribers of a topic.
	//
	// interrupted tells, before any message is delivered that comes later, that messages of other nodes may have been
	// missed.
	Receive(deliver func(name string, e history.Entry), answer func(question []byte) []byte, interrupted func())
	// Subscribe is called when the first connection of this node has subscribed to a pattern: a name, or
	// one that ends in a *, such as "room/*"; see package topic.
	Subscribe(pattern string)
	// Unsubscribe is called when the last of them has left.
	Unsubscribe(pattern string)
	// Publish carries a message to all other nodes that have subscribed to patterns which stand for name.
	// It must not change m.Data, and may keep it. The messages of a turn come in order.
	Publish(name string, m Message)
	// Keep is like Publish for a message of a topic with a history of that limit, which has a window. All nodes
	// share the history. It may keep what e refers to.
	Keep(name string, e history.Entry, limit history.Limit)
	// Missed answers queries of the history. What this node has subscribed to or passed to Keep before takes effect
	// before that, and what other nodes have kept is delivered before it returns. The error tells that it is not known
	// what was published. Like Ask it waits.
	Missed(ctx context.Context, queries []history.Query) ([]history.Missed, error)
	// States returns the states of up to most topics whose names begin with a prefix, and reports whether these are
	// all. Otherwise it is like Missed.
	States(ctx context.Context, prefix string, most int) (epoch string, states []history.State, all bool, err error)
	// Ask asks all other nodes, and returns the answers of those that answer before ctx is done. The error
	// tells that the other nodes are not reached. Unlike the others, it waits, and is called outside of turns.
	Ask(ctx context.Context, question []byte) (answers [][]byte, err error)
}
