package transport

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"node.websocket/transport/websocket"
)

// TestBigTurn sends 10 MB in one turn to a client that takes them.
func TestBigTurn(t *testing.T) {
	t.Parallel()
	forEachWay(t, testBigTurn)
}

func testBigTurn(t *testing.T, start starter) {
	const size, n = 16 << 10, 640
	text := strings.Repeat("x", size)
	conversation := newConversation(t)
	taken := make(chan struct{}, n)
	conversation.onReceive = func(p *fakeConversation, _ []Message) {
		for i := range n {
			p.session.SendText(text)
			// It takes them as fast as they arrive, on any machine. The test is about not waiting for
			// the end of the turn.
			if i >= 32 {
				await(t, taken)
			}
		}
		p.session.Flush()
	}
	c, _ := start(t, Options{}, conversation)
	c.send(websocket.Text, "go")
	for range n {
		c.want(websocket.Text, text)
		taken <- struct{}{}
	}
}

// TestSlow sends without end to a client that takes nothing.
func TestSlow(t *testing.T) {
	t.Parallel()
	forEachWay(t, testSlow)
}

func testSlow(t *testing.T, start starter) {
	const size = 10_000
	conversation := newConversation(t)
	var most, sent, refused int
	conversation.onReceive = func(p *fakeConversation, _ []Message) {
		text := strings.Repeat("x", size)
		for p.session.ReadyState() == 1 {
			if !p.session.SendText(text) {
				refused++
			}
			most = max(most, p.session.BufferedAmount())
			sent++
		}
	}
	var log logBuffer
	c, _ := start(t, Options{MaxQueue: 100_000, HighWater: 20_000, CloseTimeout: 100 * time.Millisecond, Log: log.logger()}, conversation)
	c.send(websocket.Text, "go")
	conversation.wantClosed(1008, "does not take what it is sent")
	if limit := conversation.session.most(); most <= limit || most > limit+size+maxOverhead {
		t.Errorf("%d bytes were queued, with a limit of %d", most, limit)
	}
	if refused < 8 || refused == sent {
		t.Errorf("%d of %d messages were told that the queue is full", refused, sent)
	}
	waitFor(t, func() bool { return strings.Contains(log.String(), "cause=slow") })
}

// TestSlowIsForgotten checks that the kernel does not offer a slow client for minutes what it has
// not taken: the client finds its connection reset.
func TestSlowIsForgotten(t *testing.T) {
	t.Parallel()
	conversation := newConversation(t)
	c, s := start(t, Options{MaxQueue: 100_000, HighWater: 20_000, CloseTimeout: 100 * time.Millisecond}, conversation)
	for text := strings.Repeat("x", 10_000); s.ReadyState() == 1; {
		s.SendText(text)
		s.Flush()
	}
	conversation.wantClosed(1008, "does not take what it is sent")
	if _, err := io.Copy(io.Discard, c.in); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the connection ended with %v", err)
	}
}

// TestStuck has a client that takes nothing, with something queued that is within the limits.
func TestStuck(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
		conversation := newConversation(t)
		_, s := startPipe(t, Options{Heartbeat: -1, Log: log.logger()}, conversation)
		s.SendText("x")
		s.Flush()
		begin := time.Now()
		conversation.wantClosed(1006, "nothing of what was sent was taken within 20s")
		synctest.Wait() // the line comes after
		if took := time.Since(begin); took != 20*time.Second || !strings.Contains(log.String(), "cause=slow") {
			t.Errorf("after %v; log: %s", took, log.String())
		}
	})
}

// TestTakesLittle has a client that takes a little now and then, and is not cut.
func TestTakesLittle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conversation := newConversation(t)
		c, s := startPipe(t, Options{Heartbeat: -1}, conversation)
		text := strings.Repeat("x", 1000)
		s.SendText(text)
		s.Flush()
		p := make([]byte, 100)
		for range 10 {
			time.Sleep(15 * time.Second) // of the bubble's own clock
			if _, err := c.conn.Read(p); err != nil {
				t.Fatal(err)
			}
		}
		if s.ReadyState() != 1 {
			t.Error("it was closed")
		}
	})
}

// TestDrained fills the queue from a Receive that does not return before it is told that it has emptied.
func TestDrained(t *testing.T) {
	t.Parallel()
	conversation := newConversation(t)
	drained := make(chan int, 10)
	conversation.onDrained = func(p *fakeConversation) { drained <- p.session.BufferedAmount() }
	text := strings.Repeat("x", 10_000)
	full := make(chan int)
	conversation.onReceive = func(p *fakeConversation, _ []Message) {
		n := 1
		for p.session.SendText(text) {
			n++
		}
		if n*len(text) <= 64<<10 {
			t.Errorf("refused after %d messages, before the high-water mark", n)
		}
		p.session.Flush()
		full <- n
		if left := await(t, drained); left != 0 {
			t.Errorf("Drained with %d bytes in the queue", left)
		}
	}
	c, _ := start(t, Options{}, conversation)
	for range 3 {
		c.send(websocket.Text, "go")
		for range await(t, full) {
			c.want(websocket.Text, text)
		}
	}
	c.close(1000, "")
	c.wantClose(1000)
	conversation.wantClosed(1000, "")
	if len(drained) != 0 {
		t.Error("Drained was called once too often")
	}
}

