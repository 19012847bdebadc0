//go:build linux

package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A report is all that was measured.
type report struct {
	settings settings
	servers  []*server
	missing  []string // servers that could not be measured, and why
	tables   []*table
	machine  string
}

// rivals are the servers that others are compared with.
var rivals = []string{"bun", "ws"}

// describeMachine returns what the report says of this machine.
func describeMachine() string {
	var u unix.Utsname
	kernel := "unknown"
	if unix.Uname(&u) == nil {
		kernel = unix.ByteSliceToString(u.Release[:])
	}
	model := "unknown processor"
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(b)) {
			if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%s, %d cores, Linux %s, %s", model, runtime.NumCPU(), kernel, runtime.Version())
}

// markdown returns the report as Markdown.
func (r *report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Machine: %s. %d rounds of %v, interleaved; medians, and in brackets the least and the most.\n",
		r.machine, r.settings.rounds, r.settings.time)
	if r.settings.size < 1 {
		fmt.Fprintf(&b, "A quick run: %.0f %% of the connections of W4, W5, W1-10k and of the handshakes.\n", 100*r.settings.size)
	}
	var abouts []string
	for _, s := range r.servers {
		abouts = append(abouts, s.name+": "+s.about)
	}
	fmt.Fprintf(&b, "%s.\n", strings.Join(abouts, "; "))
	for _, m := range r.missing {
		fmt.Fprintf(&b, "Not measured: %s.\n", m)
	}
	r.summary(&b)
	for _, t := range r.tables {
		t.markdown(&b)
	}
	return b.String()
}

// row returns the row of a server that has samples, or nil.
func (t *table) row(name string) *row {
	i := slices.IndexFunc(t.rows, func(r *row) bool { return r.server.name == name && len(r.samples) > 0 })
	if i < 0 {
		return nil
	}
	return t.rows[i]
}

// summary writes the costs of all servers in all workloads, with ours as a ratio to the rivals.
func (r *report) summary(b *strings.Builder) {
	fmt.Fprint(b, "\nServer's cost of one unit: CPU in µs, or memory in bytes. Below 1.00 × ours needs less, in **bold** it needs more.\n\n| |")
	for _, s := range r.servers {
		fmt.Fprintf(b, " %s |", s.name)
	}
	for _, rival := range rivals {
		fmt.Fprintf(b, " ours / %s |", rival)
	}
	fmt.Fprintf(b, "\n|---|%s\n", strings.Repeat("---:|", len(r.servers)+len(rivals)))
	for _, t := range r.tables {
		fmt.Fprintf(b, "| %s |", t.workload.name)
		for _, s := range r.servers {
			if row := t.row(s.name); row != nil {
				fmt.Fprintf(b, " %s |", t.workload.format(row.cost().median))
			} else {
				fmt.Fprint(b, " |")
			}
		}
		for _, rival := range rivals {
			fmt.Fprintf(b, " %s |", ratio(t.row("ours"), t.row(rival)))
		}
		b.WriteByte('\n')
	}
}

// format returns a cost for a table.
func (w *workload) format(cost float64) string {
	if w.connect > 0 {
		return fmt.Sprintf("%.0f", cost)
	}
	digits := 2
	if cost >= 100e-6 {
		digits = 0
	} else if cost >= 10e-6 {
		digits = 1
	}
	return fmt.Sprintf("%.*f", digits, cost*1e6)
}

// ratio returns the cost of a as a ratio to b's, in bold if it is more; "" if one is missing.
func ratio(a, b *row) string {
	if a == nil || b == nil || a == b {
		return ""
	}
	q := a.cost().median / b.cost().median
	text := fmt.Sprintf("%.2f ×", q)
	if q > 1 {
		text = "**" + text + "**"
	}
	return text
}

// markdown writes all figures of a workload.
func (t *table) markdown(b *strings.Builder) {
	w := t.workload
	fmt.Fprintf(b, "\n### %s: %s\n\n", w.name, w.title)
	if w.connect > 0 {
		fmt.Fprint(b, "| | bytes a connection |")
	} else {
		fmt.Fprintf(b, "| | µs a %s | user + system | p50 ms | p99 ms | per second | cores: server | generator | MiB |", w.unit)
	}
	for _, rival := range rivals {
		fmt.Fprintf(b, " / %s |", rival)
	}
	columns := 9
	if w.connect > 0 {
		columns = 2
	}
	fmt.Fprintf(b, "\n|---|%s\n", strings.Repeat("---:|", columns-1+len(rivals)))
	for _, r := range t.rows {
		if len(r.samples) == 0 {
			fmt.Fprintf(b, "| %s | failed: %s |%s\n", r.server.name, oneLine(r.failed), strings.Repeat(" |", columns-2+len(rivals)))
			continue
		}
		cost := r.cost()
		fmt.Fprintf(b, "| %s | %s (%s–%s) |", r.server.name, w.format(cost.median), w.format(cost.least), w.format(cost.most))
		if w.connect == 0 {
			median := func(figure func(*sample) float64) float64 { return r.over(figure).median }
			ms := func(figure func(*sample) time.Duration) string {
				f := r.over(func(s *sample) float64 { return figure(s).Seconds() * 1e3 })
				return fmt.Sprintf("%.2f (%.2f–%.2f)", f.median, f.least, f.most)
			}
			fmt.Fprintf(b, " %.2f + %.2f | %s | %s | %.0f | %.2f | %.2f | %.0f |",
				1e6*median(func(s *sample) float64 { return s.user }), 1e6*median(func(s *sample) float64 { return s.system }),
				ms(func(s *sample) time.Duration { return s.p50 }), ms(func(s *sample) time.Duration { return s.p99 }),
				median(func(s *sample) float64 { return s.rate }), median(func(s *sample) float64 { return s.server }),
				median(func(s *sample) float64 { return s.generator }), median(func(s *sample) float64 { return float64(s.memory >> 20) }))
		}
		for _, rival := range rivals {
			fmt.Fprintf(b, " %s |", ratio(r, t.row(rival)))
		}
		b.WriteByte('\n')
		if r.failed != nil {
			fmt.Fprintf(b, "\n%s failed after %d rounds: %s\n", r.server.name, len(r.samples), oneLine(r.failed))
		}
	}
	if len(t.without) > 0 {
		fmt.Fprintf(b, "\nDo not have it: %s.\n", strings.Join(t.without, ", "))
	}
}

// oneLine returns an error as a line for a table.
func oneLine(err error) string {
	return strings.ReplaceAll(strings.ReplaceAll(err.Error(), "\n", " "), "|", "/")
}
