//go:build linux

package main

import (
	"encoding/xml"
	"fmt"
	"math"
	"strings"
)

// The sizes of the plot, in pixels.
const (
	plotWidth   = 860
	plotLeft    = 110 // of the axis
	plotRight   = 840
	plotTop     = 92
	rowHeight   = 30
	plotPadding = 46 // below the last row
)

// markers stand for servers other than ours: a color that can be seen on white and on black,
// and a shape, for those who see no colors.
var markers = []struct{ color, shape string }{
	{"#e69f00", "circle"}, {"#0090d0", "square"}, {"#d55e00", "triangle"}, {"#009e73", "diamond"},
	{"#cc79a7", "cross"}, {"#7f7f00", "circle hollow"}, {"#8080e0", "square hollow"}, {"#b05030", "triangle hollow"}, {"#60a090", "diamond hollow"},
}

// svg returns a plot of all costs as multiples of what ours needs, on a logarithmic axis.
func (r *report) svg() string {
	var b strings.Builder
	shown := r.compared()
	low, high := r.bounds(shown)
	x := func(q float64) float64 {
		return plotLeft + (plotRight-plotLeft)*(math.Log(q)-math.Log(low))/(math.Log(high)-math.Log(low))
	}
	bottom := plotTop + rowHeight*len(shown)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %d" role="img" aria-label="cost relative to node.websocket">
<style>
text { font: 13px system-ui, sans-serif; fill: #24292f }
.small { font-size: 11px }
.line { stroke: #24292f; stroke-opacity: .15 }
.ours { stroke: #24292f; stroke-width: 2 }
.lost { fill: #d1242f; fill-opacity: .08 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .line, .ours { stroke: #e6edf3 } .lost { fill-opacity: .18 } }
</style>
`, plotWidth, bottom+plotPadding, bottom+plotPadding)
	fmt.Fprintf(&b, "<rect class=\"lost\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>\n", plotLeft, plotTop, x(1)-plotLeft, bottom-plotTop)
	r.legend(&b)
	for _, q := range ticks(low, high) {
		class := "line"
		if q == 1 {
			class = "ours"
		}
		fmt.Fprintf(&b, "<line class=\"%s\" x1=\"%.1f\" x2=\"%.1[2]f\" y1=\"%d\" y2=\"%d\"/><text class=\"small\" x=\"%.1[2]f\" y=\"%[5]d\" text-anchor=\"middle\">%[6]g ×</text>\n",
			class, x(q), plotTop, bottom, bottom+16, q)
	}
	fmt.Fprintf(&b, "<text class=\"small\" x=\"%.1f\" y=\"%d\" text-anchor=\"end\">← needs less than ours</text><text class=\"small\" x=\"%.1f\" y=\"%[2]d\">needs more →</text>\n",
		x(1)-8, bottom+34, x(1)+8)
	for i, t := range shown {
		y := plotTop + rowHeight*i + rowHeight/2
		fmt.Fprintf(&b, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\"><title>%s</title>%s</text><line class=\"line\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%[7]d\"/>\n",
			plotLeft-10, y+4, escape(t.workload.title), escape(t.workload.name), plotLeft, plotRight, y)
		for j, s := range r.others() {
			if q, ok := ratios(t.row(s.name), t.row("ours"), cost); ok {
				mark(&b, j, x(q.median), float64(y), fmt.Sprintf("%s: %.2f × (%.2f–%.2f)", s.name, q.median, q.least, q.most))
			}
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// compared returns the tables in which ours and others have been measured.
func (r *report) compared() (shown []*table) {
	for _, t := range r.tables {
		for _, s := range r.others() {
			if _, ok := ratios(t.row(s.name), t.row("ours"), cost); ok {
				shown = append(shown, t)
				break
			}
		}
	}
	return shown
}

// others returns the servers but for ours.
func (r *report) others() (others []*server) {
	for _, s := range r.servers {
		if s.name != "ours" {
			others = append(others, s)
		}
	}
	return others
}

// bounds returns the values that the axis begins and ends with.
func (r *report) bounds(tables []*table) (low, high float64) {
	low, high = 0.5, 2
	for _, t := range tables {
		for _, s := range r.others() {
			if q, ok := ratios(t.row(s.name), t.row("ours"), cost); ok && q.median > 0 {
				low, high = min(low, q.median), max(high, q.median)
			}
		}
	}
	return low / 1.15, high * 1.15
}

// ticks returns the values 1, 2 and 5 of each power of ten between two.
func ticks(low, high float64) (all []float64) {
	for power := math.Floor(math.Log10(low)); power <= math.Log10(high); power++ {
		for _, digit := range []float64{1, 2, 5} {
			if q := digit * math.Pow(10, power); q >= low && q <= high {
				all = append(all, q)
			}
		}
	}
	return all
}

// legend writes the title and what the markers stand for.
func (r *report) legend(b *strings.Builder) {
	fmt.Fprintf(b, "<text x=\"20\" y=\"24\" font-weight=\"bold\">Cost of a unit of work, as a multiple of what node.websocket needs</text>\n")
	fmt.Fprintf(b, "<text class=\"small\" x=\"20\" y=\"42\">CPU time of the server's process (W5: memory). %s</text>\n", escape(r.machine))
	at := 20.0
	for i, s := range r.others() {
		mark(b, i, at+6, 64, s.name)
		fmt.Fprintf(b, "<text class=\"small\" x=\"%.1f\" y=\"68\">%s</text>\n", at+16, escape(s.name))
		at += 38 + 7*float64(len(s.name))
	}
}

// mark writes the marker of the ith server.
func mark(b *strings.Builder, i int, x, y float64, title string) {
	m := markers[i%len(markers)]
	shape, hollow := strings.CutSuffix(m.shape, " hollow")
	style := fmt.Sprintf(`fill="%s" stroke="%[1]s" stroke-width="1.5"`, m.color)
	if hollow {
		style = fmt.Sprintf(`fill="none" stroke="%s" stroke-width="2"`, m.color)
	}
	path := map[string]string{
		"circle":   "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z",
		"square":   "M-4.5 -4.5h9v9h-9z",
		"triangle": "M0 -5.5L5.5 4.5L-5.5 4.5z",
		"diamond":  "M0 -6L6 0L0 6L-6 0z",
		"cross":    "M-5 -2h3v-3h4v3h3v4h-3v3h-4v-3h-3z",
	}[shape]
	fmt.Fprintf(b, "<path transform=\"translate(%.1f %.1f)\" d=\"%s\" %s><title>%s</title></path>\n", x, y, path, style, escape(title))
}

// escape returns text for XML.
func escape(text string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(text)) // a Builder does not fail
	return b.String()
}
