// Package redis keeps the log of the server in Redis, and reads it back. It knows no sessions and no modules: lines
// come as records of log/slog. Where no Redis is named nothing of this package runs.
//
// # Use
//
//	server, err := redis.ParseURL("redis://:secret@127.0.0.1:6379/0")
//	log := redis.NewLog(redis.LogOptions{Server: server, Key: "node.websocket.localhost.8080", …})
//	slog.New(slog.NewMultiHandler(onStderr, log.Handler()))
//	err = log.Close(ctx)                                            // writes what waits
//	err = redis.ReadLog(ctx, redis.Query{Server: server, Key: …, Tail: 20}, show)
//
// # What is in Redis
//
// The log is a list; each entry is one line, a JSON object or, with LogOptions.Text, [date] [type] message as in 2009.
// It is trimmed to LogOptions.Max entries with each batch. Beside it, under names that begin with the list's:
//
//	LIST:trimmed      how many entries were ever trimmed off it. Who follows the log knows an entry by that number and
//	                  its index in sum, which stay the same while it moves to the front.
//	LIST:writer:ID    the mark of one Log: the number of the last line that it wrote. It goes by itself a week after
//	                  the Log's last line, and a minute after an orderly end.
//
// # What is promised
//
// Handling a record never waits for Redis: it is formatted, and put into a ring of at most LogOptions.Buffer lines and
// 32 MiB. Values of more than 16 KiB are cut. Whatever state Redis is in, lines wait there, in order; past the limit the
// oldest are dropped, and an entry at that place of the log, and a line on stderr, tell how many they were and when they
// came (once a second at most, if it goes on).
//
// No line is written twice, nor out of order, though a connection may break when a batch was sent and the answer has not
// come. Lines are numbered. A batch says "after line n, these", and Redis compares n with the mark before it appends,
// all in one step (a Lua script; or WATCH, MULTI, EXEC where the user may not run scripts). If the mark is another,
// nothing is appended, and the mark is the answer: the batch in question was written, and the writer goes on after it.
// A batch that still lies in the buffers of a Redis that hung, while a later connection has long been served, meets a
// mark that is no longer its own, and does nothing. The mark makes the number of dropped lines exact, too.
//
// What remains possible, all of it only when Redis loses data:
//
//   - Redis fails over to a replica, or restarts from a copy, that lacks its last writes: lines that it had taken are
//     gone. The mark is then behind what the writer knows; it says how many are missing, and goes on.
//   - It restarts empty, or the keys are deleted: what was in the list is gone. The writer finds no mark, says so, and
//     goes on with what it has.
//   - The mark alone is gone (deleted, evicted by an allkeys or volatile policy, or the writer was cut off for more than
//     a week) while the answer to a batch was lost: that one batch, of at most 512 lines, is written twice.
//   - The process ends while Redis is away: what waits is lost. [Log.Close] says how many lines that are.
//
// SCRIPT FLUSH and restarts cost one round trip: the script is sent anew when Redis does not know it. A user needs the
// commands that the hints in fault.go name, on keys that begin with the list's name. In a cluster, a list named in
// braces keeps its three keys on one node.
//
// A fault (no connection, TLS, or an error answer, by its code) is told on stderr when it is first met in an outage, and
// the end of the outage when it ends. The password is in no text of this package: answers to AUTH are put in words of
// its own, and it is cut out of whatever else Redis says.
//
// # Concurrency
//
// A Log's Handler may be used from any goroutine. Goroutines of this package, and what ends each:
//
//   - the writer, one for each [Log]: connects, sends batches one after the other, pauses between tries. It ends at
//     [Log.Close]: when nothing waits any more, or when Close's context is done, which closes its connection.
//   - one for the moment in which a context that is done closes a connection.
//
// [ReadLog] starts none.
package redis
