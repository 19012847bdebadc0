package runtime

// A Bus carries what is published from one node to others. A node delivers its own messages to its own
// connections without it.
//
// Apart from Receive, its methods are called in turns or with a lock held, one call at a time for each
// worker. They must not wait, nor call into the runtime.
type Bus interface {
	// Receive is called once, before the other methods. deliver delivers a message that another node has
	// published on a name to this node's connections. It must be called once for each message, on one
	// goroutine at a time, and in the order of each publisher. It does not wait for the network.
	Receive(deliver func(name string, m Message))
	// Subscribe is called when the first connection of this node has subscribed to a pattern: a name, or
	// one that ends in a *, such as "room/*"; see package topic.
	Subscribe(pattern string)
	// Unsubscribe is called when the last of them has left.
	Unsubscribe(pattern string)
	// Publish carries a message to all other nodes that have subscribed to patterns which stand for name.
	// It must not change m.Data, and may keep it. The messages of a turn come in order.
	Publish(name string, m Message)
}
