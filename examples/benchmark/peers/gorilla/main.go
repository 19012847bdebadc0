// Command gorilla is the benchmark's server with github.com/gorilla/websocket.
package main

import (
	"net/http"

	"github.com/gorilla/websocket"

	"node.websocket/examples/benchmark/peers/peer"
)

var (
	upgrader = websocket.Upgrader{EnableCompression: peer.Compression()}
	all      peer.Room[*websocket.PreparedMessage]
	chat     peer.Room[*websocket.PreparedMessage]
)

// handle serves a path. It calls message for each one that comes, until that fails.
func handle(path string, message func(c *websocket.Conn, kind int, data []byte) error) {
	http.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		c, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		serve(c, message)
	})
}

func serve(c *websocket.Conn, message func(c *websocket.Conn, kind int, data []byte) error) {
	for {
		kind, data, err := c.ReadMessage()
		if err != nil || message(c, kind, data) != nil {
			return
		}
	}
}

// prepare returns a message as it is sent to all members of a room.
func prepare(kind int, data []byte) *websocket.PreparedMessage {
	m, err := websocket.NewPreparedMessage(kind, data)
	if err != nil {
		panic(err) // it fails only for kinds that ReadMessage does not return
	}
	return m
}

func main() {
	handle("/echo", func(c *websocket.Conn, kind int, data []byte) error { return c.WriteMessage(kind, data) })
	handle("/json", func(c *websocket.Conn, kind int, data []byte) error {
		answer, err := peer.Order(data)
		if err != nil {
			return err
		}
		return c.WriteMessage(kind, answer)
	})
	http.HandleFunc("/broadcast", func(w http.ResponseWriter, r *http.Request) {
		c, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		defer all.Join(prepare(websocket.TextMessage, peer.Greeting), c.WritePreparedMessage)()
		serve(c, func(_ *websocket.Conn, kind int, data []byte) error { all.Send(prepare(kind, data)); return nil })
	})
	http.HandleFunc("/room", func(w http.ResponseWriter, r *http.Request) {
		c, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		name, leave := "", func() {}
		defer func() { leave() }()
		serve(c, func(_ *websocket.Conn, kind int, data []byte) error {
			talk, err := peer.Parse(data)
			switch {
			case err != nil:
			case talk.Type == "join" && name == "":
				name = talk.Name
				leave = chat.Join(prepare(kind, peer.Talk{Type: "joined", Name: name}.JSON()), c.WritePreparedMessage)
			case talk.Type == "say":
				talk.Type, talk.Name = "said", name
				chat.Send(prepare(kind, talk.JSON()))
			}
			return err
		})
	})
	peer.Serve(nil)
}
