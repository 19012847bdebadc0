package transport

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// greedy is a client of HTTP/2 whose flow control lets nothing of what it is sent through.
type greedy struct {
	t      testing.TB
	conn   net.Conn
	framer *http2.Framer
	stream uint32 // that is opened next
}

// dialGreedy connects, and reads and forgets what it is told until the connection ends.
func dialGreedy(t testing.TB, address string) *greedy {
	t.Helper()
	g := &greedy{t, dial(t, address).conn, nil, 1}
	g.framer = http2.NewFramer(g.conn, g.conn)
	io.WriteString(g.conn, http2.ClientPreface)
	if err := g.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0}); err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, g.conn)
	return g
}

// open opens a session on a stream of its own.
func (g *greedy) open(authority, path string) {
	g.t.Helper()
	var block bytes.Buffer
	fields := hpack.NewEncoder(&block)
	for _, f := range [][2]string{{":method", "CONNECT"}, {":protocol", "websocket"}, {":scheme", "http"}, {":path", path},
		{":authority", authority}, {"sec-websocket-version", "13"}} {
		fields.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	if err := g.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: g.stream, BlockFragment: block.Bytes(), EndHeaders: true}); err != nil {
		g.t.Fatal(err)
	}
	g.stream += 2
}

// TestBudget has the sessions of one connection queue more than they may together: those with the
// longest queues are cut, and nobody else.
func TestBudget(t *testing.T) {
	t.Parallel()
	const n = 30
	conversations := make(chan *fakeConversation, 2*n)
	h := &fakeHandler{conversation: func() *fakeConversation { p := newConversation(t); conversations <- p; return p }}
	var log logBuffer
	_, address := serve(t, Options{Log: log.logger()}, h)
	open := func(g *greedy) *fakeConversation {
		g.open(address, "/a")
		p := await(t, conversations)
		await(t, p.opened)
		return p
	}
	g := dialGreedy(t, address)
	other := open(dialGreedy(t, address))
	var modest, slow []*fakeConversation
	for range n {
		modest = append(modest, open(g))
		slow = append(slow, open(g))
	}
	text := strings.Repeat("x", 10_000)
	send := func(p *fakeConversation, times int) {
		for range times {
			p.session.SendText(text)
			p.session.Flush()
		}
	}
	budget := modest[0].session.share.budget
	send(other, 100)
	for _, p := range modest {
		send(p, 5) // below the high-water mark
	}
	longest := slow[0]
	send(longest, 100)
	for _, p := range slow[1:] {
		send(p, 30)
		if held := budget.held.Load(); held > budget.most {
			t.Fatalf("%d bytes are held", held)
		}
	}
	longest.wantClosed(1006, errBudget.Error())
	for _, p := range append(modest, other) {
		if p.session.ReadyState() != 1 {
			t.Error("a session was closed for what others hold")
		}
	}
	waitFor(t, func() bool { // the line comes after
		return strings.Contains(log.String(), "cause=slow code=1006 error=\"the sessions of its HTTP/2 connection do not take")
	})
	g.conn.Close()
	for _, p := range modest {
		p.wantClosed(1006, "")
	}
	waitFor(t, func() bool { return budget.held.Load() == 0 && budget.longest() == nil })
}

// TestBudgetShared has a broadcast of more than the budget for many sessions, which share its bytes: none
// is cut.
func TestBudgetShared(t *testing.T) {
	t.Parallel()
	const n = 30
	conversations := make(chan *fakeConversation, n)
	h := &fakeHandler{conversation: func() *fakeConversation { p := newConversation(t); conversations <- p; return p }}
	_, address := serve(t, Options{}, h)
	g := dialGreedy(t, address)
	prepared := Prepare(Message{Data: bytes.Repeat([]byte("x"), 500_000)})
	var all []*fakeConversation
	for range n {
		g.open(address, "/a")
		p := await(t, conversations)
		await(t, p.opened)
		p.session.SendPrepared(prepared)
		all = append(all, p)
	}
	for _, p := range all {
		if p.session.ReadyState() != 1 {
			t.Fatal("a session was cut")
		}
	}
}

// TestBudgetAbandoned has an abandoned session leave a budget while its queue is still there.
func TestBudgetAbandoned(t *testing.T) {
	b := &budget{most: 1}
	s := &Session{state: stateClosing, options: &Options{HighWater: 1}, share: &share{budget: b}}
	b.join(s)
	s.queue.grow(100_000)
	s.chargeLocked()
	if b.held.Load() == 0 {
		t.Error("nothing is charged")
	}
	s.departed = true
	b.leave(s)
	if n := b.held.Load(); n != 0 {
		t.Errorf("%d bytes stay charged", n)
	}
}

