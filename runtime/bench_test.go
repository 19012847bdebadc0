package runtime

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
)

// nowhere is a session that discards everything, so that benchmarks measure the runtime alone.
type nowhere struct{ fakeSession }

func (*nowhere) SendText(string) bool       { return true }
func (*nowhere) SendBinary([]byte) bool     { return true }
func (*nowhere) SendPrepared(Prepared) bool { return true }
func (*nowhere) Flush()                     {}
func (*nowhere) ReadyState() int            { return stateOpen }

// BenchmarkReceive delivers messages to an onData that sends them back, for several sizes, and numbers
// of messages in a batch.
func BenchmarkReceive(b *testing.B) {
	for _, c := range []struct {
		name   string
		batch  int
		size   int // in bytes
		binary bool
	}{{"1", 1, 64, false}, {"32", 32, 64, false}, {"32 binary", 32, 64, true}, {"binary64K", 1, 64 << 10, true}} {
		b.Run(c.name, func(b *testing.B) {
			r, _ := newRuntime(b, map[string]string{"echo.js": echo})
			conn, _, err := open(r, "echo", Request{})
			if err != nil {
				b.Fatal(err)
			}
			conn.Connected(&nowhere{})
			batch := make([]Message, c.batch)
			for i := range batch {
				batch[i] = Message{Binary: c.binary, Data: bytes.Repeat([]byte("0123456789abcdef"), c.size/16)}
			}
			b.ReportAllocs()
			for n := 0; n < b.N; n += c.batch {
				conn.Receive(batch)
			}
		})
	}
}

// BenchmarkConnect opens, connects and disconnects a connection, once the module is loaded.
func BenchmarkConnect(b *testing.B) {
	r, _ := newRuntime(b, map[string]string{"echo.js": echo})
	if _, _, err := open(r, "echo", Request{}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		conn, _, err := open(r, "echo", Request{})
		if err != nil {
			b.Fatal(err)
		}
		conn.Connected(&nowhere{})
		conn.Receive(text("x"))
		conn.Disconnected(1000, "")
	}
}

// BenchmarkLoad makes a VM and loads a module.
func BenchmarkLoad(b *testing.B) {
	r, _ := newRuntime(b, map[string]string{"echo.js": echo})
	b.ReportAllocs()
	for b.Loop() {
		w := newResource(r, "echo", 0)
		if err := w.start("echo.js", slog.LevelInfo); err != nil {
			b.Fatal(err)
		}
		w.stop()
	}
}

// BenchmarkPublish publishes to 10,000 subscribers, in turns of a hundred. It reports the time of each
// publish in its turn, the median of the turns because the fan-out may share its processor, and with the
// fan-out after it.
func BenchmarkPublish(b *testing.B) {
	for _, size := range []int{64, 1024} {
		b.Run(fmt.Sprint(size), func(b *testing.B) { benchmarkPublish(b, 10_000, strings.Repeat("x", size)) })
	}
	b.Run("nobody", func(b *testing.B) { benchmarkPublish(b, 0, strings.Repeat("x", 64)) })
}

func benchmarkPublish(b *testing.B, subscribers int, message string) {
	r, _ := newRuntime(b, map[string]string{"test.js": `
		var Module = this.Module = function(){ };
		Module.prototype.onConnect = function(c){ if (subscribing()) c.subscribe('topic') };
		Module.prototype.onData = function(d, c){
			var server = c.server, n = perTurn;
			begin();
			for (var i = 0; i < n; i++) server.publish('topic', d);
			end();
		};`})
	resource, err := r.Resource("test")
	if err != nil {
		b.Fatal(err)
	}
	const perTurn = 100
	var began time.Time
	var turns []time.Duration
	subscribing := true
	w := resource.all()[0]
	w.do(func() {
		for name, value := range map[string]any{
			"subscribing": func() bool { return subscribing }, "perTurn": perTurn,
			"begin": func() { began = time.Now() }, "end": func() { turns = append(turns, time.Since(began)) },
		} {
			if err := w.vm.Set(name, value); err != nil {
				b.Fatal(err)
			}
		}
	})
	add := func() *Conn {
		c, _, err := open(r, "test", Request{})
		if err != nil {
			b.Fatal(err)
		}
		c.Connected(&nowhere{})
		return c
	}
	for range subscribers {
		add()
	}
	subscribing = false
	publisher := add()
	publisher.Receive(text(message)) // the first makes the list of receivers
	turns = nil
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		publisher.Receive(text(message))
		n += perTurn
	}
	slices.Sort(turns)
	b.ReportMetric(float64(turns[len(turns)/2].Nanoseconds())/perTurn, "ns/publish-in-turn")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/publish")
}
