package transport

import (
	"context"
	"io"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"node.websocket/transport/websocket"
)

// quickConversation is an echo without allocations of its own.
type quickConversation struct {
	*fakeConversation
}

func (p quickConversation) Receive(batch []Message) (taken int) {
	for _, m := range batch {
		p.session.SendText(unsafe.String(unsafe.SliceData(m.Data), len(m.Data)))
	}
	p.session.Flush()
	return len(batch)
}

func (p quickConversation) ReceiveInRound(batch []Message) (taken int) { return p.Receive(batch) }

// burst returns 32 messages of 64 bytes, and the length of their echoes on the wire.
func burst() (out []byte, echoed int) {
	const n, size = 32, 64
	for range n {
		out = masked(out, 0x81, strings.Repeat("x", size))
	}
	return out, n * (2 + size)
}

// startQuick opens a session with a quickConversation.
func startQuick(t testing.TB, overTLS bool) *client {
	conversation := newConversation(t)
	h := oneConversation(conversation)
	o, connect := Options{}, dial
	if overTLS {
		o.TLS, connect = testTLS(t), dialTLS
	}
	_, address := serve(t, o, quickHandler{h})
	c := connect(t, address).open("/a")
	await(t, conversation.opened)
	return c
}

type quickHandler struct {
	*fakeHandler
}

func (h quickHandler) Resource(string) (Resource, error) { return h, nil }

func (h quickHandler) Open(ctx context.Context, r *Request) (Conversation, Answer, error) {
	p, answer, err := h.fakeHandler.Open(ctx, r)
	return quickConversation{p.(*fakeConversation)}, answer, err
}

// TestManyClients has 100 clients that send 1,000 messages each, all at once, and get their own
// back in order.
func TestManyClients(t *testing.T) {
	t.Parallel()
	const clients, n = 100, 1000
	h := &fakeHandler{conversation: func() *fakeConversation { return echoConversation(t) }}
	s, address := serve(t, Options{}, h)
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			c := dial(t, address).open("/a")
			defer c.conn.Close()
			var out []byte
			for j := range n {
				out = masked(out, 0x81, strconv.Itoa(i)+" "+strconv.Itoa(j))
			}
			go c.conn.Write(out)
			for j := range n {
				op, got, err := c.read()
				if want := strconv.Itoa(i) + " " + strconv.Itoa(j); err != nil || op != websocket.Text || got != want {
					t.Errorf("opcode %d, %q, %v; want %q", op, got, err, want)
					return
				}
			}
			c.conn.Write(masked(nil, 0x88, ""))
			if op, _, err := c.read(); op != websocket.Close || err != nil {
				t.Errorf("opcode %d, %v; want a Close", op, err)
			}
		})
	}
	all.Wait()
	waitFor(t, func() bool { return s.Clients() == 0 })
}

// BenchmarkEcho echoes messages of 64 bytes over loopback, with 32 of them or one in flight. An
// operation is one message. The client's cost is included; without TLS it is small, because the
// client writes the same bytes again and does not look at what it reads.
func BenchmarkEcho(b *testing.B) {
	for _, way := range []string{"tcp", "tls"} {
		for _, flying := range []int{32, 1} {
			b.Run(way+"/"+strconv.Itoa(flying), func(b *testing.B) { benchmarkEcho(b, way == "tls", flying) })
		}
	}
}

func benchmarkEcho(b *testing.B, overTLS bool, flying int) {
	c := startQuick(b, overTLS)
	c.conn.SetDeadline(time.Time{})
	out, echoed := burst()
	out, echoed = out[:len(out)/32*flying], echoed/32*flying
	in := make([]byte, echoed)
	b.ReportAllocs()
	b.SetBytes(64)
	b.ResetTimer()
	for i := 0; i < b.N; i += flying {
		c.conn.Write(out)
		if _, err := io.ReadFull(c.conn, in); err != nil {
			b.Fatal(err)
		}
	}
}
