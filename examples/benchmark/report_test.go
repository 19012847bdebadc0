//go:build linux

package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// madeUp returns a report of three servers, in which ours needs half of what ws does and twice what Bun
// does in W1, and of which ws fails in W5.
func madeUp() *report {
	ours, bun, ws := &server{name: "ours", about: "node.websocket"}, &server{name: "bun", about: "Bun 1"}, &server{name: "ws", about: "ws <8> & Node"}
	samples := func(costs ...float64) (all []*sample) {
		for _, c := range costs {
			all = append(all, &sample{cost: c, p50: time.Millisecond, p99: time.Duration(c * 1e15), rate: 1})
		}
		return all
	}
	find := func(name string) *workload {
		all, err := chooseWorkloads(name)
		if err != nil {
			panic(err)
		}
		return all[0]
	}
	return &report{
		settings: settings{rounds: 3, time: time.Second, size: 1},
		servers:  []*server{ours, bun, ws},
		missing:  []string{"deno: there is none"},
		machine:  "a machine",
		tables: []*table{
			{workload: find("W1"), rows: []*row{
				{server: ours, samples: samples(8e-6, 9e-6, 40e-6)},
				{server: bun, samples: samples(4e-6, 4.5e-6, 20e-6)},
				{server: ws, samples: samples(16e-6, 18e-6, 80e-6)},
			}},
			{workload: find("W5"), rows: []*row{
				{server: ours, samples: samples(1000, 1000, 1000)},
				{server: bun, samples: samples(2000, 2000, 2000)},
				{server: ws, failed: errors.New("it\nended")},
			}},
			{workload: find("W1-HTTP/2"), rows: []*row{{server: ours, samples: samples(20e-6)}}, without: []string{"bun", "ws"}},
		},
	}
}

// TestMarkdown checks that a report tells what is lost, what failed and what is not there.
func TestMarkdown(t *testing.T) {
	text := madeUp().markdown()
	for _, want := range []string{
		"| W1 | 9.00 | 4.50 | 18.0 | **2.00 ×** | 0.50 × |\n",
		"| W5 | 1000 | 2000 | | 0.50 × | |\n",
		"| W1 / bun | ≤ 1.10 | 2.00 (2.00–2.00) | **missed** |\n",
		"| W1 / ws | ≤ 0.65 | 0.50 (0.50–0.50) | met |\n",
		"| W1 p99 / bun | ≤ 1.00 | 2.00 (2.00–2.00) | **missed** |\n",
		"| W5 / bun | ≤ 0.60 | 0.50 (0.50–0.50) | met |\n",
		"| ours | 9.00 (8.00–40.0) |",
		"\n**ws failed** after 0 of the rounds: it ended\n",
		"\nWithout it: bun, ws.\n",
		"Not measured: deno: there is none.\n",
		"ws: ws <8> & Node",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	for table := range strings.SplitSeq(text, "\n\n") {
		columns := 0
		for line := range strings.Lines(table) {
			if n := strings.Count(line, "|"); strings.HasPrefix(line, "|") && columns != 0 && n != columns {
				t.Errorf("a table of %d columns has a row of %d: %s", columns-1, n-1, line)
			} else if strings.HasPrefix(line, "|") {
				columns = n
			}
		}
	}
}

// TestPlot checks that a plot is XML, and that a server that needs less stands left of ours.
func TestPlot(t *testing.T) {
	text := madeUp().svg()
	if strings.Contains(text, "%!") {
		t.Error("a format does not fit its values")
	}
	var plot struct {
		Lines []struct {
			Class string  `xml:"class,attr"`
			X     float64 `xml:"x1,attr"`
		} `xml:"line"`
		Marks []struct {
			At    string `xml:"transform,attr"`
			Title string `xml:"title"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal([]byte(text), &plot); err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	ours := 0.0
	for _, line := range plot.Lines {
		if line.Class == "ours" {
			ours = line.X
		}
	}
	sides := map[string]string{}
	for _, mark := range plot.Marks {
		at, _, _ := strings.Cut(strings.TrimPrefix(mark.At, "translate("), " ")
		var x float64
		if err := xml.Unmarshal([]byte("<x>"+at+"</x>"), &x); err != nil {
			t.Fatal(err)
		}
		sides[mark.Title] = "left"
		if x > ours {
			sides[mark.Title] = "right"
		}
	}
	if strings.Contains(text, "W1-HTTP/2") {
		t.Error("a workload in which there is nobody to compare with is shown")
	}
	for title, side := range map[string]string{"bun: 0.50 × (0.50–0.50)": "left", "ws: 2.00 × (2.00–2.00)": "right", "bun: 2.00 × (2.00–2.00)": "right"} {
		if sides[title] != side {
			t.Errorf("%s is on the side %q, not %s, among %v", title, sides[title], side, sides)
		}
	}
}

// TestFlags checks that what cannot be run is refused with a reason, before anything is built.
func TestFlags(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"-run W99", `there is no workload "W99", but W1, `},
		{"-rounds 1000", "at most 100 rounds"},
		{"-seconds 61", "at most 60 seconds"},
		{"-ours x", "want name=file"},
		{"W1", "no arguments but flags"},
		{"-servers apache", "there is no server apache"},
	} {
		err := run(strings.Fields(c.args), io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want one with %q", c.args, err, c.want)
		}
	}
}

// TestStart checks that a server that ends, or is no program at all, is reported with what it printed.
func TestStart(t *testing.T) {
	script := filepath.Join(t.TempDir(), "server")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho no such port: $1\nexit 3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ program, want string }{
		{script, "it has ended\nIt printed: no such port: "},
		{script + "2", "no such file"},
	} {
		p, err := start(t.TempDir(), c.program, "PORT")
		if err == nil {
			p.stop()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got error %v, want one with %q", err, c.want)
		}
	}
}
