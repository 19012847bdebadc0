package source

import (
	"errors"
	"log/slog"
	"sync/atomic"
	"syscall"
)

// IsShortage reports whether err is for lack of file descriptors. It says nothing about the file.
func IsShortage(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// A shortage is a time in which files cannot be read for lack of file descriptors, which happens when there
// are many clients. No event tells when it is over, so the [Watcher] tries again. Any goroutine may use it.
type shortage struct {
	noticed atomic.Bool // since the Watcher looked last
	told    atomic.Bool // that it has begun, and not that it is over
}

// note takes the outcome of reading a file, and returns it.
func (s *shortage) note(log *slog.Logger, err error) error {
	switch {
	case IsShortage(err):
		s.noticed.Store(true)
		if s.told.CompareAndSwap(false, true) {
			log.Warn("the modules cannot be read, because too many files are open; what serves serves on, and what is saved waits; raise ulimit -n", "error", err)
		}
	case err == nil && s.told.Load() && s.told.CompareAndSwap(true, false):
		log.Info("the modules can be read again")
	}
	return err
}
