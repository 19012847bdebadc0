package clients

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/transport/websocket/websockettest"
)

// BenchmarkEchoWithRedis measures what --redis costs: the throughput of an echo and the time until
// it answers, without Redis, with it, and with a Redis that hangs. "quiet" logs nothing, "logging"
// calls connection.log for each hundredth message.
//
// The three servers run side by side as processes of their own and take turns, in rounds of a few
// hundred milliseconds each, so that they share whatever else this machine does. Reported are the
// median of the rounds, and the median of the ratios to the server without Redis within a round. An
// iteration is one round of all three; use -benchtime 30x or so.
func BenchmarkEchoWithRedis(b *testing.B) {
	const module = `var Module = this.Module = function(){ }, n = 0;
Module.prototype.onData = function(d, c){ %s c.send(d); };`
	for _, kind := range []struct{ name, code string }{{"quiet", ""}, {"logging", "if (++n % 100 == 0) c.log('message ' + n, 'info');"}} {
		b.Run(kind.name, func(b *testing.B) {
			modules := map[string]string{"echo.js": fmt.Sprintf(module, kind.code)}
			on, frozen := newRedis(b).Start(), newRedis(b).Start()
			servers := []struct {
				name string
				p    *commandtest.Process
				rate []float64
				p99  []float64
			}{
				{name: "off", p: commandtest.Start(b, modules)},
				{name: "on", p: commandtest.Start(b, modules, "--redis", on.URL())},
				{name: "frozen", p: commandtest.Start(b, modules, "--redis", frozen.URL(), "--log-flush-timeout", "0")},
			}
			servers[2].p.Wait("redis", func() bool { return strings.Contains(servers[2].p.Text(), "Redis takes the log") })
			frozen.Freeze()
			for i := range servers { // warm up
				if _, err := echoRate(servers[i].p.Address(), 10_000); err != nil {
					b.Fatal(err)
				}
			}
			for round := range b.N {
				for i := range servers {
					s := &servers[(round+i)%len(servers)] // the order may matter
					rate, err := echoRate(s.p.Address(), 40_000)
					if err != nil {
						b.Fatal(err)
					}
					p99, err := echoP99(s.p.Address(), 2_000)
					if err != nil {
						b.Fatal(err)
					}
					s.rate, s.p99 = append(s.rate, rate), append(s.p99, p99)
				}
			}
			middle := func(x []float64) float64 { slices.Sort(x); return x[len(x)/2] }
			ratio := func(x, y []float64) float64 { // within a round
				ratios := make([]float64, len(x))
				for i := range x {
					ratios[i] = x[i] / y[i]
				}
				return middle(ratios)
			}
			for _, s := range servers[1:] {
				b.ReportMetric(ratio(s.rate, servers[0].rate), s.name+"/off-msg")
				b.ReportMetric(ratio(s.p99, servers[0].p99), s.name+"/off-p99")
			}
			for _, s := range servers {
				b.ReportMetric(middle(s.rate), s.name+"-msg/s")
				b.ReportMetric(middle(s.p99), s.name+"-p99-µs")
			}
			b.ReportMetric(0, "ns/op")
			frozen.Thaw()
		})
	}
}

// echoRate returns the messages a second that come back to four clients, which send in batches.
func echoRate(address string, messages int) (float64, error) {
	const clients = 4
	var all sync.WaitGroup
	failures := make(chan error, clients)
	began := time.Now()
	for i := range clients {
		all.Go(func() {
			if err := commandtest.Pump(address, i, messages/clients); err != nil {
				failures <- err
			}
		})
	}
	all.Wait()
	close(failures)
	return float64(messages) / time.Since(began).Seconds(), <-failures
}

// echoP99 returns the 99th percentile, in microseconds, of the time that a message needs to come
// back, one at a time.
func echoP99(address string, messages int) (float64, error) {
	c, err := commandtest.Connect(address, "/echo")
	if err != nil {
		return 0, err
	}
	defer c.Conn.Close()
	frame := websockettest.AppendFrame(nil, 0x81, strings.Repeat("x", 64))
	times := make([]time.Duration, messages)
	for i := range times {
		began := time.Now()
		if _, err := c.Conn.Write(frame); err != nil {
			return 0, err
		}
		if _, _, err := c.ReadAnswering(); err != nil && err != io.EOF {
			return 0, err
		}
		times[i] = time.Since(began)
	}
	slices.Sort(times)
	return float64(times[messages*99/100].Nanoseconds()) / 1000, nil
}
