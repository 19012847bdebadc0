package transport

import (
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"node.websocket/transport/websocket"
)

// A fakeWorker is the Worker of many conversations.
type fakeWorker struct {
	mu     sync.Mutex // held in a turn
	rounds atomic.Int64
	lost   atomic.Bool
}

func (w *fakeWorker) Round(f func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lost.Load() {
		return false
	}
	w.rounds.Add(1)
	f()
	return true
}

// serveLoops is serve with event loops, unless the options say otherwise, even where -goroutines is set.
func serveLoops(t testing.TB, o Options, h Handler) (*Server, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveAsTold(t, l, o, h), l.Addr().String()
}

// loopsLeft returns how many loops a server has.
func loopsLeft(s *Server) int {
	s.loops.mu.Lock()
	defer s.loops.mu.Unlock()
	return len(s.loops.all)
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// TestLoopEnds checks that the conversations of a worker share a loop, and that it ends, with its descriptors,
// when there is none for a while. The next one gets another.
func TestLoopEnds(t *testing.T) {
	worker := &fakeWorker{}
	h := &fakeHandler{conversation: func() *fakeConversation {
		p := echoConversation(t)
		p.worker = worker
		return p
	}}
	s, address := serveLoops(t, Options{}, h)
	s.loops.idle, s.loops.drains.idle = 10*time.Millisecond, 10*time.Millisecond
	before := descriptors(t)
	for range 3 {
		var clients []*client
		for range 10 {
			clients = append(clients, dial(t, address).open("/a"))
		}
		for _, c := range clients {
			c.send(websocket.Text, "hello")
			c.want(websocket.Text, "hello")
		}
		if n := loopsLeft(s); n != 1 {
			t.Errorf("%d loops for one worker", n)
		}
		for _, c := range clients {
			c.close(1000, "")
			c.wantClose(1000)
			c.wantEnd()
			c.conn.Close()
		}
		waitFor(t, func() bool { return loopsLeft(s) == 0 && s.Clients() == 0 })
		waitFor(t, func() bool { return descriptors(t) <= before })
	}
}

// TestLoopOfAbandonedHandshake has a handshake that fails after its session has joined a loop.
func TestLoopOfAbandonedHandshake(t *testing.T) {
	s, address := serveLoops(t, Options{}, oneConversation(newConversation(t)))
	s.loops.idle = time.Millisecond
	c := dial(t, address)
	c.raw([]byte("GET /a HTTP/1.1\r\nHost: example.com\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nSec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\nOrigin: http://example.com\r\n\r\n"))
	c.accepted()
	if n := loopsLeft(s); n != 1 {
		t.Errorf("%d loops", n)
	}
	c.conn.Close()
	waitFor(t, func() bool { return loopsLeft(s) == 0 })
}

// TestRoundIsFair has a client that floods the worker, and another that sends one message. That is delivered
// after a few hundred messages of the first at most.
func TestRoundIsFair(t *testing.T) {
	worker := &fakeWorker{}
	var flood, before atomic.Int64
	busy, goOn, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	h := &fakeHandler{conversation: func() *fakeConversation {
		p := newConversation(t)
		p.worker = worker
		p.onReceive = func(p *fakeConversation, batch []Message) {
			if len(batch) > maxOffer {
				t.Errorf("%d messages at once", len(batch))
			}
			switch string(batch[0].Data) {
			case "wait":
				close(busy)
				await(t, goOn)
			case "hello":
				echo(p, batch)
			case "honest":
				before.Store(flood.Load())
				close(done)
			default:
				flood.Add(int64(len(batch)))
			}
		}
		return p
	}}
	_, address := serveLoops(t, Options{}, h)
	flooding, honest, waiting := dial(t, address).open("/a"), dial(t, address).open("/a"), dial(t, address).open("/a")
	for _, c := range []*client{flooding, honest} { // so that they are read
		c.send(websocket.Text, "hello")
		c.want(websocket.Text, "hello")
	}
	waiting.send(websocket.Text, "wait")
	await(t, busy)
	var out []byte
	for range 4 * maxOffer {
		out = masked(out, 0x81, "")
	}
	const most = 64 << 10 // what the kernel certainly keeps
	out = out[:min(len(out), most)]
	flooding.raw(out)
	honest.send(websocket.Text, "honest")
	close(goOn)
	await(t, done)
	if n := before.Load(); n > 2*maxOffer {
		t.Errorf("%d messages of the flood came first", n)
	}
	waitFor(t, func() bool { return flood.Load() == 4*maxOffer })
}

// TestHeldWaitsForRoom has a module that answers each message with a long one, and a client that does not read.
// What is held of the messages of one read is not offered while the queue is full, so that the client is not
// found slow.
func TestHeldWaitsForRoom(t *testing.T) {
	const n, size = 8 * maxOffer, 8 << 10
	p := newConversation(t)
	p.onReceive = func(p *fakeConversation, batch []Message) {
		for range batch {
			p.session.SendBinary(make([]byte, size))
		}
		p.session.Flush()
	}
	_, address := serveLoops(t, Options{MaxQueue: maxOffer*size + 1<<20}, oneConversation(p))
	c := dial(t, address).open("/a")
	s := await(t, p.opened)
	c.conn.(*net.TCPConn).SetReadBuffer(64 << 10)
	var out []byte
	for range n {
		out = masked(out, 0x81, "x")
	}
	c.raw(out)
	waitFor(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.roomless })
	for range n {
		c.want(websocket.Binary, string(make([]byte, size)))
	}
}

