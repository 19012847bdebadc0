package environment

import (
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/dop251/goja"
)

// A job is work of a built-in that takes long, such as a key made of a password. Without a callback it is
// done in the turn, whose end the interrupt brings; with one, on a goroutine of its own.
type job struct {
	name     string // of the built-in
	input    int    // bytes that it holds
	work     func(stop func() bool) ([]byte, error)
	callback goja.Callable
	result   []byte
	err      error
	stack    string // of a panic
}

const (
	// maxRunning is the number of jobs of a VM that run at a time, as many as Node has threads for them. A job
	// counts until its callback has been called, so this bounds the results too that wait for a turn.
	maxRunning = 4
	// maxJobs and maxJobInput bound the jobs of a VM that wait, and the bytes that they hold.
	maxJobs     = 1_000
	maxJobInput = byteLimit
	// maxJobTime bounds the time that one job may run.
	maxJobTime = 10 * time.Second
)

// cpus bounds the jobs of all VMs that run: one for each processor, and at least two, so that a long one
// does not hold up all others.
var cpus = make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))

// jobs are those of one VM.
type jobs struct {
	running int
	input   int // bytes of all
	waiting []*job
}

var (
	errJobTime = fmt.Errorf("took longer than the limit of %v", maxJobTime)
	errJobs    = fmt.Errorf("more than %d calls, or %d MiB, wait for others to end, which is over the limit", maxJobs, maxJobInput>>20)
)

// do does a job. Without a callback it returns an ArrayBuffer, or throws the Error that fail makes.
// Otherwise it calls the callback with null and the ArrayBuffer, or with the Error alone, in a later turn.
// work must not touch the VM, and holds copies of input bytes that JavaScript may change.
func (e *Environment) do(name string, callback goja.Value, input int, work func(stop func() bool) ([]byte, error), fail func(error) goja.Value) goja.Value {
	f, ok := goja.AssertFunction(callback)
	if !ok {
		b, err := work(e.limiter.in.interrupted(e.vm))
		if err != nil {
			panic(fail(err))
		}
		return e.vm.ToValue(e.vm.NewArrayBuffer(b))
	}
	if len(e.jobs.waiting) >= maxJobs || e.jobs.input+input > maxJobInput {
		panic(fail(fmt.Errorf("%s: %w", name, errJobs)))
	}
	j := &job{name: name, input: input, work: work}
	j.callback = func(goja.Value, ...goja.Value) (goja.Value, error) {
		if j.err != nil {
			return f(goja.Undefined(), fail(j.err))
		}
		return f(goja.Undefined(), goja.Null(), e.vm.ToValue(e.vm.NewArrayBuffer(j.result)))
	}
	e.jobs.input += input
	e.jobs.waiting = append(e.jobs.waiting, j)
	e.nextJobs()
	return goja.Undefined()
}

// nextJobs starts as many jobs as may run.
func (e *Environment) nextJobs() {
	for e.jobs.running < maxRunning && len(e.jobs.waiting) > 0 {
		j := e.jobs.waiting[0]
		e.jobs.waiting[0] = nil
		e.jobs.waiting = e.jobs.waiting[1:]
		e.jobs.running++
		e.background(j)
	}
}

func (e *Environment) background(j *job) {
	then := func() error {
		e.jobs.running--
		e.jobs.input -= j.input
		if j.stack != "" {
			e.log(slog.LevelError, j.err.Error()+"\n"+j.stack)
		}
		_, err := j.callback(goja.Undefined())
		e.nextJobs()
		return err
	}
	if e.options.Background == nil {
		j.run()
		e.queueMicrotask(goja.FunctionCall{Arguments: []goja.Value{e.vm.ToValue(func(goja.FunctionCall) goja.Value {
			if err := then(); err != nil {
				panic(err)
			}
			return goja.Undefined()
		})}})
		return
	}
	e.options.Background(j.name, func() {
		cpus <- struct{}{}
		defer func() { <-cpus }()
		j.run()
	}, then)
}

// run does the work. A panic in it, which would end the process, becomes an error.
func (j *job) run() {
	defer func() {
		if x := recover(); x != nil {
			j.result, j.err = nil, fmt.Errorf("%s: panic in the server, please report it: %v", j.name, x)
			j.stack = string(debug.Stack())
		}
	}()
	end := time.Now().Add(maxJobTime)
	stopped := false
	j.result, j.err = j.work(func() bool {
		stopped = stopped || time.Now().After(end)
		return stopped
	})
	if stopped && j.err != nil {
		j.err = fmt.Errorf("%s %w", j.name, errJobTime)
	}
	j.work = nil
}
