//go:build linux

// Package load drives a WebSocket server as many clients would, and checks what it answers.
//
// # What
//
// An [Echo], a [Broadcast] or a [Room] is a plan: how many clients there are, what they send and
// what must come back. [Open] connects them, [Session.Run] lets them talk for a time and returns
// a [Result]. Each message has a number, so that an answer that is lost, repeated, changed, out of
// order or another client's is an error. [Handshakes] opens and closes connections, and [Poll]
// talks over long-polling.
//
// The generator must not be the limit. All clients of a plain TCP address share one goroutine and
// one epoll instance; a read takes what there is, and what is to be sent to one server socket goes
// out in one write. Frames are masked in place, from a copy made once. Over TLS and HTTP/2 each
// client has a goroutine of its own.
//
// # How to use
//
//	session, err := load.Open(target, plan)
//	…
//	defer session.Close()
//	result, err := session.Run(load.Limit{Time: 2 * time.Second, Messages: 1e8})
//
// # Concurrency
//
// A session belongs to one goroutine. Goroutines of the package end before the function that
// started them returns, those of TLS and HTTP/2 at the latest when Close does.
package load