// TestConnectionWithoutRequest has a connection of HTTP/2 send its preface, and nothing more.
func TestConnectionWithoutRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, testConnectionWithoutRequest)
}

func testConnectionWithoutRequest(t *testing.T) {
	l := newPipeListener()
	s := serveOn(t, l, Options{}, oneConversation(newConversation(t)))
	c, begin := l.dial(t), time.Now()
	io.WriteString(c.conn, http2.ClientPreface)
	if err := http2.NewFramer(c.conn, nil).WriteSettings(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, c.conn); err != nil {
		t.Error(err)
	}
	if took := time.Since(begin); took != 10*time.Second {
		t.Errorf("closed after %v", took)
	}
	waitFor(t, func() bool { return s.conns.count() == 0 })

	// One that has asked for something is kept for more.
	client := &http.Client{Transport: pipeStreams(t, l)}
	page := func() {
		t.Helper()
		r, err := http.NewRequest("GET", "http://localhost/unknown", nil)
		if err != nil {
			t.Fatal(err)
		}
		if response, err := client.Do(r); err != nil || response.StatusCode != http.StatusNotFound {
			t.Errorf("%v, %v", response, err)
		}
	}
	page()
	time.Sleep(time.Minute / 2) // of the bubble's own clock
	if n := s.conns.count(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// TestTooManyConnections has connections that are no session yet count as well.
func TestTooManyConnections(t *testing.T) {
	t.Parallel()
	const most = 3
	s, address := serve(t, Options{MaxConnections: most}, oneConversation(newConversation(t)))
	served := func() bool {
		c := dial(t, address)
		defer c.conn.Close()
		io.WriteString(c.conn, "GET /unknown HTTP/1.1\r\nHost: x\r\n\r\n")
		_, err := c.conn.Read(make([]byte, 1))
		return err == nil
	}
	first := dialGreedy(t, address)
	for range most - 1 {
		dialGreedy(t, address)
	}
	waitFor(t, func() bool { return s.conns.count() == most })
	if served() {
		t.Error("one more connection was served")
	}
	first.conn.Close()
	waitFor(t, served)
}

// TestIdleConnectionsGiveWay has connections wait for their next request. Those that have waited longest give way
// to new ones; a connection without a request keeps its place.
func TestIdleConnectionsGiveWay(t *testing.T) {
	t.Parallel()
	const most = 3
	s, address := serve(t, Options{MaxConnections: most}, oneConversation(newConversation(t)))
	ask := func(c *client) error {
		if _, err := io.WriteString(c.conn, "GET /unknown HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			return err
		}
		r, err := http.ReadResponse(bufio.NewReader(c.conn), nil)
		if err == nil {
			_, err = io.Copy(io.Discard, r.Body)
		}
		return err
	}
	dialGreedy(t, address)
	waitFor(t, func() bool { return s.conns.count() == 1 })
	idle := make([]*client, most-1)
	for i := range idle {
		idle[i] = dial(t, address)
		if err := ask(idle[i]); err != nil {
			t.Fatal(err)
		}
		waitFor(t, func() bool { return s.conns.waiting() == i+1 })
	}
	if err := ask(dial(t, address)); err != nil {
		t.Errorf("a request: %v", err)
	}
	waitFor(t, func() bool { return s.conns.waiting() == most-1 })
	if _, err := idle[0].conn.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the connection that has waited longest: %v", err)
	}
	if err := ask(idle[1]); err != nil {
		t.Errorf("the connection that has waited less: %v", err)
	}
	c := dial(t, address)
	io.WriteString(c.conn, handshake("/a"))
	c.accepted()
	if n := s.conns.count(); n > most {
		t.Errorf("%d connections", n)
	}
}

// TestTooManyStreams opens one stream more than a connection may have. It is refused, and the next one is served
// when another has ended.
func TestTooManyStreams(t *testing.T) {
	t.Parallel()
	s, address := serve(t, Options{}, &fakeHandler{conversation: func() *fakeConversation { return newConversation(t) }})
	c := dialFrames(t, address, false)
	fields := []string{":method CONNECT", ":scheme http", ":path /a", ":authority localhost", ":protocol websocket", "sec-websocket-version 13"}
	const most = 250
	for i := range most {
		if got := c.request(fields); got != "200" {
			t.Fatalf("stream %d: %s", i, got)
		}
	}
	if got := c.request(fields); got != "REFUSED_STREAM" {
		t.Errorf("one more stream: %s", got)
	}
	waitFor(t, func() bool { return s.Clients() == most })
	if err := c.framer.WriteRSTStream(1, http2.ErrCodeCancel); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return s.Clients() == most-1 })
	waitFor(t, func() bool { return c.request(fields) == "200" }) // net/http counts a stream until its handler has returned
}
