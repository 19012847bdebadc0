// Package websocket implements the WebSocket protocol of RFC 6455, with the compression of RFC 7692
// and the drafts of versions 8 and 7. It is a leaf: bytes in, messages out.
//
// # What it is
//
// The package checks a client's opening handshake, writes the response, decodes what the client
// sends and encodes what the server sends. It does no I/O, keeps no time and starts no goroutine;
// sockets, pings, timeouts and queues belong to the caller. The same decoder therefore serves a
// goroutine, an event loop, TLS and HTTP/2, and all of it can be tested as data.
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
// Feed returns whole messages: fragments are joined, masks removed, text is valid UTF-8, and
// control frames obey every rule of RFC 6455 §5.5. The caller still has to answer a Ping with a
// Pong of the same payload, and a Close with a Close.
//
// # Compression
//
// permessage-deflate is used with clients that offer it, if the caller negotiates it:
//
//	h.Deflate = websocket.NegotiateDeflate(r.Header["Sec-Websocket-Extensions"], o.ContextTakeover) // before AppendResponse
//	d := websocket.Decoder{Deflate: h.Deflate}
//	c := websocket.NewCompressor(h.Deflate, o)
//	out = websocket.AppendCompressed(out, c, websocket.Text, "hello") // instead of AppendFrame
//
// Messages are inflated as their bytes arrive, so that the limit, which counts inflated bytes, and
// the UTF-8 of a text are checked at once. Without context takeover nothing is kept between
// messages, and one Compressor serves all clients with the same ServerWindow. With takeover, each
// connection holds up to 32 KiB for receiving (less if the client asks for less) and 8 KiB for
// sending, and needs a Compressor of its own.
//
// Compression uses github.com/klauspost/compress (see writers for the measurements). Decompression
// does not, because its reader pulls: it cannot continue after its input has run dry, accepts a
// message that is cut off inside a stored block, ignores the window that was negotiated, and copies
// the history for each message. It took 0.97 to 2.0 times as long (BenchmarkInflate; the smallest
// of three runs on two cores, Go 1.26, klauspost/compress v1.20.3, JSON at level 6, the message
// collected beforehand):
//
//	message   without takeover      with takeover
//	256 B     4.0 µs, ×0.97         0.93 µs, ×2.0
//	4 KiB     12 µs, ×1.4           9.0 µs, ×1.4
//	64 KiB    109 µs, ×1.9          118 µs, ×1.7
//	1 MiB     2.1 ms, ×1.7          2.2 ms, ×1.8
//
// Its reader takes 40 KB, the inflater here 17 KB. Both would come from a pool, so that idle
// connections hold neither.
//
// # Drafts
//
// Versions 8 and 7, spoken by browsers of 2011 and many televisions, share the handshake and the
// frames of version 13. They name the origin in another header (Handshake.Origins has the right
// one) and number one close code differently: set Decoder.Draft, and send AppendDraftClose instead
// of AppendClose. CheckHandshake accepts these versions only if the caller lists them.
//
// # What it costs
//
// A Decoder is 64 bytes and holds no buffer between messages. A message that lies whole in the
// bytes given to Feed is not copied. A message that is cut, by fragments or by the end of a read,
// is assembled in a buffer of at most twice what has been received, and at least 64 bytes. A
// compressed message that is being received has an inflater from a pool, 17 KB, and above 8 KiB a
// buffer of at most twice what has been inflated. Until the message ends, no more is inflated than
// 8 KiB and 16 times what has been received, so that a few bytes cannot make the server hold a
// megabyte.
//
// # Concurrency
//
// The package has no goroutines, no locks, and no mutable variables except pools. A Decoder belongs
// to one goroutine at a time, and so does a Compressor with context takeover. Everything else may
// be called from any goroutine.
package websocket
