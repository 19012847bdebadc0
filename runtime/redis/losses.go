package redis

import (
	"log/slog"
	"time"
)

// losses are messages that other nodes will not get, until they are reported.
type losses struct {
	n    int64
	when span // when they were published; zero if that is not known
	told time.Time
}

func (l *losses) add(n int64, when span) {
	l.n += n
	if n > 0 && !when.to.IsZero() {
		l.when.add(when.from)
		l.when.add(when.to)
	}
}

// tell reports the losses, unless it has done so in the last second.
func (l *losses) tell(to *slog.Logger) {
	if l.n == 0 || time.Since(l.told) < tellEvery {
		return
	}
	attrs := []any{"messages", l.n}
	if !l.when.to.IsZero() {
		attrs = append(attrs, "from", l.when.from.UTC().Format(timeForm), "to", l.when.to.UTC().Format(timeForm))
	}
	to.Warn("messages for other nodes were dropped: Redis was away for too long, too slow, or refused them", attrs...)
	*l = losses{told: time.Now()}
}
