// Package redis keeps the server's log in Redis, and reads it back, keeps the values of the
// storage and the history of topics there, carries messages between nodes, and sends the commands of modules. It knows no
// sessions and no modules: lines arrive as records of log/slog, values as operations of package
// storage, and commands as their words. Without a Redis URL, nothing of this package runs.
//
// # Use
//
//	server, err := redis.ParseURL("redis://:secret@127.0.0.1:6379/0")
//	log := redis.NewLog(redis.LogOptions{Server: server, Key: "node.websocket.localhost.8080", …})
//	slog.New(slog.NewMultiHandler(onStderr, log.Handler()))
//	err = log.Close(ctx)                                            // writes the waiting lines
//	err = redis.ReadLog(ctx, redis.Query{Server: server, Key: …, Tail: 20}, show)
//
//	store := storage.New(redis.NewStorageEngine(server, "{node.websocket:storage}"), …)
//
//	bus := redis.NewBus(redis.BusOptions{Server: server, …})
//	bus.Receive(deliver)
//	bus.Subscribe("room/*")
//	bus.Publish("room/1", redis.Message{Data: text})
//	bus.Keep("room/2", history.Entry{Publisher: …, Number: 1, Data: text}, 100)
//	missed, err := bus.Missed(ctx, []history.Query{{Name: "room/2", …}})
//	err = bus.Close(ctx)                                            // sends the waiting messages
//
//	client := redis.NewClient(server, log)
//	client.Send([][]string{{"GET", "key"}}, take, func(replies []any, err error) { … })
//	client.Close()
//
// # The log in Redis
//
// The log is a list. Each entry is one line, a JSON object or, with LogOptions.Text, [date] [type]
// message as in 2009. Every batch trims the list to LogOptions.Max entries. Two other kinds of keys
// have names that begin with the list's:
//
//	LIST:trimmed      the number of entries ever trimmed off the list. Readers that follow the log
//	                  identify an entry by the sum of this number and its index, which is constant
//	                  while the entry moves to the front.
//	LIST:writer:ID    the mark of one Log: the number of the last line that it wrote. It expires a
//	                  week after the Log's last line, and a minute after an orderly end.
//
// # What the log promises
//
// Handling a record never waits for Redis: the record is formatted and put into a ring of at most
// LogOptions.Buffer lines and 32 MiB. Values over 16 KiB are cut. Whatever state Redis is in, lines
// wait there in order. When the ring is full the oldest lines are dropped, and an entry at that
// place of the log, and a line on stderr, tell how many there were and when they were logged (at
// most once a second, if it continues).
//
// No line is written twice or out of order, even if a connection breaks after a batch was sent and
// before the reply has arrived. Lines are numbered. A batch says "after line n, these", and Redis
// compares n with the mark before it appends, in one step (a Lua script; or WATCH, MULTI, EXEC if
// the user may not run scripts). If the mark differs, nothing is appended and the reply is the
// mark: the batch in question was written, and the writer continues after it. A batch that is still
// in the buffers of a Redis that hung, while a later connection has been served, finds another mark
// and does nothing. The mark also makes the number of dropped lines exact.
//
// What remains possible, only when Redis loses data:
//
//   - Redis fails over to a replica, or restarts from a copy, that lacks its last writes. The lines
//     in them are lost. The mark is then behind the writer, which logs how many lines are missing,
//     and continues.
//   - Redis restarts empty, or the keys are deleted. The contents of the list are lost. The writer
//     finds no mark, logs that, and continues.
//   - The mark alone is lost (deleted, evicted by an allkeys or volatile policy, or expired because
//     the writer was cut off for more than a week) together with the reply to a batch. That batch,
//     of at most 512 lines, is written twice.
//   - The process ends while Redis is away. The waiting lines are lost; [Log.Close] returns their
//     number.
//
// After SCRIPT FLUSH or a restart, the script is sent again, which costs one round trip. The user
// needs the commands that the hints in fault.go name, on keys that begin with the list's name. In a
// cluster, a list name in braces keeps its three keys on one node.
//
// # The bus
//
// Apart from the history, the bus keeps nothing in Redis. It uses channels whose names begin with
// PREFIXnode.websocket:DATABASE: and continue with topic: and its name for a topic, nodes for heartbeats, and
// node:NUMBER for one node. A node subscribes to the channels of the topics, and to patterns for the
// wildcards, that somebody on it has subscribed to. See envelope for the form of the messages.
//
// # What the bus promises
//
// Publishing never waits for Redis: messages wait in a ring of at most 100,000 and 32 MiB, and all that
// wait are sent in one round trip, up to 4096. They stay there until Redis has confirmed them, and are sent
// again on the next connection otherwise. When the ring is full, the oldest are dropped, and the log
// tells how many.
//
// A message reaches a node once, whatever number of its patterns stand for the topic and however
// often it was sent, never its own, and the messages of one node arrive in its order. Each message has
// the node's random number and its own number, which grows by one from message to message over all
// topics. A node keeps one connection for what it receives, on which Redis sends each publisher's
// messages in order; so what is not above the last number of its node is a duplicate. Numbers that are
// missing mean nothing, since a node gets only the topics that it has asked for.
//
// What is published while a node has no connection for what it receives is lost for that node, unless its
// topic has a history: then the bus says that it was interrupted, so that clients can ask for it. Each
// node publishes a heartbeat with its number every second, from which others know how many messages they
// may have missed at most, and log that. After an outage a node sends what has waited once as many nodes
// listen as before, or after three seconds: so a Redis that is killed, hangs or is restarted usually
// loses nothing. Redis closes a connection that does not take its messages (client-output-buffer-limit
// pubsub).
//
// The heartbeat comes with a command that a replica refuses, so that a node leaves a primary that was
// demoted. If a node does not hear its own heartbeats, its connections lead to different servers. In
// both cases it connects anew, by the name in the URL.
//
// # The history
//
// A message of a topic with a history is published by a script, which adds it to a stream first. Each has the
// name of its publisher and a number of the publisher's; history.Position says where somebody has got to. See
// historyscript.go for the keys.
//
// Who has subscribed to a topic, and then asks what was published after a position, gets everything once,
// either in the answer or as a new message: [Bus.Missed] waits until the subscription is in effect, until
// Redis has confirmed what this node has published so far, because its own messages do not come back, then
// reads, and returns after what was published before is delivered. The answer says that something is missing
// if the history does not go back that far, and if Redis has lost it: after a restart without its data, or
// when it has evicted keys. If messages did not get into the history, because the ring was full or Redis has
// refused them, all histories begin anew. Beyond 100,000 topics or 256 MiB, the topics on which nothing was
// published for the longest time are forgotten. Not known is what a node had not sent when it was killed.
//
// A question ([Bus.Ask]) goes to all nodes that listen, and Redis tells how many that were. So nothing
// about nodes or subscribers has to be kept in Redis, or to expire there: a node that has died answers no
// more, and one that hangs is waited for until the asker's time is over. Questions and answers are sent once.
//
// # The storage in Redis
//
// Three keys hold the values, the order of their names and the times at which they end; storagescript.go
// describes them. Each batch of operations is one call of a script, which is carried out in one step,
// and whose clock is that of Redis. What Redis confirmed outlives this process, and outlives Redis as
// its configuration has it (appendonly, appendfsync).
//
// # Sentinel
//
// With a URL of Redis Sentinel, each new connection asks the sentinels where the primary is, and then the server at that
// address whether it is one. While there are connections, one goroutine listens to a sentinel, and closes those
// to a primary that was replaced: it may have been cut off from the sentinels alone, or hang. Replication
// is asynchronous, so the new primary may lack what the old one has confirmed last; see above for what the log says
// then. A primary that is cut off together with some of its clients goes on confirming, unless
// min-replicas-to-write forbids it.
//
// # Faults
//
// A fault of the log (no connection, TLS, or an error reply, by its code) is logged on stderr when it first
// occurs in an outage, and the end of the outage when it ends. No text of this package contains the
// password: replies to AUTH are reworded, and it is removed from everything else that Redis says.
//
// # Concurrency
//
// A Log's Handler may be used from any goroutine. The goroutines of this package, and what ends
// each:
//
//   - the writer, one for each [Log]: connects, sends one batch after the other, pauses between
//     attempts. It ends at [Log.Close]: when no line waits, or when Close's context is done, which
//     closes its connection.
//   - the publisher, one for each [Bus]: it ends at [Bus.Close].
//   - the receiver, one for each Bus that receives, and one for each of its connections that tells
//     Redis what is wanted: they end at Close, and when the connection breaks.
//   - one that answers other nodes, for each Bus that receives: it ends at Close.
//   - the writer of each [Client], from its first command: connects, and sends what waits. It ends at
//     Close.
//   - the reader of each of a Client's connections: hands replies over. It ends with the connection.
//   - the goroutine of a Client's subscriptions, from the first: connects, and tells Redis what has
//     changed. It ends at Close. Its connection has a reader of its own, which ends with that.
//   - the one that listens to sentinels, for each [Server] that has them: it ends with the last connection. Those that ask
//     sentinels end with the attempt to connect.
//   - one for the moment in which a context that is done closes a connection.
//
// [ReadLog] and the engine of [NewStorageEngine] start none. The latter is used by the goroutine of its
// storage.Store.
package redis
