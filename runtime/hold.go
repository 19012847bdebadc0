package runtime

import "time"

// heldTurns are turns of several workers that one caller has at the same time, so that it can change all
// of the workers at once.
type heldTurns struct {
	turns    []*heldTurn
	released chan struct{} // closed by release
}

// A heldTurn is the turn of one worker.
type heldTurn struct {
	worker   *worker
	taken    chan struct{} // closed when the caller has the turn
	calls    chan func()
	returned chan struct{} // one value for each call
}

// holdFor is the time that the first attempt of holdTurns takes at most.
const holdFor = 10 * time.Millisecond

// holdTurns takes the turns of all the workers. The connections of those that it has wait while it waits
// for the others. So if that takes longer than holdFor, because one of them is in a long call, it gives
// them back, waits for that one alone, and tries again for twice as long. Workers that are given up are
// left out. The caller must call release. holdTurns must not be called in a turn.
func holdTurns(workers []*worker) *heldTurns {
	for patience := holdFor; ; patience *= 2 {
		h := &heldTurns{released: make(chan struct{})}
		for _, w := range workers {
			t := &heldTurn{worker: w, taken: make(chan struct{}), calls: make(chan func()), returned: make(chan struct{}, 1)}
			h.turns = append(h.turns, t)
			go w.post(func() { h.lend(t) }) // ends with release, if it does not leave the turn to another goroutine
		}
		if h.take(patience) {
			return h
		}
		h.release()
		for _, w := range workers {
			w.do(func() {})
		}
	}
}

// lend runs the functions of each in the worker's turn, until release.
func (h *heldTurns) lend(t *heldTurn) {
	close(t.taken)
	for {
		select {
		case f := <-t.calls:
			f()
			t.returned <- struct{}{}
		case <-h.released:
			return
		}
	}
}

// take waits for all the turns, or, if they are several, until patience has passed.
func (h *heldTurns) take(patience time.Duration) bool {
	var late <-chan time.Time // never, for one
	if len(h.turns) > 1 {
		late = time.After(patience)
	}
	var taken []*heldTurn
	for _, t := range h.turns {
		select {
		case <-t.taken:
			taken = append(taken, t)
		case <-t.worker.gone:
		case <-late:
			return false
		}
	}
	h.turns = taken
	return true
}

// each runs f in all the turns at the same time, and waits until it has returned. f must not touch what
// it shares with the caller or another turn. Workers that are given up meanwhile are left out of what
// follows: each returns false if there were any.
func (h *heldTurns) each(f func(w *worker)) bool {
	for _, t := range h.turns {
		select {
		case t.calls <- func() { f(t.worker) }:
		case <-t.worker.gone:
		}
	}
	var left []*heldTurn
	for _, t := range h.turns {
		select {
		case <-t.returned:
			left = append(left, t)
		case <-t.worker.gone:
		}
	}
	all := len(left) == len(h.turns)
	h.turns = left
	return all
}

// workers returns the workers that have not been given up.
func (h *heldTurns) workers() []*worker {
	workers := make([]*worker, 0, len(h.turns))
	for _, t := range h.turns {
		workers = append(workers, t.worker)
	}
	return workers
}

// release gives the turns back.
func (h *heldTurns) release() { close(h.released) }
