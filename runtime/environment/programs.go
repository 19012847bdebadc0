package environment

import (
	"context"
	"errors"
	"io/fs"
	"os/exec"
	"syscall"
	"time"

	"github.com/dop251/goja"

	"node.websocket/runtime/permission"
)

const (
	// programsAtOnce is the number of programs that a VM runs at the same time.
	programsAtOnce = 8
	// programTime bounds the time of a program for which the module sets no timeout.
	programTime = time.Minute
	// maxProgramTime bounds that which it may set.
	maxProgramTime = time.Hour
	// maxOutput bounds the bytes of each of a program's outputs.
	maxOutput = 16 << 20
)

// An ended is a program that has ended, and whether that was because of its time.
type ended struct {
	permission.Outcome
	late bool
}

// programHost gives js/childprocess.js what runs programs.
func (e *Environment) programHost(set func(string, int, func(goja.FunctionCall) goja.Value)) {
	vm, granted := e.vm, e.options.Permissions
	programs := &pool{most: programsAtOnce, limit: 2 * maxProgramTime}
	text := func(o *goja.Object, name string) string {
		if v := o.Get(name); v != nil && !goja.IsUndefined(v) && !goja.IsNull(v) {
			return v.String()
		}
		return ""
	}
	// run takes {file, args} or {command}, and the options that js/childprocess.js has checked.
	set("run", 1, func(call goja.FunctionCall) goja.Value {
		o := call.Argument(0).ToObject(vm)
		p := permission.Program{Name: text(o, "file"), Dir: text(o, "cwd"), MaxOutput: int(min(o.Get("maxBuffer").ToInteger(), maxOutput))}
		p.Args = e.strings(o.Get("args"))
		if env := o.Get("env"); !goja.IsUndefined(env) {
			p.Env = e.strings(env)
		}
		limit := programTime
		if ms := o.Get("timeout").ToInteger(); ms > 0 {
			limit = min(time.Duration(ms)*time.Millisecond, maxProgramTime)
		}
		line, hold := text(o, "command"), e.options.hold
		return operation(e, programs, "child_process", func(ctx context.Context) (out ended, err error) {
			defer hold()()
			if line != "" {
				if p.Name, p.Args, err = granted.Shell(line); err != nil {
					return ended{}, err
				}
			}
			ctx, stop := context.WithTimeout(ctx, limit)
			defer stop()
			out.Outcome, err = granted.Execute(ctx, p)
			if ctx.Err() != nil && ctx.Err() == err { // before it could start
				out.Outcome, err = permission.Outcome{Code: -1, Signal: "SIGTERM"}, nil
			}
			if err != nil {
				if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
					err = syscall.ENOENT
				}
				return ended{}, failed("spawn", p.Name, err)
			}
			out.late = errors.Is(ctx.Err(), context.DeadlineExceeded)
			return out, nil
		}, func(out ended) goja.Value {
			o := vm.NewObject()
			_ = o.Set("stdout", vm.NewArrayBuffer(out.Stdout))
			_ = o.Set("stderr", vm.NewArrayBuffer(out.Stderr))
			_ = o.Set("code", out.Code)
			_ = o.Set("signal", out.Signal)
			_ = o.Set("full", out.Full)
			_ = o.Set("late", out.late)
			_ = o.Set("seconds", limit.Seconds())
			return o
		})
	})
}

// strings returns the strings of an array.
func (e *Environment) strings(v goja.Value) []string {
	list := []string{}
	e.vm.ForOf(v, func(item goja.Value) bool {
		list = append(list, item.String())
		return true
	})
	return list
}

// hold counts what must have ended before the server does, until the function that it returns is called.
func (o *Options) hold() (release func()) {
	if o.Hold == nil {
		return func() {}
	}
	return o.Hold()
}
