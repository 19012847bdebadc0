package environment

import (
	"strings"
	"testing"
	"time"

	"github.com/dop251/goja"
)

// The interrupt of the watchdog ends what is done in the turn.
func TestJobInTheTurnIsInterrupted(t *testing.T) {
	t.Parallel()
	vm, _, _ := newTestVM(t)
	defer time.AfterFunc(20*time.Millisecond, func() { vm.Interrupt("too long") }).Stop()
	_, err := vm.RunString(`require('crypto').pbkdf2Sync('p', 's', 2**31 - 1, 8, 'sha1')`)
	if err == nil || !strings.Contains(err.Error(), "too long") && !strings.Contains(err.Error(), "interrupted") {
		t.Error(err)
	}
}

// No more jobs run at a time than may, and no more wait.
func TestJobsAreBounded(t *testing.T) {
	t.Parallel()
	vm := goja.New()
	type started struct {
		work func()
		then func() error
	}
	var running []started
	e, err := New(vm, Options{Background: func(name string, work func(), then func() error) { running = append(running, started{work, then}) }})
	if err != nil {
		t.Fatal(err)
	}
	crypto, _ := e.Builtin("crypto")
	_ = vm.Set("crypto", crypto)
	v, err := vm.RunString(`
		var called = 0, threw = '';
		try { for (let i = 0; i < 1e5; i++) crypto.pbkdf2('p', 's', 1, 1, 'sha1', () => called++) } catch (e) { threw = e.message }
		threw`)
	if err != nil || !strings.Contains(v.String(), "over the limit") {
		t.Fatal(v, err)
	}
	if len(running) != maxRunning || len(e.jobs.waiting) != maxJobs {
		t.Errorf("%d jobs run and %d wait", len(running), len(e.jobs.waiting))
	}
	for i := 0; i < len(running); i++ {
		running[i].work()
		if err := running[i].then(); err != nil {
			t.Fatal(err)
		}
		if at := e.jobs.running; at > maxRunning {
			t.Fatalf("%d jobs run", at)
		}
	}
	if called := vm.Get("called").ToInteger(); called != maxRunning+maxJobs || e.jobs.input != 0 || e.jobs.running != 0 {
		t.Errorf("%d callbacks were called; %+v", called, e.jobs)
	}
	v, err = vm.RunString(`try { crypto.pbkdf2(Buffer.alloc(2**26), 'salt', 1, 1, 'sha1', () => 0); 'no error' } catch (e) { e.message }`)
	if err != nil || !strings.Contains(v.String(), "over the limit") {
		t.Error(v, err)
	}
}
