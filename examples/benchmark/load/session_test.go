//go:build linux

package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// few ends a run by its count.
var few = Limit{Time: time.Minute, Messages: 500}

// An answerer is a server's response to a message; it returns what to send.
type answerer func(n int, kind websocket.MessageType, message []byte) (websocket.MessageType, [][]byte)

// serve starts a server that answers so, n counting the messages of a connection from 0.
func serve(t *testing.T, tls bool, compression websocket.CompressionMode, answer answerer) Target {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{CompressionMode: compression, InsecureSkipVerify: true})
		if err != nil {
			return
		}
		defer c.CloseNow()
		c.SetReadLimit(maxAnswer)
		for n := 0; ; n++ {
			kind, message, err := c.Read(context.Background())
			if err != nil {
				return
			}
			kind, answers := answer(n, kind, message)
			for _, a := range answers {
				if c.Write(context.Background(), kind, a) != nil {
					return
				}
			}
		}
	}))
	if tls {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return Target{Address: server.Listener.Addr().String(), Path: "/", TLS: tls, Deflate: compression != websocket.CompressionDisabled}
}

func same(_ int, kind websocket.MessageType, message []byte) (websocket.MessageType, [][]byte) {
	return kind, [][]byte{message}
}

// soon is the time in which a server is found to be silent that is not expected to answer.
const soon = 200 * time.Millisecond

// talk runs a plan against a target, which may keep silent for so long once the session is open.
func talk(target Target, plan Plan, silence time.Duration) (*Result, error) {
	s, err := Open(target, plan)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	defer func(before time.Duration) { patience = before }(patience)
	patience = silence
	if _, err := s.Run(few); err != nil { // a session is for several runs
		return nil, err
	}
	return s.Run(few)
}

// TestEcho checks that honest servers pass, whatever carries the messages, and that all is counted.
func TestEcho(t *testing.T) {
	for name, c := range map[string]struct {
		tls      bool
		mode     websocket.CompressionMode
		exchange Exchange
		clients  int
		inFlight int
		rate     int
	}{
		"text":       {exchange: Same(64, false), clients: 5, inFlight: 7},
		"paced":      {exchange: Same(64, false), clients: 3, inFlight: 1, rate: 5000},
		"binary":     {exchange: Same(64<<10, true), clients: 3, inFlight: 2},
		"TLS":        {exchange: Same(64, false), clients: 5, inFlight: 7, tls: true},
		"compressed": {exchange: &Compressed{}, clients: 5, inFlight: 3, mode: websocket.CompressionNoContextTakeover},
		"plain text": {exchange: &Compressed{}, clients: 5, inFlight: 3},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := talk(serve(t, c.tls, c.mode, same), &Echo{Clients: c.clients, InFlight: c.inFlight, Exchange: c.exchange, Rate: c.rate}, patience)
			if err != nil {
				t.Fatal(err)
			}
			if result.Sent == 0 || result.Delivered != result.Sent || result.Latency.total != result.Sent || result.Elapsed <= 0 || result.Bytes < 60*result.Sent {
				t.Errorf("sent %d, got %d of %d bytes in %v, %d latencies", result.Sent, result.Delivered, result.Bytes, result.Elapsed, result.Latency.total)
			}
		})
	}
}

