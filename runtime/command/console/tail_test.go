package console

import (
	"fmt"
	"log/slog"
	"reflect"
	"testing"
	"time"
)

// TestTail checks that lines keep their order and their text, and that those that are lost are counted.
func TestTail(t *testing.T) {
	stirred := 0
	tail := newTail(slog.LevelInfo, func() { stirred++ })
	log := slog.New(tail).With("resource", "chat")
	log.Debug("not kept")
	log.WithGroup("a").With("b", 1).Error("failed", "c", time.Second, slog.Group("d", "e", true), "detail", "code\nframe")
	lines, next, lost := tail.lines.after(0, 10)
	if len(lines) != 1 || next != 1 || lost != 0 || stirred != 1 {
		t.Fatalf("%d lines, next %d, lost %d, stirred %d", len(lines), next, lost, stirred)
	}
	got := lines[0].line()
	got.Time = 0
	want := logLine{Level: "ERROR", Message: "failed", Attrs: [][2]string{{"resource", "chat"}, {"a.b", "1"}, {"a.c", "1s"}, {"a.d.e", "true"}, {"a.detail", "code\nframe"}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}

	for i := range kept + 6 { // the first 7 lines have no room
		log.Info(fmt.Sprint(i))
	}
	var seen []string
	from, missing := uint64(1), uint64(0)
	for {
		lines, next, lost := tail.lines.after(from, 64)
		missing += lost
		for _, l := range lines {
			seen = append(seen, l.Message)
		}
		if from = next; len(lines) == 0 {
			break
		}
	}
	if missing != 6 || len(seen) != kept || seen[0] != "6" || seen[kept-1] != fmt.Sprint(kept+5) {
		t.Errorf("%d lines from %s to %s, %d missing", len(seen), seen[0], seen[len(seen)-1], missing)
	}
}

// TestQuantile checks the estimate of the times of turns.
func TestQuantile(t *testing.T) {
	turns := func(counts map[int]uint64) []uint64 {
		all, sum := make([]uint64, 13), uint64(0)
		for i := range all {
			sum += counts[i]
			all[i] = sum
		}
		return all
	}
	for _, c := range []struct {
		turns []uint64
		part  float64
		want  time.Duration
	}{
		{turns(nil), 0.5, 0},
		{turns(map[int]uint64{0: 10}), 0.5, 5 * time.Microsecond},
		{turns(map[int]uint64{1: 100}), 0.5, 20 * time.Microsecond},
		{turns(map[int]uint64{0: 98, 4: 2}), 0.5, 5102 * time.Nanosecond},
		{turns(map[int]uint64{0: 98, 4: 2}), 0.99, 650 * time.Microsecond},
		{turns(map[int]uint64{0: 1, 12: 99}), 0.99, 3 * time.Second},
	} {
		if got := quantile(c.turns, c.part); (got - c.want).Abs() > 10*time.Nanosecond {
			t.Errorf("%v of %v: %v, want %v", c.part, c.turns, got, c.want)
		}
	}
}
