//go:build linux

package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestSmoke runs every workload with ours and ws for some milliseconds, so that answers are checked and
// the report is written. The figures mean nothing.
func TestSmoke(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil && os.Getenv("CI") == "" {
		t.Skip("there is no node") // README: a missing program skips the tests with it; with CI set, it fails
	}
	shop, err := newWorkshop()
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(shop.scratch)
	b := &bench{shop: shop, progress: t.Output(), settings: settings{
		rounds: 2, time: 50 * time.Millisecond, warmUp: 10 * time.Millisecond, first: 20 * time.Millisecond, size: 0.02, idle: 0.02,
	}}
	if err := b.prepare("ours,ws", nil); err != nil {
		t.Fatal(err)
	}
	for _, missing := range b.missing {
		t.Error(missing)
	}
	r := b.run(workloads)
	for _, table := range r.tables {
		for _, row := range table.rows {
			if row.failed != nil {
				t.Errorf("%s: %s: %v", table.workload.name, row.server.name, row.failed)
			}
			for _, s := range row.samples {
				if table.workload.connect == 0 && (s.cost <= 0 || s.p50 <= 0 || s.p99 < s.p50 || s.rate <= 0 || s.generator <= 0) {
					t.Errorf("%s: %s: %v", table.workload.name, row.server.name, s)
				}
			}
		}
	}
	text := r.markdown()
	for _, w := range workloads {
		if !strings.Contains(text, "\n| "+w.name+" | ") || !strings.Contains(text, "\n### "+w.name+": ") {
			t.Errorf("%s is not in the report", w.name)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}
