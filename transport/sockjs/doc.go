// Package sockjs has SockJS 0.3 as it looks on the wire (github.com/sockjs/sockjs-protocol): the
// frames that a server sends, the bodies that a client sends, and the form of each transport's
// responses. It is bytes in, messages out; it knows no sessions.
//
// # What is sent
//
// What a server sends is frames: "o" (open), "h" (heartbeat), a["text","text"] (messages),
// c[3000,"reason"] (close). The client.js of this program takes two more forms, which no other client
// is ever sent: o["protocol","key"] for open, and, among the texts of an a[], the array ["base64"]
// for a binary message. Where a function asks for extended, that client is meant.
//
// While no request is there to take them, messages wait as elements, one a line: a message as JSON, or
// one of the other frames whole. AppendFrame makes frames of them, each with as many messages as there
// are, and a Response wraps a frame for its transport:
//
//	queue = sockjs.AppendText(queue, "hello")
//	…
//	frame, n := sockjs.AppendFrame(nil, queue, limit)
//	w.Write(sockjs.ResponseTo("jsonp").AppendFrame(nil, frame, callback))
//	queue = queue[n:]
//
// # What is received
//
// A body is an array of texts. A Decoder decodes it as it arrives, and a Form takes it out of a form, so
// that only the messages are held. Whether they are delivered before the whole body is known to be right
// is the caller's choice.
//
// # Concurrency
//
// All functions may be called from any goroutine; a Decoder and a Form belong to one at a time.
package sockjs