// TestHungWorker has a worker that is given up in a round. The sessions are over without the loop's help:
// their clients are told at once, and hold no descriptor after CloseTimeout.
func TestHungWorker(t *testing.T) {
	worker := &fakeWorker{}
	hangs, over := make(chan struct{}), make(chan struct{})
	sessions := make(chan *Session, 3)
	h := &fakeHandler{conversation: func() *fakeConversation {
		p := newConversation(t)
		p.worker = worker
		p.onConnected = func(p *fakeConversation) { sessions <- p.session }
		p.onReceive = func(*fakeConversation, []Message) {
			close(hangs)
			<-over
		}
		return p
	}}
	s, address := serveLoops(t, Options{CloseTimeout: 100 * time.Millisecond, HeartbeatTimeout: time.Hour}, h)
	before := descriptors(t)
	defer close(over)
	var clients []*client
	var opened []*Session
	for range 3 {
		clients = append(clients, dial(t, address).open("/a"))
		opened = append(opened, await(t, sessions))
	}
	clients[0].send(websocket.Text, "x")
	await(t, hangs)
	worker.lost.Store(true)
	for i, s := range opened {
		if i == 2 { // which takes nothing, so that not even the Close gets out
			s.SendBinary(make([]byte, 32<<20))
		}
		s.Abandon(1011, "the module does not answer")
	}
	waitFor(t, func() bool { return s.Clients() == 0 && descriptors(t) <= before+2+len(clients) }) // the loop's, drains', and the clients'
	clients[2].conn.Close()
	for _, c := range clients[:2] {
		c.wantClose(1011)
		if _, _, err := c.read(); err == nil {
			t.Error("something came after the Close")
		}
		c.conn.Close()
	}
	waitFor(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.slots == 0 })
}

// TestLostWorker has a worker that is given up between two rounds.
func TestLostWorker(t *testing.T) {
	p := echoConversation(t)
	worker := &fakeWorker{}
	p.worker = worker
	c, s := start(t, Options{}, p)
	c.send(websocket.Text, "x")
	c.want(websocket.Text, "x")
	worker.lost.Store(true)
	c.send(websocket.Text, "lost")
	s.Abandon(1011, "")
	c.wantClose(1011)
	c.close(1011, "")
	c.wantEnd()
	p.wantClosed(1011, "")
}

// TestPongsWhileWorkerIsBusy has a worker that is busy for many pings. The pongs wait in the kernel, and their
// client is not cut.
func TestPongsWhileWorkerIsBusy(t *testing.T) {
	for timeout := 30 * time.Millisecond; !pongsWhileBusy(t, timeout); timeout *= 4 {
		if timeout > 10*time.Second {
			t.Fatal("the client was cut")
		}
	}
}

// pongsWhileBusy is TestPongsWhileWorkerIsBusy with a HeartbeatTimeout. It returns false if the client was cut, which it is as well
// if the machine is too busy for its pongs.
func pongsWhileBusy(t *testing.T, timeout time.Duration) bool {
	p := newConversation(t)
	busy, goOn := make(chan struct{}), make(chan struct{})
	p.onReceive = func(p *fakeConversation, batch []Message) {
		close(busy)
		await(t, goOn)
		echo(p, batch)
	}
	c, _ := start(t, Options{Heartbeat: timeout / 3, HeartbeatTimeout: timeout}, p)
	if c.Write(websocket.Text, "x") != nil {
		return false
	}
	select {
	case <-busy:
	case <-p.closed:
		return false
	}
	for range 20 {
		c.want(websocket.Ping, "")
		c.send(websocket.Pong, "")
	}
	close(goOn)
	op, data, err := c.ReadAnswering()
	if err != nil {
		return false
	}
	if op != websocket.Text || data != "x" {
		t.Fatalf("opcode %d, %q", op, data)
	}
	for { // and when it is not busy, a client that does not answer is cut
		if _, _, err := c.read(); err != nil {
			break
		}
	}
	p.wantClosed(1006, fmt.Sprintf("no answer to a ping within %v", timeout))
	return true
}

// TestStalled has a client that takes nothing of what is sent.
func TestStalled(t *testing.T) {
	var log logBuffer
	p := newConversation(t)
	_, s := start(t, Options{Heartbeat: -1, HeartbeatTimeout: 50 * time.Millisecond, MaxQueue: 64 << 20, Log: log.logger()}, p)
	for range 16 {
		s.SendBinary(make([]byte, 1<<20))
	}
	s.Flush()
	p.wantClosed(1006, "nothing of what was sent was taken within 50ms")
	waitFor(t, func() bool { return strings.Contains(log.String(), "cause=slow") })
}

