// Package topic holds who has subscribed to what on one node. It knows neither sessions nor modules: a
// subscriber is any comparable value.
//
// # Names
//
// A topic is a name such as "room/42". A subscription names a topic, or all topics that begin alike:
// "room/*" stands for "room/42" and "room/42/typing", but not for "room", and "*" for every topic.
// See [CheckName] and [CheckPattern].
//
// # Use
//
// A [Hub] has the topics of a node. Each subscriber has a [Subscriptions], which the Hub changes. What is
// published on a name goes to an [Audience], which is looked up when it is published. Its receivers
// are listed later, outside the turn of whoever publishes.
//
// # Concurrency
//
// Every method may be called from any goroutine. None waits for anything but the Hub's lock, and no call
// holds that for longer than it takes to copy a list of pointers.
package topic
