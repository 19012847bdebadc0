// Package history keeps the last messages that were published on topics, so that a client which comes
// back gets what it has missed.
//
// # Positions
//
// Each publisher numbers what it publishes, and every receiver gets the messages of one publisher in the
// order of their numbers. The order of messages of different publishers is not fixed. So what a receiver
// has got of a topic is its [Position]: for each publisher, the number of the last message. The epoch of the
// topic's history, which is random, ends when the history is forgotten. Then it is not known what is missing after a
// position of before.
//
// A [Memory] is the history of one node. Where nodes share one, it is in Redis; see package redis.
//
// # Bounds
//
// The messages of a topic are bounded by the number that whoever publishes asks for, and by MaxTopicBytes.
// Those of all topics are bounded by [Options].MaxBytes: above it, of the owner that takes the most, the
// topic on which nothing was published for the longest time loses its oldest messages first. If the owner has
// no messages left, but too many topics, the one that was not used for the longest time is forgotten. A
// history remembers the numbers of messages that it has dropped, and so knows of each position whether
// messages are missing.
//
// A history without publications loses its messages after one to two times the window, and is forgotten after that
// unless the topic is in use. The window is that of who published last.
//
// # Concurrency
//
// Any goroutine may call any method. None waits for anything but a lock that is held for a short time. A timer
// runs for each window while there are histories; Close stops them.
package history
