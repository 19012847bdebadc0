// Package hixie is the WebSocket protocol of 2010, the drafts hixie-75 and hixie-76, as a leaf: bytes in, messages out.
//
// # What it is
//
// It is for those drafts what transport/websocket is for RFC 6455 and the later ones: it checks the handshake, writes the answer, decodes
// what the client sends and encodes what the server sends. It reads from nothing, writes to nothing, knows no time and starts no
// goroutine. These drafts carry text only, and have neither pings nor close codes. In hixie-75 the connection is closed and that is all.
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
// A Decoder is 56 bytes and holds no buffer between messages. A message that lies whole in the bytes given to Feed is not copied.
//
// # Concurrency
//
// The package has no goroutines, no locks and no variables that change. A Handshake and a Decoder belong to one goroutine at a
// time. Everything else may be called from any.
package hixie
