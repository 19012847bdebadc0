package soak

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"node.websocket/runtime/command/commandtest"
)

// churnModule is the resource of visitors: each subscribes to a topic and publishes on it.
const churnModule = `var Module = this.Module = function(){ };
	Module.prototype.onData = function(data, connection){
		var words = data.split(' ');
		if (words[0] === 'join') connection.send('joined ' + connection.subscribe(words[1]));
		else connection.server.publish(words[0], data);
	};`

const (
	// perGroup is the number of visitors that share a topic at a time.
	perGroup = 10
	// stays is the number of messages that a visitor publishes, at intervals of between.
	stays   = 4
	between = 2 * time.Second
)

// A churn is visitors that come, subscribe, publish, and go, as many at a time all along. Each takes a place,
// and when it goes another takes it. They are a process of their own, so that they do not delay what the
// honest clients measure.
type churn struct {
	over     chan struct{} // closed when no more shall come
	all      sync.WaitGroup
	visits   atomic.Int64
	messages atomic.Int64 // received

	mu       sync.Mutex
	failures []string // guarded by mu
}

// A visitorsReport counts what became of all visitors.
type visitorsReport struct {
	Visits, Messages int64
	Failures         []string
}

// beVisitors has visitors in so many places of the program at an address, until its standard input ends. Then
// it waits for the last, and prints a report.
func beVisitors(args []string) int {
	process = "visitors"
	places, err := strconv.Atoi(args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		return 1
	}
	c := startChurn(context.Background(), target{args[0], false}, places)
	_, _ = io.Copy(io.Discard, os.Stdin)
	close(c.over)
	c.all.Wait()
	if err := json.NewEncoder(os.Stdout).Encode(visitorsReport{c.visits.Load(), c.messages.Load(), c.failures}); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		return 1
	}
	return 0
}

// startVisitors starts that process. The function that it returns ends it, and fails the test for what went
// wrong.
func startVisitors(t *testing.T, at target, places int) (finish func()) {
	t.Helper()
	cmd := child(t, "visitors", at.address, strconv.Itoa(places))
	var out bytes.Buffer
	cmd.Stdout = &out
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		_ = in.Close()
		var r visitorsReport
		err := cmd.Wait()
		if err == nil {
			err = json.Unmarshal(out.Bytes(), &r)
		}
		if err != nil {
			t.Error("the visitors: ", err)
		}
		t.Logf("visitors: %d came and went, and received %d messages", r.Visits, r.Messages)
		for _, text := range r.Failures[:min(len(r.Failures), manyErrors)] {
			t.Errorf("%s (of %d failures)", text, len(r.Failures))
		}
		if r.Visits == 0 || r.Messages == 0 {
			t.Error("nobody came")
		}
	}
}

// startChurn has visitors in so many places of a program.
func startChurn(ctx context.Context, at target, places int) *churn {
	c := &churn{over: make(chan struct{})}
	for place := range places {
		c.all.Go(func() { // ends with over
			// Spread, so that they do not all come and publish at once.
			pause := time.NewTimer(stays * between * time.Duration(place) / time.Duration(places))
			defer pause.Stop()
			for visit := 0; ; visit++ {
				select {
				case <-c.over:
					return
				case <-pause.C:
				}
				if c.isOver() { // select takes either if both are ready
					return
				}
				w := version13
				if place%20 == 19 {
					w = ways[(place/20+visit)%len(ways)]
				}
				if err := c.visit(ctx, w, at, place, visit); err != nil {
					c.mu.Lock()
					c.failures = append(c.failures, fmt.Sprintf("visitor %d-%d, %s: %v", place, visit, w.name, err))
					c.mu.Unlock()
					return
				}
				pause.Reset(0)
			}
		})
	}
	return c
}

func (c *churn) isOver() bool {
	select {
	case <-c.over:
		return true
	default:
		return false
	}
}

// visit is one visitor. It returns an error if it does not receive each message that it has published, or
// not all of another's after the first that it receives, in order.
func (c *churn) visit(ctx context.Context, w way, at target, place, visit int) error {
	s, err := w.open(ctx, at, "/churn")
	if err != nil {
		return err
	}
	defer s.close()
	topic, name := fmt.Sprint("group/", place/perGroup), fmt.Sprint(place, "-", visit)
	if err := s.send("join " + topic); err != nil {
		return err
	}
	if got, err := s.receive(); err != nil || got != "joined true" {
		return fmt.Errorf("joining: %q, %w", got, err)
	}
	c.visits.Add(1)
	next := map[string]int{name: 0}
	failed, published := make(chan error, 1), make(chan struct{})
	go func() { // ends when its own last message has come, or with its session
		failed <- func() error {
			for last := stays; next[name] < last; {
				text, err := s.receive()
				if err != nil {
					return fmt.Errorf("after %d of its own messages: %w", next[name], err)
				}
				var on, from string
				var n int
				if _, err := fmt.Sscanf(text, "%s %s %d", &on, &from, &n); err != nil || on != topic {
					return fmt.Errorf("%q on %s: %w", text, topic, err)
				}
				if want, known := next[from]; known && n != want {
					return fmt.Errorf("message %d of %s, expected %d", n, from, want)
				}
				next[from] = n + 1
				c.messages.Add(1)
			}
			return nil
		}()
		close(published)
	}()
	tick := time.NewTicker(between)
	defer tick.Stop()
	for n := range stays {
		if err := s.send(fmt.Sprint(topic, " ", name, " ", n)); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-published:
			return <-failed
		}
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case err := <-failed:
		return err
	case <-timer.C:
		return fmt.Errorf("its messages have not come")
	}
}

// disturb has visitors come and go, and saves the modules that they and the honest clients use. The function
// that it returns ends that, and fails the test for what went wrong.
func disturb(ctx context.Context, t *testing.T, at target, p *commandtest.Process, modules map[string]string, places int) (finish func()) {
	t.Helper()
	saving, stop := context.WithCancel(ctx)
	finishVisitors, saved := startVisitors(t, at, places), reloadAgain(saving, t, p, modules, "honest.js", "room.js", "churn.js")
	return func() {
		t.Helper()
		stop()
		times := saved()
		finishVisitors()
		served := strings.Count(p.Text(), " serves ") // in the line of each version that has taken connections over
		t.Logf("reloads: %d files saved, %d versions took open connections over", times, served)
		if times == 0 || served < times*9/10 {
			t.Errorf("%d of %d versions that were saved have served", served, times)
		}
	}
}

// reloadAgain saves modules of a program that honest clients use, one after the other, once a second, until ctx
// ends. The function that it returns waits for that and returns the number of times.
func reloadAgain(ctx context.Context, t *testing.T, p *commandtest.Process, modules map[string]string, files ...string) (saved func() int) {
	done := make(chan int, 1)
	go func() { // ends with ctx
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				done <- n
				return
			case <-tick.C:
			}
			name := filepath.Join(p.Dir, files[n%len(files)])
			text := fmt.Sprintf("%s\n// saved %d times\n", modules[files[n%len(files)]], n)
			err := os.WriteFile(name+".part", []byte(text), 0o644)
			if err == nil {
				err = os.Rename(name+".part", name)
			}
			if err != nil {
				t.Error(err)
			}
		}
	}()
	return func() int { return <-done }
}
