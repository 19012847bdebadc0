package runtime

import "context"

// A Bus carries what is published from one node to others. A node delivers its own messages to its own
// connections without it.
//
// Apart from Receive and Ask, its methods are called in turns or with a lock held, one call at a time for each
// worker. They must not wait, nor call into the runtime.
type Bus interface {
	// Receive is called once, before the other methods. deliver delivers a message that another node has
	// published on a name to this node's connections. It must be called once for each message, on one
	// goroutine at a time, and in the order of each publisher. It does not wait for the network.
	//
	// answer answers a question of another node; see Ask. It may be called from any goroutine, and takes a
	// time that grows with the subscribers of a topic.
	Receive(deliver func(name string, m Message), answer func(question []byte) []byte)
	// Subscribe is called when the first connection of this node has subscribed to a pattern: a name, or
	// one that ends in a *, such as "room/*"; see package topic.
	Subscribe(pattern string)
	// Unsubscribe is called when the last of them has left.
	Unsubscribe(pattern string)
	// Publish carries a message to all other nodes that have subscribed to patterns which stand for name.
	// It must not change m.Data, and may keep it. The messages of a turn come in order.
	Publish(name string, m Message)
	// Ask asks all other nodes, and returns the answers of those that answer before ctx is done. The error
	// tells that the other nodes are not reached. Unlike the others, it waits, and is called outside of turns.
	Ask(ctx context.Context, question []byte) (answers [][]byte, err error)
}