// TestDisconnectedAfterDrained has a client that goes while Drained is under way.
func TestDisconnectedAfterDrained(t *testing.T) {
	t.Parallel()
	conversation := newConversation(t)
	began, goOn := make(chan struct{}), make(chan struct{})
	conversation.onDrained = func(p *fakeConversation) {
		close(began)
		await(t, goOn)
		if p.over.Load() {
			t.Error("Disconnected during Drained")
		}
	}
	c, s := start(t, Options{}, conversation)
	text := strings.Repeat("x", 100_000)
	n := 1
	for s.SendText(text) {
		n++
	}
	s.Flush()
	for range n {
		c.want(websocket.Text, text)
	}
	await(t, began)
	c.close(1000, "")
	c.wantClose(1000)
	waitFor(t, func() bool { return s.ReadyState() == 3 })
	close(goOn)
	conversation.wantClosed(1000, "")
}

// TestDrainedAfterConnected fills the queue in Connected, which Drained must not overlap.
func TestDrainedAfterConnected(t *testing.T) {
	t.Parallel()
	conversation := newConversation(t)
	text := strings.Repeat("x", 100_000)
	full := make(chan int, 1)
	drained := make(chan struct{})
	returned := make(chan struct{})
	var connected atomic.Bool
	conversation.onConnected = func(p *fakeConversation) {
		n := 1
		for p.session.SendText(text) {
			n++
		}
		full <- n
		await(t, returned)
		waitFor(t, func() bool { return p.session.BufferedAmount() == 0 })
		connected.Store(true)
	}
	conversation.onDrained = func(p *fakeConversation) {
		if !connected.Load() {
			t.Error("Drained during Connected")
		}
		close(drained)
	}
	_, address := serve(t, Options{}, oneConversation(conversation))
	c := dial(t, address).open("/a")
	for range await(t, full) {
		c.want(websocket.Text, text)
	}
	close(returned)
	await(t, drained)
}

// TestOrder has several senders at once, of which some flush, and a client that sometimes lets the
// queue fill.
func TestOrder(t *testing.T) {
	t.Parallel()
	forEachWay(t, testOrder)
}

func testOrder(t *testing.T, start starter) {
	const senders, n = 8, 500
	conversation := newConversation(t)
	c, s := start(t, Options{MaxQueue: 64 << 20}, conversation)
	var sending sync.WaitGroup
	for i := range senders {
		sending.Go(func() {
			p := make([]byte, 3000)
			p[0] = byte(i)
			for j := range n {
				binary.BigEndian.PutUint32(p[1:], uint32(j))
				s.SendBinary(p)
				if j%7 == i {
					s.Flush()
				}
			}
			s.Flush()
		})
	}
	sending.Wait() // nothing has been read: some is in the kernel, some in the queue
	var next [senders]uint32
	for range senders * n {
		op, p, err := c.read()
		if err != nil || op != websocket.Binary || len(p) != 3000 {
			t.Fatalf("opcode %d, %d bytes, %v", op, len(p), err)
		}
		i := p[0]
		if j := binary.BigEndian.Uint32([]byte(p[1:5])); j != next[i] {
			t.Fatalf("message %d of sender %d, want %d", j, i, next[i])
		}
		next[i]++
	}
	waitFor(t, func() bool { return idle(s) })
}

// idle reports whether a session holds no buffer and only its own goroutine.
func idle(s *Session) bool {
	switch w := s.carrier.(type) {
	case *wire:
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.drainer {
			return false
		}
	case *eventWire:
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.stalled != 0 {
			return false
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue.holdsNothing() && !s.telling
}

// TestInputWaits sends without reading. The server stops reading, and so holds no more than its
// limits; then all answers arrive.
func TestInputWaits(t *testing.T) {
	t.Parallel()
	forEachWay(t, testInputWaits)
}

func testInputWaits(t *testing.T, start starter) {
	const size, n = 10_000, 3000
	conversation := newConversation(t)
	var most atomic.Int64
	conversation.onReceive = func(p *fakeConversation, batch []Message) {
		for _, m := range batch {
			p.session.SendText(string(m.Data))
			most.Store(max(most.Load(), int64(p.session.BufferedAmount())))
		}
		p.session.Flush()
	}
	c, s := start(t, Options{}, conversation)
	text := func(i int) string {
		return strconv.Itoa(i) + strings.Repeat("x", size)
	}
	sent := make(chan error, 1)
	go func() {
		for i := range n {
			if _, err := c.conn.Write(masked(nil, 0x81, text(i))); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	waitFor(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.roomless })
	for i := range n {
		c.want(websocket.Text, text(i))
	}
	if err := await(t, sent); err != nil {
		t.Fatal(err)
	}
	if most := most.Load(); most <= 64<<10 || most > 64<<10+sessionBytes+2*size {
		t.Errorf("%d bytes were queued", most)
	}
	waitFor(t, func() bool { return idle(s) })
}

// TestPingFlood sends pings without reading the pongs.
func TestPingFlood(t *testing.T) {
	t.Parallel()
	const n = 300_000
	conversation := newConversation(t)
	c, s := start(t, Options{}, conversation)
	c.conn.(*net.TCPConn).SetReadBuffer(64 << 10) // or the kernel takes all the pongs
	sent := make(chan error, 1)
	go func() {
		var out []byte
		for range n {
			out = masked(out, 0x89, strings.Repeat("p", 100))
		}
		out = masked(out, 0x89, "last")
		_, err := c.conn.Write(out)
		sent <- err
	}()
	waitFor(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.roomless })
	if most := s.BufferedAmount(); most > 64<<10+2*websocket.MaxControlPayload {
		t.Errorf("%d bytes were queued", most)
	}
	pongs := 0
	for {
		op, payload, err := c.read()
		if err != nil || op != websocket.Pong {
			t.Fatalf("opcode %d, %v", op, err)
		}
		pongs++
		if payload == "last" {
			break
		}
	}
	if pongs >= n {
		t.Error("every ping of a flood was answered")
	}
	if err := await(t, sent); err != nil {
		t.Fatal(err)
	}
}
