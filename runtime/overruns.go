package runtime

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/dop251/goja"
)

// A module of which one call in a million is too long is slow; one that is interrupted again and again
// fails, and blocks all its connections for the time limit of a call each time. The log says so once for
// each version, because the line of each interrupt does not.

const (
	// maxOverruns is the number of interrupts within overrunWindow after which a module is reported.
	maxOverruns   = 3
	overrunWindow = time.Minute
)

// overruns are the last interrupts of a worker's version. They are used only in a turn.
type overruns struct {
	last [maxOverruns]overrun // the oldest first; a zero time: none
	told bool
}

// An overrun is the interrupt of one call.
type overrun struct {
	at    time.Time
	where string // the handler, and the place of the line, if it is known
}

// noteOverrun notes that a call of a handler was ended by err, if err is an interrupt, and reports a module
// to which that happens too often.
func (w *worker) noteOverrun(handler string, err error, frames []frame) {
	if _, ok := within[*goja.InterruptedError](err); !ok {
		return
	}
	w.resource.tally.timeouts.Add(1)
	if w.overruns.told {
		return
	}
	o, where := &w.overruns, "in "+handler
	if len(frames) > 0 {
		where += " at " + frames[0].place()
	}
	copy(o.last[:], o.last[1:])
	now := time.Now()
	o.last[maxOverruns-1] = overrun{now, where}
	if first := o.last[0].at; first.IsZero() || now.Sub(first) > overrunWindow {
		return
	}
	o.told = true
	var lines []string
	for _, one := range o.last {
		lines = append(lines, one.where)
	}
	w.resource.log.LogAttrs(context.Background(), slog.LevelError,
		fmt.Sprintf("the module fails: %d of its calls were ended within %v, because each ran longer than %v; its connections wait for that long each time", maxOverruns, overrunWindow, w.stopwatch.limitOr(w.resource.runtime.options.TurnLimit)),
		slog.Int("version", w.serving()), slog.String("detail", strings.Join(lines, "\n")))
}
