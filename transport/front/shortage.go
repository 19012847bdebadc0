package front

import (
	"log/slog"
	"sync"
	"time"
)

const (
	// leastPause and mostPause bound how long nothing is accepted after a temporary error. Each error in a
	// row doubles the pause, as in net/http.
	leastPause = 5 * time.Millisecond
	mostPause  = time.Second
	// calm is the time without an error after which a shortage is over.
	calm = 5 * time.Second
)

// A shortage is a time in which connections cannot be accepted, most often because there are no file
// descriptors left. It has one line in the log when it begins, and one when it is over: a line for each
// failure would fill the log while there is nothing else to see.
type shortage struct {
	log   *slog.Logger
	where string // the address listened on

	mu sync.Mutex

	// Guarded by mu.
	since    time.Time // when it began; zero: there is none
	failures int
	timer    *time.Timer // of over; nil before the first shortage
}

// failed notes a temporary error of Accept.
func (s *shortage) failed(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures++
	if !s.since.IsZero() {
		s.timer.Reset(calm)
		return
	}
	s.since, s.failures = time.Now(), 1
	s.log.Warn("connections cannot be accepted; they wait until they can", slog.String("at", s.where), slog.String("error", err.Error()))
	if s.timer == nil {
		s.timer = time.AfterFunc(calm, s.over)
		return
	}
	s.timer.Reset(calm)
}

// over ends the shortage. It is the timer's function.
func (s *shortage) over() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.since.IsZero() {
		return
	}
	s.log.Info("connections are accepted again", slog.String("at", s.where),
		slog.Duration("after", time.Since(s.since).Round(time.Millisecond)), slog.Int("failures", s.failures))
	s.since = time.Time{}
}

// stop ends the shortage without a line.
func (s *shortage) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.since = time.Time{}
	if s.timer != nil {
		s.timer.Stop()
	}
}
