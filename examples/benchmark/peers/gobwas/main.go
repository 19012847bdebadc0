// Command gobwas is the benchmark's server with github.com/gobwas/ws.
package main

import (
	"net"
	"net/http"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"node.websocket/examples/benchmark/peers/peer"
)

var (
	all  peer.Room[[]byte] // frames
	chat peer.Room[[]byte]
)

// handle serves a path. It calls open for each connection, and the function that open returns for each
// message, until that fails; then leave.
func handle(path string, open func(c net.Conn) (take func(data []byte, op ws.OpCode) error, leave func())) {
	http.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		c, _, _, err := ws.UpgradeHTTP(r, w)
		if err != nil {
			return
		}
		go func() { // ends when the connection does
			defer c.Close()
			take, leave := open(c)
			defer leave()
			for {
				data, op, err := wsutil.ReadClientData(c)
				if err != nil || take(data, op) != nil {
					return
				}
			}
		}()
	})
}

// frame returns a message as it is sent to all members of a room.
func frame(data []byte, op ws.OpCode) []byte { return ws.MustCompileFrame(ws.NewFrame(op, true, data)) }

// writer returns a function that sends c a frame.
func writer(c net.Conn) func([]byte) error {
	return func(frame []byte) error { _, err := c.Write(frame); return err }
}

func main() {
	handle("/echo", func(c net.Conn) (func([]byte, ws.OpCode) error, func()) {
		return func(data []byte, op ws.OpCode) error { return wsutil.WriteServerMessage(c, op, data) }, func() {}
	})
	handle("/broadcast", func(c net.Conn) (func([]byte, ws.OpCode) error, func()) {
		return func(data []byte, op ws.OpCode) error { all.Send(frame(data, op)); return nil }, all.Join(frame(peer.Greeting, ws.OpText), writer(c))
	})
	handle("/json", func(c net.Conn) (func([]byte, ws.OpCode) error, func()) {
		return func(data []byte, op ws.OpCode) error {
			answer, err := peer.Order(data)
			if err != nil {
				return err
			}
			return wsutil.WriteServerMessage(c, op, answer)
		}, func() {}
	})
	handle("/room", func(c net.Conn) (func([]byte, ws.OpCode) error, func()) {
		name, leave := "", func() {}
		return func(data []byte, op ws.OpCode) error {
			talk, err := peer.Parse(data)
			switch {
			case err != nil:
			case talk.Type == "join" && name == "":
				name = talk.Name
				leave = chat.Join(frame(peer.Talk{Type: "joined", Name: name}.JSON(), op), writer(c))
			case talk.Type == "say":
				talk.Type, talk.Name = "said", name
				chat.Send(frame(talk.JSON(), op))
			}
			return err
		}, func() { leave() }
	})
	peer.Serve(nil)
}
