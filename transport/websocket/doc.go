// Package websocket is the protocol of RFC 6455, with the compression of RFC 7692 and the drafts of versions 8 and 7, as a leaf: bytes
// in, messages out.
//
// # What it is
//
// It checks the opening handshake of a client, writes the answer, decodes what the client then sends and
// encodes what the server sends. It reads from nothing, writes to nothing, knows no time and starts no goroutine:
// sockets, pings, timeouts and queues are its caller's. So one decoder serves a goroutine, an epoll loop,
// TLS and HTTP/2 alike, and all of it can be tested as data.
//
// # How to use it
//
//	h, err := websocket.CheckHandshake(r, 13)   // err is a *HandshakeError: answer with its status
//	head, err := h.AppendResponse(nil, "", nil) // write head to the socket
//
//	var d websocket.Decoder                     // kept for the life of the connection
//	messages, err = d.Feed(messages[:0], p)     // for each read p, of any size
//	for _, m := range messages { … }            // before p is used again
//	if err != nil { … }                         // a *CloseError: send AppendClose of its code, and hang up
//
//	out = websocket.AppendFrame(out, websocket.Text, "hello")
//
// The messages are whole: fragments have been joined, masks taken off, text checked to be UTF-8, control frames
// checked against every rule of RFC 6455 §5.5. What is left to the caller is to answer a Ping with a Pong of the
// same payload, and a Close with a Close.
//
// # Compression
//
// permessage-deflate is spoken with those who ask for it, if the caller wants it to be:
//
//	h.Deflate = websocket.NegotiateDeflate(r.Header["Sec-Websocket-Extensions"], o.ContextTakeover) // before AppendResponse
//	d := websocket.Decoder{Deflate: h.Deflate}
//	c := websocket.NewCompressor(h.Deflate, o)
//	out = websocket.AppendCompressed(out, c, websocket.Text, "hello") // in the place of AppendFrame
//
// Messages are inflated as their bytes come, so that the limit, which counts what was inflated, and the UTF-8 of a text are
// checked at once. Without takeover nothing is kept between messages, and one Compressor serves all clients of the same
// ServerWindow. With it, each connection holds up to 32 KiB for what it receives (less if its client asks for less)
// and 8 KiB for what it sends, and has to have a Compressor of its own.
//
// github.com/klauspost/compress does the compressing (see writers for the measurements). It does not do the
// inflating, because its reader pulls: it cannot continue after its input has run dry, accepts a message that is cut
// off inside a stored block, ignores the window that was agreed on, and copies the history for each message. It took
// 0.97 to 2.0 times as long (BenchmarkInflate; the smallest of three runs on two cores, Go 1.26, klauspost/compress
// v1.20.3, JSON at level 6, a message collected beforehand):
//
//	message   without takeover      with takeover
//	256 B     4.0 µs, ×0.97         0.93 µs, ×2.0
//	4 KiB     12 µs, ×1.4           9.0 µs, ×1.4
//	64 KiB    109 µs, ×1.9          118 µs, ×1.7
//	1 MiB     2.1 ms, ×1.7          2.2 ms, ×1.8
//
// Its reader takes 40 KB, the inflater here 17 KB. Both come from a pool, so that idle connections hold neither.
//
// # Drafts
//
// Versions 8 and 7, which browsers of 2011 and many televisions speak, have the handshake and the frames of version 13, but
// another header for the origin (Handshake.Origins has the right one) and another close code: set Decoder.Draft, and
// send AppendDraftClose in the place of AppendClose. CheckHandshake serves them only where it is told to.
//
// # What it costs
//
// A Decoder is 64 bytes and holds no buffer between messages. A message that lies whole in the bytes given to
// Feed is not copied. Only one that is cut, by fragments or by the end of a read, is put together in a buffer,
// which never takes more than twice what has been received (64 bytes at the least). While a compressed message is being
// received, it has an inflater from a pool, 17 KB, and from 8 KiB on a buffer of at most twice what has been inflated. That
// is, until the message ends, at most 8 KiB and 16 times what has been received, so that a few bytes cannot make the server
// hold a megabyte.
//
// # Concurrency
//
// The package has no goroutines, no locks, and no variables that change but pools. A Decoder belongs to one goroutine at a
// time, and so does a Compressor that takes context over. Everything else may be called from any.
package websocket
