package runtime

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// private is a module whose instances a reload has to make again, which takes a while.
const private = `
	this.Module = class {
		#version = 'VERSION';
		constructor(){ if (globalThis.work) work(); this.count = 0; }
		onData = function(d, c){
			if (d == 'wait') return new Promise(function(r){ globalThis.settle = r });
			c.send(this.#version + ' ' + ++this.count);
		};
		onReload(c){ c.send('reload ' + this.#version); }
		onDisconnect(c){ c.log('gone from ' + this.#version); }
	};`

// spreading is a resource whose reloads take several turns.
func spreading(t *testing.T, n int) (r *Runtime, log *logRecorder, sessions []*fakeSession) {
	t.Helper()
	r, log = newRuntime(t, map[string]string{"test.js": strings.ReplaceAll(private, "VERSION", "one")})
	sessions = connectAll(t, r, n)
	w := sessions[0].conn.worker
	w.do(func() {
		_ = w.vm.Set("work", func() { time.Sleep(maxSwap / 2) }) // on the bubble's clock
	})
	return r, log, sessions
}

// TestReloadSpreads checks that instances which take long to make are replaced over several turns, and that
// each connection is moved before its first event after the reload, with one onReload.
func TestReloadSpreads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, log, sessions := spreading(t, 50)
		for _, s := range sessions {
			s.deliver(text("x", "x"))
		}
		began := time.Now()
		save(t, r, "test.js", strings.ReplaceAll(private, "VERSION", "two"))
		if took := time.Since(began); took > 3*maxSwap {
			t.Errorf("the turn of the reload took %v", took)
		}
		log.want(t, "version 2 serves 50 connections", "instances_still_to_replace=4")
		// The next to be moved goes, and so does the last; the one before the last asks.
		w := sessions[0].conn.worker
		var next *Conn
		w.do(func() { next = w.swap.next })
		next.Disconnected(1000, "")
		sessions[49].conn.Disconnected(1000, "")
		w.do(func() {})
		log.want(t, "gone from two")
		last := sessions[48]
		last.deliver(text("x"))
		if got := last.messages(); got != "one 1|one 2|reload two|two 3" {
			t.Errorf("answered %q", got)
		}
		time.Sleep(time.Second) // on the bubble's clock
		synctest.Wait()
		w.do(func() {
			for c := w.first; c != nil; c = c.next {
				if c.version != w.current {
					t.Error("a connection without an event was left behind")
				}
			}
		})
		for i, s := range sessions[:48] {
			s.deliver(text("x"))
			if got := s.messages(); s.conn != next && got != "one 1|one 2|reload two|two 3" {
				t.Errorf("connection %d: answered %q", i, got)
			}
		}
		log.want(t, "INFO version 2: the last instance was replaced after")
		if strings.Contains(log.text(), "gone from one") || strings.Contains(log.text(), "ERROR") {
			t.Error(log.text())
		}
	})
}

// TestReloadWhileSpreading checks that a reload that comes while instances are still being replaced moves
// each connection to the newest version, from whichever it has.
func TestReloadWhileSpreading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, log, sessions := spreading(t, 50)
		sessions[20].deliver(text("x"))
		go sessions[30].deliver(text("wait", "x"))
		synctest.Wait()
		save(t, r, "test.js", strings.ReplaceAll(private, "VERSION", "two"))
		save(t, r, "test.js", strings.ReplaceAll(private, "VERSION", "three"))
		sessions[40].deliver(text("x"))
		time.Sleep(time.Second) // on the bubble's clock
		synctest.Wait()
		w := sessions[0].conn.worker
		w.do(func() {
			if n := sessions[30].conn.version.number; n != 1 {
				t.Errorf("version %d replaced an instance whose promise had not settled", n)
			}
			_, _ = w.vm.RunString("settle()")
		})
		synctest.Wait()
		seen := map[string]int{}
		for _, s := range sessions {
			s.deliver(text("x"))
			seen[s.messages()]++
		}
		first := seen["reload two|reload three|three 1"]
		want := map[string]int{"reload two|reload three|three 1": first, "reload three|three 1": 47 - first,
			"one 1|reload three|three 2": 1, "reload three|three 1|three 2": 2}
		if fmt.Sprint(seen) != fmt.Sprint(want) || first == 0 || first > 10 {
			t.Errorf("answered %v\n%s", seen, log.text())
		}
		if w.swapping || w.swap.next != nil {
			t.Error("the swap has not ended")
		}
	})
}
