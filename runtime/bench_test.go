package runtime

import (
	"bytes"
	"log/slog"
	"testing"
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

// BenchmarkConnect opens, connects and disconnects a connection.
func BenchmarkConnect(b *testing.B) {
	r, _ := newRuntime(b, map[string]string{"echo.js": echo})
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
