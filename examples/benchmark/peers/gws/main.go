// Command gws is the benchmark's server with github.com/lxzan/gws.
package main

import (
	"net/http"
	"sync"

	"github.com/lxzan/gws"

	"node.websocket/examples/benchmark/peers/peer"
)

// A handler serves one path.
type handler struct {
	gws.BuiltinEventHandler
	open, end func(*gws.Conn)
	message   func(*gws.Conn, *gws.Message)
}

func (h *handler) OnOpen(c *gws.Conn) {
	if h.open != nil {
		h.open(c)
	}
}

func (h *handler) OnClose(c *gws.Conn, err error) {
	if h.end != nil {
		h.end(c)
	}
}

func (h *handler) OnPing(c *gws.Conn, payload []byte) { c.WritePong(payload) }

func (h *handler) OnMessage(c *gws.Conn, m *gws.Message) {
	defer m.Close()
	h.message(c, m)
}

// A room is connections that are sent the same messages.
type room struct {
	mu      sync.Mutex
	members map[*gws.Conn]bool // guarded by mu
}

func (r *room) join(c *gws.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.members[c] = true
}

func (r *room) leave(c *gws.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.members, c)
}

func (r *room) send(op gws.Opcode, payload []byte) {
	b := gws.NewBroadcaster(op, payload)
	defer b.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.members {
		b.Broadcast(c)
	}
}

func main() {
	options := &gws.ServerOption{}
	if peer.Compression() {
		options.PermessageDeflate = gws.PermessageDeflate{Enabled: true}
	}
	all, chat := room{members: map[*gws.Conn]bool{}}, room{members: map[*gws.Conn]bool{}}
	for path, h := range map[string]*handler{
		"/echo": {message: func(c *gws.Conn, m *gws.Message) { c.WriteMessage(m.Opcode, m.Bytes()) }},
		"/broadcast": {
			open:    func(c *gws.Conn) { all.join(c); c.WriteMessage(gws.OpcodeText, peer.Greeting) },
			end:     all.leave,
			message: func(c *gws.Conn, m *gws.Message) { all.send(m.Opcode, append([]byte(nil), m.Bytes()...)) },
		},
		"/json": {message: func(c *gws.Conn, m *gws.Message) {
			answer, err := peer.Order(m.Bytes())
			if err != nil {
				c.WriteClose(1003, nil)
				return
			}
			c.WriteMessage(m.Opcode, answer)
		}},
		"/room": {end: chat.leave, message: func(c *gws.Conn, m *gws.Message) {
			switch talk, err := peer.Parse(m.Bytes()); {
			case err != nil:
				c.WriteClose(1003, nil)
			case talk.Type == "join":
				c.Session().Store("name", talk.Name)
				chat.join(c)
				c.WriteMessage(m.Opcode, peer.Talk{Type: "joined", Name: talk.Name}.JSON())
			case talk.Type == "say":
				name, _ := c.Session().Load("name")
				talk.Type, talk.Name = "said", name.(string)
				chat.send(m.Opcode, talk.JSON())
			}
		}},
	} {
		upgrader := gws.NewUpgrader(h, options)
		http.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			if c, err := upgrader.Upgrade(w, r); err == nil {
				go c.ReadLoop() // ends when the connection does
			}
		})
	}
	peer.Serve(nil)
}
