// Command coder is the benchmark's server with github.com/coder/websocket.
package main

import (
	"context"
	"net/http"

	"github.com/coder/websocket"

	"node.websocket/examples/benchmark/peers/peer"
)

// A message is one for all members of a room.
type message struct {
	kind websocket.MessageType
	data []byte
}

var (
	options websocket.AcceptOptions
	all     peer.Room[message]
	chat    peer.Room[message]
)

// maxMessage is the longest message in bytes that a client may send; the library's default is 32 KiB.
const maxMessage = 1 << 20

// handle serves a path. It calls open for each connection, and the function that open returns for each
// message, until that fails; then leave.
func handle(path string, open func(c *websocket.Conn) (take func(message) error, leave func())) {
	http.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, &options)
		if err != nil {
			return
		}
		defer c.CloseNow()
		c.SetReadLimit(maxMessage)
		take, leave := open(c)
		defer leave()
		for {
			kind, data, err := c.Read(context.Background())
			if err != nil || take(message{kind, data}) != nil {
				return
			}
		}
	})
}

// writer returns a function that sends c a message.
func writer(c *websocket.Conn) func(message) error {
	return func(m message) error { return c.Write(context.Background(), m.kind, m.data) }
}

func main() {
	if peer.Compression() {
		options.CompressionMode = websocket.CompressionNoContextTakeover
	}
	handle("/echo", func(c *websocket.Conn) (func(message) error, func()) { return writer(c), func() {} })
	handle("/broadcast", func(c *websocket.Conn) (func(message) error, func()) {
		return func(m message) error { all.Send(m); return nil }, all.Join(message{websocket.MessageText, peer.Greeting}, writer(c))
	})
	handle("/json", func(c *websocket.Conn) (func(message) error, func()) {
		write := writer(c)
		return func(m message) error {
			answer, err := peer.Order(m.data)
			if err != nil {
				return err
			}
			return write(message{m.kind, answer})
		}, func() {}
	})
	handle("/room", func(c *websocket.Conn) (func(message) error, func()) {
		write, name, leave := writer(c), "", func() {}
		return func(m message) error {
			talk, err := peer.Parse(m.data)
			switch {
			case err != nil:
			case talk.Type == "join" && name == "":
				name = talk.Name
				leave = chat.Join(message{m.kind, peer.Talk{Type: "joined", Name: name}.JSON()}, write)
			case talk.Type == "say":
				talk.Type, talk.Name = "said", name
				chat.Send(message{m.kind, talk.JSON()})
			}
			return err
		}, func() { leave() }
	})
	peer.Serve(nil)
}
