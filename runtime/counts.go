package runtime

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Counts are a Runtime's numbers for the modules of one resource since it was made, even if the resource was
// made again meanwhile. Except for Workers and Version, no number ever falls. They are read one after the
// other, so they may differ by what happens meanwhile.
type Counts struct {
	Resource string // Resource.Name

	// Turns has, for each of TurnBounds, how many turns were not longer, and, as its last, the number of all.
	// TurnTime is the sum of their times. Only turns since Options.TimeTurns or Runtime.TimeTurns are in them.
	Turns    []uint64
	TurnTime time.Duration

	Errors   uint64 // exceptions of handlers and timers, and rejected promises that nobody handled
	Timeouts uint64 // calls that were ended because of Options.TurnLimit, which are errors as well
	GivenUp  uint64 // workers that were given up because a call could not be ended

	Reloads       uint64 // new versions that serve
	FailedReloads uint64 // new versions that did not load

	Workers int // that serve now
	Version int // that serves now; 0: none
}

// turnBounds are the bounds of Counts.Turns.
var turnBounds = [...]time.Duration{
	10 * time.Microsecond, 30 * time.Microsecond, 100 * time.Microsecond, 300 * time.Microsecond,
	time.Millisecond, 3 * time.Millisecond, 10 * time.Millisecond, 30 * time.Millisecond,
	100 * time.Millisecond, 300 * time.Millisecond, time.Second, 3 * time.Second,
}

// TurnBounds returns the bounds of Counts.Turns, which rise.
func TurnBounds() []time.Duration { return slices.Clone(turnBounds[:]) }

// A tally counts for one resource. Its workers add to it in their turns, and so it takes no lock.
type tally struct {
	turns    [len(turnBounds) + 1]atomic.Uint64 // the last: longer ones
	turnTime atomic.Int64                       // ns

	errors, timeouts, givenUp, reloads, failedReloads atomic.Uint64

	loaded         atomic.Int64            // ModuleState.Loaded in Unix nanoseconds; 0: never
	failure, fault atomic.Pointer[Problem] // those of ModuleState
}

// turn counts a turn that took so long.
func (t *tally) turn(took time.Duration) {
	i := 0
	for i < len(turnBounds) && took > turnBounds[i] {
		i++
	}
	t.turns[i].Add(1)
	t.turnTime.Add(int64(took))
}

// counts returns the Counts of a resource, without what it is now.
func (t *tally) counts(resource string) Counts {
	c := Counts{
		Resource: resource, TurnTime: time.Duration(t.turnTime.Load()), Errors: t.errors.Load(), Timeouts: t.timeouts.Load(),
		GivenUp: t.givenUp.Load(), Reloads: t.reloads.Load(), FailedReloads: t.failedReloads.Load(),
	}
	sum := uint64(0)
	for i := range t.turns {
		sum += t.turns[i].Load()
		c.Turns = append(c.Turns, sum)
	}
	return c
}

// tallies has the tallies of a Runtime. Resources are named by the files of modules, so clients cannot make
// them many.
type tallies struct {
	mu  sync.Mutex
	all map[string]*tally // guarded by mu
}

// of returns the tally of a resource.
func (t *tallies) of(resource string) *tally {
	t.mu.Lock()
	defer t.mu.Unlock()
	found := t.all[resource]
	if found == nil {
		if t.all == nil {
			t.all = map[string]*tally{}
		}
		found = &tally{}
		t.all[resource] = found
	}
	return found
}

// Counts returns what was counted for each resource that was ever asked for or preloaded, by name.
func (r *Runtime) Counts() []Counts {
	r.mu.Lock()
	resources := maps.Clone(r.resources)
	r.mu.Unlock()
	r.tallies.mu.Lock()
	all := make([]Counts, 0, len(r.tallies.all))
	for name, t := range r.tallies.all {
		all = append(all, t.counts(name))
	}
	r.tallies.mu.Unlock()
	slices.SortFunc(all, func(a, b Counts) int { return cmp.Compare(a.Resource, b.Resource) })
	for i := range all {
		resource := resources[all[i].Resource]
		if resource == nil {
			continue
		}
		for _, w := range resource.all() {
			if w.serves.Load() {
				all[i].Workers++
			}
		}
		all[i].Version = int(resource.version.Load())
	}
	return all
}

// started is the start of the process, for sinceStart.
var started = time.Now()

// sinceStart returns a time that only rises. It costs half of what time.Now does, which also tells the date.
func sinceStart() time.Duration { return time.Since(started) }
