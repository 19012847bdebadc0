// Package hixie implements the WebSocket protocol of 2010, the drafts hixie-75 and hixie-76. It is
// a leaf: bytes in, messages out.
//
// # What it is
//
// The package does for these drafts what transport/websocket does for RFC 6455 and the later
// drafts: it checks the handshake, writes the response, decodes what the client sends and encodes
// what the server sends. It does no I/O, keeps no time and starts no goroutine. These drafts carry
// only text, and have neither pings nor close codes. Closing a connection of hixie-75 is closing
// its socket.
//
// # How to use it
//
//	if hixie.IsHandshake(r) { … }
//	h, err := hixie.CheckHandshake(r)                        // err is a *HandshakeError: answer with its status
//	head, err := h.AppendResponse(nil, secure, "", nil)      // write it at once: a proxy may wait for it
//	out, rest, done := h.Answer(out, p)                      // for each read p, until done; write out
//
//	d := hixie.Decoder{Draft: h.Draft}                       // kept for the life of the connection
//	messages, err = d.Feed(messages[:0], rest)               // then for each read p
//
//	out = hixie.AppendText(out, "hello")
//	out = hixie.AppendClose(out)                             // hixie-76 alone: FF 00, which its client answers with the same
//
// # What it costs
//
// A Decoder is 56 bytes and holds no buffer between messages. A message that lies whole in the
// bytes given to Feed is not copied.
//
// # Concurrency
//
// The package has no goroutines, no locks and no mutable variables. A Handshake and a Decoder
// belong to one goroutine at a time. Everything else may be called from any goroutine.
package hixie
