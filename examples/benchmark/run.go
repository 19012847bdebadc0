//go:build linux

package main

import (
	"fmt"
	"io"

	"node.websocket/examples/benchmark/load"
)

// A row has the measurements of one server in one workload.
type row struct {
	server  *server
	samples []*sample
	failed  error // why there are fewer samples than rounds

	process *process // while it runs
	target  load.Target
}

// A table has the measurements of one workload.
type table struct {
	workload *workload
	rows     []*row
	without  []string // servers that do not have what the workload needs
}

// A bench measures workloads.
type bench struct {
	shop     *workshop
	servers  []*server
	missing  []string // those that cannot be measured, and why
	settings settings
	progress io.Writer // a line for each sample
}

// run measures workloads one after another.
func (b *bench) run(all []*workload) *report {
	r := &report{settings: b.settings, servers: b.servers, missing: b.missing, machine: describeMachine()}
	for _, w := range all {
		r.tables = append(r.tables, b.measure(w))
	}
	return r
}

// measure measures a workload: in each round, each server has its turn. A server that fails is left
// out of the rounds that follow, and the others go on.
func (b *bench) measure(w *workload) *table {
	t := &table{workload: w}
	for _, s := range b.servers {
		if s.has&w.form != w.form {
			t.without = append(t.without, s.name)
			continue
		}
		t.rows = append(t.rows, &row{server: s})
	}
	if w.connect == 0 {
		for _, r := range t.rows {
			b.warmUp(w, r)
			defer r.stop()
		}
	}
	for n := range b.settings.rounds {
		for i := range t.rows {
			if r := t.rows[(i+n)%len(t.rows)]; r.failed == nil { // the order may matter
				b.round(w, r)
			}
		}
	}
	return t
}

// warmUp starts the server of a row, and lets it work without a sample.
func (b *bench) warmUp(w *workload, r *row) {
	if r.start(b, w); r.failed != nil {
		return
	}
	warm := b.settings
	warm.time = b.settings.first
	if _, err := w.measure(r.process, r.target, warm); err != nil {
		b.fail(w, r, err)
	}
}

// round takes one sample.
func (b *bench) round(w *workload, r *row) {
	measure := w.measure
	if w.connect > 0 { // memory is measured of a process that has done nothing else
		if r.start(b, w); r.failed != nil {
			return
		}
		defer r.stop()
		measure = w.measureMemory
	}
	s, err := measure(r.process, r.target, b.settings)
	if err != nil {
		b.fail(w, r, err)
		return
	}
	r.samples = append(r.samples, s)
	fmt.Fprintf(b.progress, "%-10s %-10s %s\n", w.name, r.server.name, s)
}

func (b *bench) fail(w *workload, r *row, err error) {
	r.failed = r.process.explain(err)
	fmt.Fprintf(b.progress, "%-10s %-10s failed: %v\n", w.name, r.server.name, r.failed)
}

func (r *row) start(b *bench, w *workload) {
	r.process, r.target, r.failed = r.server.start(b.shop, w.form)
	if r.failed != nil {
		fmt.Fprintf(b.progress, "%-10s %-10s failed: %v\n", w.name, r.server.name, r.failed)
	}
}

func (r *row) stop() {
	if r.process != nil {
		r.process.stop()
		r.process = nil
	}
}

func (s *sample) String() string {
	if s.rate == 0 {
		return fmt.Sprintf("%7.0f B", s.cost)
	}
	return fmt.Sprintf("%8.2f µs (%.2f + %.2f)  p50 %.2f ms  p99 %.2f ms  %.0f/s  cores: server %.2f, generator %.2f  %d MiB",
		s.cost*1e6, s.user*1e6, s.system*1e6, s.p50.Seconds()*1e3, s.p99.Seconds()*1e3, s.rate, s.server, s.generator, s.memory>>20)
}