// TestAllKinds has many clients at once that connect, send, pause, vanish and reset, and conversations that
// take little, and not at once. Each honest one gets its answers in order; each session is Disconnected once;
// nothing is left.
func TestAllKinds(t *testing.T) {
	t.Run("loops", func(t *testing.T) { testAllKinds(t, Options{}, dial) })
	t.Run("goroutines", func(t *testing.T) { testAllKinds(t, Options{NoEventLoop: true}, dial) })
	t.Run("tls", func(t *testing.T) { testAllKinds(t, Options{TLS: testTLS(t)}, dialTLS) })
}

func testAllKinds(t *testing.T, o Options, dial func(testing.TB, string) *client) {
	const clients, connections = 40, 12
	o.HeartbeatTimeout, o.CloseTimeout = limit, 200*time.Millisecond
	workers := []*fakeWorker{{}, {}}
	var connected, disconnected atomic.Int64
	h := &fakeHandler{conversation: func() *fakeConversation {
		p := newConversation(t)
		p.worker = workers[connected.Add(1)%2]
		p.takes = takeLittle
		go func() { // ends with the session
			<-p.closed
			disconnected.Add(1)
		}()
		return p
	}}
	s, address := serveLoops(t, o, h)
	s.loops.idle, s.loops.drains.idle = time.Millisecond, time.Millisecond
	before := descriptors(t)
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 1))
			for range connections {
				behave(t, dial(t, address).open("/a"), random)
			}
		})
	}
	all.Wait()
	waitFor(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.slots == 0 })
	waitFor(t, func() bool { return disconnected.Load() == connected.Load() && loopsLeft(s) == 0 })
	if n := connected.Load(); n != clients*connections {
		t.Errorf("%d conversations", n)
	}
	waitFor(t, func() bool { return descriptors(t) <= before })
}

// takeLittle takes a few messages and echoes them. Often it falls short, and resumes at once, later, or when it
// is told that the client is ending.
func takeLittle(p *fakeConversation, batch []Message) (taken int) {
	n := 1 + rand.IntN(3)
	if rand.IntN(4) == 0 {
		n = rand.IntN(len(batch) + 1)
	}
	n = min(n, len(batch))
	echo(p, batch[:n])
	switch s := p.session; {
	case n == len(batch):
	case rand.IntN(2) == 0:
		s.Resume()
	default:
		time.AfterFunc(time.Duration(rand.IntN(2000))*time.Microsecond, s.Resume)
	}
	if rand.IntN(500) == 0 {
		p.session.Terminate()
	}
	return n
}

// behave plays one connection of a client.
func behave(t *testing.T, c *client, random *rand.Rand) {
	defer c.conn.Close()
	n := 1 + random.IntN(60)
	var out []byte
	for i := range n {
		size := random.IntN(200)
		if random.IntN(20) == 0 {
			size = random.IntN(30_000)
		}
		out = masked(out, 0x81, strconv.Itoa(i)+strings.Repeat(" ", size))
		if random.IntN(10) == 0 {
			out = masked(out, 0x89, "ping")
		}
	}
	kind := random.IntN(6)
	if kind == 0 && len(out) > 0 {
		out = out[:random.IntN(len(out))] // vanishes in the middle
	}
	sent, step := make(chan struct{}), 1+random.IntN(5000)
	go func() {
		defer close(sent)
		for len(out) > 0 {
			part := out[:min(len(out), step)]
			if _, err := c.conn.Write(part); err != nil {
				return
			}
			out = out[len(part):]
		}
		if kind == 3 {
			c.conn.(interface{ CloseWrite() error }).CloseWrite()
		}
	}()
	switch kind {
	case 0:
		<-sent
	case 1:
		<-sent
		tcpOf(c.conn).SetLinger(0)
	case 2: // reads a little, and goes
		io.CopyN(io.Discard, c.conn, int64(1+random.IntN(3)))
		c.conn.Close()
		<-sent
	case 3:
		io.Copy(io.Discard, c.conn)
		<-sent
	default:
		err := readEchoes(c, n)
		<-sent
		if err == nil {
			c.conn.Write(masked(nil, 0x88, closePayload(1000, "")))
			_, _, err = c.read()
		}
		if err != nil && err != io.EOF && !strings.Contains(err.Error(), "reset") && !strings.Contains(err.Error(), "broken pipe") { // Terminate
			t.Error(err)
		}
	}
}

// tcpOf returns the TCP connection under what a client uses.
func tcpOf(conn net.Conn) *net.TCPConn {
	if inner, ok := conn.(*tls.Conn); ok {
		conn = inner.NetConn()
	}
	return conn.(*net.TCPConn)
}

// readEchoes reads n numbered texts.
func readEchoes(c *client, n int) error {
	for i := 0; i < n; {
		op, data, err := c.read()
		switch {
		case err != nil:
			return err
		case op != websocket.Text:
		case strings.TrimSpace(data) != strconv.Itoa(i):
			return fmt.Errorf("%.10q came, not %d", data, i)
		default:
			i++
		}
	}
	return nil
}
