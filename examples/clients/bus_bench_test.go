package clients

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/transport/websocket/websockettest"
)

// BenchmarkNodes measures what one node's clients publish for those of another: messages a second, with 256 on
// their way, to ten subscribers on the other node and two on the same, and the time that a message takes to
// either, one message at a time. Beside ours is socket.io with its Redis adapter, which has to be
// installed: npm ci in examples/benchmark.
//
// All nodes, the redis-server and the clients share this machine. The servers take turns in rounds of a few
// hundred milliseconds; reported are medians of the rounds. An iteration is one round; use -benchtime 15x or so.
func BenchmarkNodes(b *testing.B) {
	const module = `var Module = this.Module = function(){ };
Module.prototype.onConnect = function(c){ c.subscribe('room'); };
Module.prototype.onData = function(d, c){ c.server.publish('room', d); };`
	r := newRedis(b).Start()
	var ours []string
	for range 2 {
		p := commandtest.Start(b, map[string]string{"room.js": module}, "--redis", r.URL())
		p.Wait("the bus", func() bool { return strings.Contains(p.Text(), "other nodes are reached") })
		ours = append(ours, p.Address())
	}
	servers := []*nodePair{
		{name: "ours", nodes: ours, path: "/room"},
		{name: "socket.io", nodes: startSocketIO(b, r.URL()), path: "/socket.io/?EIO=4&transport=websocket", before: `42["m","`, after: `"]`},
	}
	for _, s := range servers {
		s.open(b)
		s.burst(b, 5000) // warms up
	}
	for round := range b.N {
		for i := range servers {
			s := servers[(round+i)%len(servers)]
			s.rate = append(s.rate, s.burst(b, 3000))
			s.delays(b, 200)
		}
	}
	middle := func(x []float64) float64 { slices.Sort(x); return x[len(x)/2] }
	for _, s := range servers {
		b.ReportMetric(middle(s.rate), s.name+"-msg/s")
		b.ReportMetric(middle(s.here), s.name+"-here-µs")
		b.ReportMetric(middle(s.there), s.name+"-there-µs")
	}
	b.ReportMetric(0, "ns/op")
}

// startSocketIO starts two nodes, and returns their addresses.
func startSocketIO(b *testing.B, redis string) (addresses []string) {
	packages, err := filepath.Abs("../benchmark/node_modules")
	if err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(packages, "@socket.io/redis-adapter")); err != nil {
		commandtest.Missing(b, "socket.io is not installed: run npm ci in examples/benchmark")
	}
	for range 2 {
		port := strconv.Itoa(commandtest.FreePort(b))
		cmd := exec.CommandContext(context.Background(), "node", "../benchmark/peers/socketio-nodes.js", port, redis)
		cmd.Env, cmd.Stderr = append(os.Environ(), "NODE_PATH="+packages), os.Stderr
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			b.Fatal(err)
		}
		addresses = append(addresses, "127.0.0.1:"+port)
	}
	return addresses
}

// A nodePair is two nodes of one kind, with a publisher and subscribers.
type nodePair struct {
	name          string
	nodes         []string
	path          string
	before, after string // what surrounds a message

	publisher, local *nodeClient   // on the first
	remote           []*nodeClient // on the second

	rate, here, there []float64
}

type nodeClient struct {
	conn net.Conn
	in   *bufio.Reader
}

func (p *nodePair) open(b *testing.B) {
	p.publisher, p.local = p.client(b, 0), p.client(b, 0)
	for range 10 {
		p.remote = append(p.remote, p.client(b, 1))
	}
	probe := time.NewTicker(50 * time.Millisecond) // until all hear the publisher
	defer probe.Stop()
	heard := make(chan struct{})
	go func() { // ends when they do
		for _, c := range append(p.remote, p.local, p.publisher) {
			p.read(b, c)
		}
		close(heard)
	}()
	for waiting := true; waiting; {
		p.publish(b, "probe")
		select {
		case <-probe.C:
		case <-heard:
			waiting = false
		}
	}
	p.publish(b, "begin")
	for _, c := range append(p.remote, p.local, p.publisher) {
		for !strings.Contains(p.read(b, c), "begin") {
		}
	}
}

func (p *nodePair) client(b *testing.B, node int) *nodeClient {
	conn, err := net.Dial("tcp", p.nodes[node])
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	c := &nodeClient{conn, bufio.NewReaderSize(conn, 1<<16)}
	if _, err := io.WriteString(conn, websockettest.Handshake(p.path)); err != nil {
		b.Fatal(err)
	}
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			b.Fatal(err)
		}
		if line == "\r\n" {
			break
		}
	}
	if p.before != "" { // socket.io's own handshake
		p.read(b, c)
		p.write(b, c, "40")
		p.read(b, c)
	}
	return c
}

func (p *nodePair) write(b *testing.B, c *nodeClient, text string) {
	if _, err := c.conn.Write(websockettest.AppendFrame(nil, 0x81, text)); err != nil {
		b.Fatal(err)
	}
}

func (p *nodePair) publish(b *testing.B, text string) { p.write(b, p.publisher, p.before+text+p.after) }

// read returns the next message, and answers socket.io's pings.
func (p *nodePair) read(b *testing.B, c *nodeClient) string {
	for {
		var head [4]byte
		_, err := io.ReadFull(c.in, head[:2])
		n := int(head[1])
		if n == 126 && err == nil {
			_, err = io.ReadFull(c.in, head[2:])
			n = int(head[2])<<8 | int(head[3])
		}
		data := make([]byte, n)
		if err == nil {
			_, err = io.ReadFull(c.in, data)
		}
		if err != nil {
			b.Error(p.name, err)
			return ""
		}
		if p.before == "" || string(data) != "2" {
			return string(data)
		}
		p.write(b, c, "3")
	}
}

// burst publishes messages with at most 256 on their way to the other node, and returns how many a second
// there are. All clients read and check what they get.
func (p *nodePair) burst(b *testing.B, messages int) float64 {
	text := func(n int) string { return fmt.Sprintf("%08d%s", n, strings.Repeat("x", 56)) }
	room, done := make(chan struct{}, 256), make(chan struct{}, 20)
	began := time.Now()
	clients := append(p.remote[:len(p.remote):len(p.remote)], p.local, p.publisher)
	for i, c := range clients {
		go func() { // ends with the burst
			for n := range messages {
				if got := p.read(b, c); !strings.Contains(got, text(n)) {
					b.Errorf("%s: %s, want %s", p.name, got, text(n))
					break
				}
				if i == 0 {
					<-room
				}
			}
			done <- struct{}{}
		}()
	}
	for n := range messages {
		room <- struct{}{}
		p.publish(b, text(n))
	}
	for range clients {
		<-done
	}
	return float64(messages) / time.Since(began).Seconds()
}

// delays notes the times that single messages take.
func (p *nodePair) delays(b *testing.B, messages int) {
	var here, there []float64
	for range messages {
		began := time.Now()
		p.publish(b, "single")
		at := make(chan time.Time, 2)
		go func() { p.read(b, p.local); at <- time.Now() }()
		p.read(b, p.remote[0])
		there = append(there, float64(time.Since(began).Nanoseconds())/1000)
		here = append(here, float64((<-at).Sub(began).Nanoseconds())/1000)
		for _, c := range append(p.remote[1:len(p.remote):len(p.remote)], p.publisher) {
			p.read(b, c)
		}
	}
	slices.Sort(here)
	slices.Sort(there)
	p.here, p.there = append(p.here, here[len(here)/2]), append(p.there, there[len(there)/2])
}
