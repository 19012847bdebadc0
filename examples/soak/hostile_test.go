package soak

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"sync"
	"sync/atomic"
	"time"
)

// An attacker has the tools of an attack.
type attacker struct {
	ctx           context.Context // ends with the attack, or with all attacks
	plain, secure target
	cases         []testCase
}

// target returns the program for an attack: the one with TLS for each third.
func (a *attacker) target(n int) target {
	if n%3 == 2 {
		return a.secure
	}
	return a.plain
}

// open connects to a resource, in one way after the other.
func (a *attacker) open(n int, path string) (session, error) {
	return a.openOf(ways, n, path)
}

func (a *attacker) openOf(ways []way, n int, path string) (session, error) {
	w := ways[n%len(ways)]
	s, err := w.open(a.ctx, a.target(n/len(ways)+n), path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", w.name, err)
	}
	return s, nil
}

// hold waits for so long.
func (a *attacker) hold(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-a.ctx.Done():
	}
}

// A report counts the deeds of the clients of each kind.
type report map[string]*deeds

type deeds struct {
	Runs       int      // attacks
	Unfinished int      // those that the end came upon
	Errors     []string // what the program did wrong, the first few

	mu sync.Mutex
}

const manyErrors = 5

// grace is the time that an attack may take beyond its own, because the process has the lowest priority.
const grace = 20 * time.Second

// beHostile attacks the programs at two addresses for a time, with the kinds that a regular expression matches,
// and prints a report.
func beHostile(args []string) int {
	process = "hostile"
	d, err := time.ParseDuration(args[2])
	cases, casesErr := tryReadCases()
	which, whichErr := regexp.Compile(args[3])
	if err := errors.Join(err, casesErr, whichErr); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		return 1
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	time.AfterFunc(d, cancel) // without a deadline, which would be that of dials too
	r := report{}
	var all sync.WaitGroup
	for _, k := range kinds {
		if !which.MatchString(k.name) {
			continue
		}
		did, count := &deeds{}, new(atomic.Int64)
		r[k.name] = did
		for i := range k.at {
			all.Go(func() { // ends with ctx
				tick := time.NewTicker(k.every)
				defer tick.Stop()
				offset := &attacker{ctx: ctx}
				offset.hold(k.every * time.Duration(i) / time.Duration(k.at))
				for ctx.Err() == nil {
					did.run(ctx, k, &attacker{plain: target{args[0], false}, secure: target{args[1], true}, cases: cases}, int(count.Add(1)-1))
					select {
					case <-tick.C:
					case <-ctx.Done():
					}
				}
			})
		}
	}
	all.Wait()
	if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		return 1
	}
	return 0
}

// run makes one attack and notes what came of it.
func (d *deeds) run(ctx context.Context, k kind, a *attacker, n int) {
	attack, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	a.ctx = attack
	start := time.Now()
	err := k.attack(a, n)
	took := time.Since(start)
	d.mu.Lock()
	defer d.mu.Unlock()
	if ctx.Err() != nil {
		d.Unfinished++
		return
	}
	d.Runs++
	if err == nil && took > k.takes+grace {
		err = fmt.Errorf("it took %v, more than %v", took, k.takes+grace)
	}
	if err != nil && len(d.Errors) < manyErrors {
		d.Errors = append(d.Errors, fmt.Sprintf("attack %d, %.1f s: %v", n, took.Seconds(), err))
	}
}