// TestEchoFaults checks that a server that does anything but echo is found out.
func TestEchoFaults(t *testing.T) {
	var (
		mu   sync.Mutex
		kept = map[string][]byte{}
	)
	keep := func(name string, message []byte) (before []byte) {
		mu.Lock()
		defer mu.Unlock()
		before, kept[name] = kept[name], message
		return before
	}
	for name, c := range map[string]struct {
		answer answerer
		want   string
	}{
		"loses": {func(n int, kind websocket.MessageType, m []byte) (websocket.MessageType, [][]byte) {
			if n == 20 {
				return kind, nil
			}
			return kind, [][]byte{m}
		}, "a message was lost, repeated or changed"},
		"repeats": {func(n int, kind websocket.MessageType, m []byte) (websocket.MessageType, [][]byte) {
			if n == 20 {
				return kind, [][]byte{m, m}
			}
			return kind, [][]byte{m}
		}, "a message was lost, repeated or changed"},
		"repeats the last": {func(n int, kind websocket.MessageType, m []byte) (websocket.MessageType, [][]byte) {
			if n == 3 {
				return kind, [][]byte{m, m}
			}
			return kind, [][]byte{m}
		}, "the server sent"}, // too much at the end of a burst, or the wrong number at the begin of the next
		"reorders": {func(n int, kind websocket.MessageType, m []byte) (websocket.MessageType, [][]byte) {
			switch n {
			case 20:
				keep("reorders", m)
				return kind, nil
			case 21:
				return kind, [][]byte{m, keep("reorders", nil)}
			}
			return kind, [][]byte{m}
		}, "a message was lost, repeated or changed"},
		"changes": {func(n int, kind websocket.MessageType, m []byte) (websocket.MessageType, [][]byte) {
			if n == 20 {
				m[len(m)-1] ^= 1
			}
			return kind, [][]byte{m}
		}, "was expected"},
		"cuts": {func(n int, kind websocket.MessageType, m []byte) (websocket.MessageType, [][]byte) {
			return kind, [][]byte{m[:len(m)-n/20]}
		}, "was expected"},
		"mixes up clients": {func(n int, kind websocket.MessageType, m []byte) (websocket.MessageType, [][]byte) {
			return kind, [][]byte{keep("mixes up clients", m)}
		}, ""},
		"sends binary": {func(n int, kind websocket.MessageType, m []byte) (websocket.MessageType, [][]byte) {
			return websocket.MessageBinary, [][]byte{m}
		}, "opcode 2"},
		"is silent": {func(n int, kind websocket.MessageType, m []byte) (websocket.MessageType, [][]byte) {
			return kind, nil
		}, errSilent.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			inFlight, silence := 8, patience
			if c.want == errSilent.Error() {
				silence = soon
			}
			if name == "repeats the last" {
				inFlight = 4
			}
			for _, tls := range []bool{false, true} {
				_, err := talk(serve(t, tls, websocket.CompressionDisabled, c.answer), &Echo{Clients: 2, InFlight: inFlight, Exchange: Same(64, false)}, silence)
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("TLS %t: got error %v, want one with %q", tls, err, c.want)
				}
			}
		})
	}
	t.Run("compresses another text", func(t *testing.T) {
		target := serve(t, false, websocket.CompressionNoContextTakeover, func(n int, kind websocket.MessageType, m []byte) (websocket.MessageType, [][]byte) {
			if n == 100 { // after all texts have been compared once
				m[1000] ^= 1
			}
			return kind, [][]byte{m}
		})
		if _, err := talk(target, &Echo{Clients: 1, InFlight: 8, Exchange: &Compressed{}}, patience); err == nil || !strings.Contains(err.Error(), "was expected") {
			t.Errorf("got error %v", err)
		}
	})
	t.Run("does not compress", func(t *testing.T) {
		target := serve(t, false, websocket.CompressionDisabled, same)
		target.Deflate = true
		if _, err := talk(target, &Echo{Clients: 1, InFlight: 8, Exchange: &Compressed{}}, patience); err == nil || !strings.Contains(err.Error(), "agreed to: false") {
			t.Errorf("got error %v", err)
		}
	})
}

// A hall is a server for broadcasts and rooms. lose says of each delivery whether it is lost.
type hall struct {
	mu      sync.Mutex
	members []*websocket.Conn // guarded by mu
	count   int               // of deliveries; guarded by mu
	lose    func(n int) bool
}

