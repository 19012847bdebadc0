package transport

import (
	"io"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// BenchmarkClients has 64 clients of one worker that echo messages of 64 bytes, with event loops and without.
// An operation is one message. cpu-ns/op is the processor time of the process, which includes the clients';
// that is the same in both ways.
func BenchmarkClients(b *testing.B) {
	for _, way := range []string{"loop", "goroutines"} {
		for _, flying := range []int{1, 32} {
			b.Run(way+"/"+strconv.Itoa(flying), func(b *testing.B) { benchmarkClients(b, way == "goroutines", flying) })
		}
	}
}

func benchmarkClients(b *testing.B, noEventLoop bool, flying int) {
	const clients = 64
	worker := &fakeWorker{}
	h := &fakeHandler{conversation: func() *fakeConversation {
		p := newConversation(b)
		p.worker = worker
		return p
	}}
	_, address := serveLoops(b, Options{NoEventLoop: noEventLoop}, quickHandler{h})
	out, echoed := burst()
	out, echoed = out[:len(out)/32*flying], echoed/32*flying
	var all []*client
	for range clients {
		c := dial(b, address).open("/a")
		c.conn.SetDeadline(time.Time{})
		all = append(all, c)
	}
	b.ReportAllocs()
	b.ResetTimer()
	began := processorTime()
	var done sync.WaitGroup
	for _, c := range all {
		done.Go(func() {
			in := make([]byte, echoed)
			for i := 0; i < b.N; i += flying * clients {
				c.conn.Write(out)
				if _, err := io.ReadFull(c.conn, in); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	done.Wait()
	b.ReportMetric(float64(processorTime()-began)/float64(b.N), "cpu-ns/op")
}

// processorTime returns the processor time of the process so far.
func processorTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
