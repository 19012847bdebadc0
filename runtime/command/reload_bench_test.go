package command

import (
	"fmt"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"node.websocket/runtime/command/commandtest"
)

// privateModule counts like soakModule, in private fields and arrow functions: a reload has to make a new
// instance for each connection.
const privateModule = `
	this.Module = class {
		#last = 0;
		onData = (data, connection) => {
			connection.total = (connection.total || 0) + 1;
			connection.send(data + ' ' + connection.total + ' SAVE');
		};
		onReload(){ this.#last++; }
	};`

// BenchmarkReload saves a module while connections are open, one of which sends messages all the
// time. It reports the time from the save to the first answer by the new code, which includes the
// debounce, and the longest time that the connection waited for an answer meanwhile: median and
// maximum over the saves.
//
//	go test -run '^$' -bench Reload -benchtime 50x ./runtime/command
func BenchmarkReload(b *testing.B) {
	for _, c := range []struct {
		connections int
		module      string
	}{{1, soakModule}, {100, soakModule}, {10_000, soakModule}, {10_000, privateModule}} {
		connections := c.connections
		b.Run(fmt.Sprintf("%d/private=%v", connections, c.module == privateModule), func(b *testing.B) {
			module := func(save int) string { return strings.ReplaceAll(c.module, "SAVE", strconv.Itoa(save)) }
			p := commandtest.Start(b, map[string]string{"soak.js": module(0)}, "--log=warn")
			file := filepath.Join(p.Dir, "soak.js")
			for range connections - 1 {
				c, err := p.Connect("/soak")
				if err != nil {
					b.Fatal(err)
				}
				defer c.Conn.Close()
			}
			c := p.Dial("/soak")
			ask := func() (save int, took time.Duration) {
				began := time.Now()
				c.SendText("1")
				answer := c.Next()
				took = time.Since(began)
				var n, count int
				if _, err := fmt.Sscan(answer, &n, &count, &save); err != nil {
					b.Fatal(answer, err)
				}
				return save, took
			}
			for range 1000 {
				ask()
			}
			var delays, pauses []float64
			save := 0
			for b.Loop() {
				save++
				saved := time.Now()
				if err := saveAs(1, file, module(save)); err != nil {
					b.Fatal(err)
				}
				var longest time.Duration
				for {
					serves, took := ask()
					longest = max(longest, took)
					if serves == save {
						break
					}
				}
				delays = append(delays, float64(time.Since(saved))/1e6)
				pauses = append(pauses, float64(longest)/1e6)
			}
			sort.Float64s(delays)
			sort.Float64s(pauses)
			b.ReportMetric(delays[len(delays)/2], "ms-to-answer")
			b.ReportMetric(delays[len(delays)-1], "ms-to-answer-max")
			b.ReportMetric(pauses[len(pauses)/2], "ms-pause")
			b.ReportMetric(pauses[len(pauses)-1], "ms-pause-max")
		})
	}
}