// serve starts the server. With greet, a connection joins at once; otherwise with its first message.
func (h *hall) serve(t *testing.T, greet bool) Target {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
		if err != nil {
			return
		}
		defer c.CloseNow()
		name := ""
		if greet {
			h.join(c, []byte(greeting))
		}
		for {
			_, m, err := c.Read(context.Background())
			if err != nil {
				return
			}
			var talk struct {
				Type, Name, Text string
				Number           json.Number
			}
			if greet {
				h.send(m)
			} else if json.Unmarshal(m, &talk) != nil {
				return
			} else if talk.Type == "join" {
				name = talk.Name
				h.join(c, []byte(`{"type":"joined","name":"`+name+`"}`))
			} else {
				h.send([]byte(`{"type":"said","name":"` + name + `","number":` + talk.Number.String() + `,"text":"` + talk.Text + `"}`))
			}
		}
	}))
	t.Cleanup(server.Close)
	return Target{Address: server.Listener.Addr().String(), Path: "/"}
}

func (h *hall) join(c *websocket.Conn, greeting []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.members = append(h.members, c)
	c.Write(context.Background(), websocket.MessageText, greeting)
}

func (h *hall) send(m []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.members {
		if h.count++; h.lose == nil || !h.lose(h.count) {
			c.Write(context.Background(), websocket.MessageText, bytes.Clone(m))
		}
	}
}

// TestFanOut checks broadcasts and rooms, and that a single lost delivery is found out.
func TestFanOut(t *testing.T) {
	for name, plan := range map[string]Plan{
		"broadcast": &Broadcast{Clients: 10, InFlight: 4, Message: Same(64, false)},
		"room":      &Room{Clients: 10, InFlight: 4},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := talk((&hall{}).serve(t, name == "broadcast"), plan, patience)
			if err != nil {
				t.Fatal(err)
			}
			if result.Sent == 0 || result.Delivered != 10*result.Sent || result.Latency.total != result.Delivered {
				t.Errorf("sent %d, delivered %d, %d latencies", result.Sent, result.Delivered, result.Latency.total)
			}
			lossy := &hall{lose: func(n int) bool { return n == 33 }}
			_, err = talk(lossy.serve(t, name == "broadcast"), plan, soon)
			if err == nil || !(errors.Is(err, errSilent) || strings.Contains(err.Error(), "was lost")) {
				t.Errorf("with a lost delivery: got error %v", err)
			}
		})
	}
}

// TestHandshakes checks that connections are opened and closed, and that a refusal is an error.
func TestHandshakes(t *testing.T) {
	target := serve(t, false, websocket.CompressionDisabled, same)
	result, err := Handshakes(target, 50)
	if err != nil {
		t.Fatal(err)
	}
	if result.Sent != 50 || result.Delivered != 50 || result.Latency.total != 50 {
		t.Errorf("got %d of %d, %d latencies", result.Delivered, result.Sent, result.Latency.total)
	}
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	if _, err := Handshakes(Target{Address: server.Listener.Addr().String(), Path: "/"}, 5); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("of a server that refuses: got error %v", err)
	}
}

// TestAllocations checks that an echo costs the generator no allocation, which would be the server's
// time as well: both have the same cores.
func TestAllocations(t *testing.T) {
	plan := &Echo{Clients: 1, InFlight: 1, Exchange: Same(64, false)}
	s := &Session{plan: plan, limit: Limit{Time: time.Hour, Messages: 1e9}, result: &Result{}}
	c := &client{mask: newMask(0)}
	s.all = []*client{c}
	s.running = plan.script(s)
	s.running.start(c)
	var answer []byte
	if got := testing.AllocsPerRun(1000, func() {
		payload := c.out[6:]
		c.mask.apply(payload, 0)
		answer = append(append(answer[:0], finBit|opText, 64), payload...)
		c.out, c.queued, s.queued = c.out[:0], false, s.queued[:0]
		if err := s.take(c, answer); err != nil {
			t.Fatal(err)
		}
	}); got > 0 {
		t.Errorf("got %v allocations", got)
	}
	if s.result.Delivered < 1000 {
		t.Errorf("%d messages were answered", s.result.Delivered)
	}
}
