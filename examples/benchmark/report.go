//go:build linux

package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"

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

// rivals returns the names of the servers that others are compared with: Bun, ws, and other programs of
// ours.
func (r *report) rivals() (names []string) {
	for _, s := range r.servers {
		if s.name == "bun" || s.name == "ws" || s.variant {
			names = append(names, s.name)
		}
	}
	return names
}

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
		fmt.Fprintf(&b, "A quick run: %.0f %% of the connections of W4, W1-10k and of the handshakes.\n", 100*r.settings.size)
	}
	var abouts []string
	for _, s := range r.servers {
		abouts = append(abouts, s.name+": "+s.about)
	}
	fmt.Fprintf(&b, "%s. uWebSockets.js is not among npm's packages; Bun's server is built on its C++ core.\n", strings.Join(abouts, "; "))
	for _, m := range r.missing {
		fmt.Fprintf(&b, "Not measured: %s.\n", m)
	}
	rivals := r.rivals()
	r.summary(&b, rivals)
	r.aims(&b)
	for _, t := range r.tables {
		t.markdown(&b, rivals)
	}
	return b.String()
}

// summary writes the costs of all servers in all workloads, with ours as a ratio to the rivals.
func (r *report) summary(b *strings.Builder, rivals []string) {
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
				fmt.Fprintf(b, " %s |", t.workload.format(row.over(cost).median))
			} else {
				fmt.Fprint(b, " |")
			}
		}
		for _, rival := range rivals {
			if q, ok := ratios(t.row("ours"), t.row(rival), cost); ok {
				fmt.Fprintf(b, " %s |", q)
			} else {
				fmt.Fprint(b, " |")
			}
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

// ratio returns the cost of a as a ratio to b's; "" if one is missing or both are the same.
func ratio(a, b *row) string {
	if q, ok := ratios(a, b, cost); ok && a != b {
		return q.spread()
	}
	return ""
}

// A column is one of a workload's table.
type column struct {
	head string
	cell func(r *row) string
}

// columns returns those of the workload's table, but for the server's name.
func (t *table) columns(rivals []string) []column {
	w := t.workload
	median := func(digits int, scale float64, f figure) func(*row) string {
		return func(r *row) string { return fmt.Sprintf("%.*f", digits, scale*r.over(f).median) }
	}
	all := []column{{"µs a " + w.unit, func(r *row) string {
		c := r.over(cost)
		return fmt.Sprintf("%s (%s–%s)", w.format(c.median), w.format(c.least), w.format(c.most))
	}}}
	if w.connect > 0 {
		all[0].head = "bytes a " + w.unit
	} else {
		ms := func(f figure) func(*row) string {
			return func(r *row) string {
				t := r.over(f)
				return fmt.Sprintf("%.2f (%.2f–%.2f)", 1e3*t.median, 1e3*t.least, 1e3*t.most)
			}
		}
		user, system := median(2, 1e6, func(s *sample) float64 { return s.user }), median(2, 1e6, func(s *sample) float64 { return s.system })
		all = append(all,
			column{"user + system", func(r *row) string { return user(r) + " + " + system(r) }},
			column{"p50 ms", ms(p50)},
			column{"p99 ms", ms(p99)},
			column{"per second", median(0, 1, func(s *sample) float64 { return s.rate })},
			column{"cores: server", median(2, 1, func(s *sample) float64 { return s.server })},
			column{"generator", median(2, 1, func(s *sample) float64 { return s.generator })},
			column{"MiB", median(0, 1.0/(1<<20), func(s *sample) float64 { return float64(s.memory) })},
		)
	}
	if w.form&compressed != 0 {
		all = append(all, column{"bytes an answer", median(0, 1, func(s *sample) float64 { return s.bytes })})
	}
	for _, rival := range rivals {
		all = append(all, column{"/ " + rival, func(r *row) string { return ratio(r, t.row(rival)) }})
	}
	return all
}

// markdown writes all figures of a workload.
func (t *table) markdown(b *strings.Builder, rivals []string) {
	columns := t.columns(rivals)
	fmt.Fprintf(b, "\n### %s: %s\n\n| |", t.workload.name, t.workload.title)
	for _, c := range columns {
		fmt.Fprintf(b, " %s |", c.head)
	}
	fmt.Fprintf(b, "\n|---|%s\n", strings.Repeat("---:|", len(columns)))
	for _, r := range t.rows {
		fmt.Fprintf(b, "| %s |", r.server.name)
		for _, c := range columns {
			if len(r.samples) > 0 {
				fmt.Fprintf(b, " %s", c.cell(r))
			}
			fmt.Fprint(b, " |")
		}
		b.WriteByte('\n')
	}
	for _, r := range t.rows {
		if r.failed != nil {
			fmt.Fprintf(b, "\n**%s failed** after %d of the rounds: %s\n", r.server.name, len(r.samples), oneLine(r.failed))
		}
	}
	if len(t.without) > 0 {
		fmt.Fprintf(b, "\nWithout it: %s.\n", strings.Join(t.without, ", "))
	}
}

// oneLine returns an error as one line.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", " ") }
