package environment

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/dop251/goja"

	"node.websocket/runtime/permission"
)

// A pool bounds the operations of one kind that a VM has under way outside of it. Those beyond wait. It
// is used in a turn only.
type pool struct {
	most    int           // that run at the same time
	limit   time.Duration // of one, from when it runs
	running int
	waiting []func()
}

// maxWaiting bounds the operations of a pool that wait. Beyond it they fail at once.
const maxWaiting = 1000

var errTooMany = errors.New("too many operations of the module are under way")

// add runs an operation now or later.
func (p *pool) add(run func()) error {
	switch {
	case p.running < p.most:
		p.running++
		run()
	case len(p.waiting) < maxWaiting:
		p.waiting = append(p.waiting, run)
	default:
		return errTooMany
	}
	return nil
}

// done gives the place of an operation that is over to the next.
func (p *pool) done() {
	if len(p.waiting) == 0 {
		p.running--
		return
	}
	run := p.waiting[0]
	p.waiting[0] = nil
	p.waiting = p.waiting[1:]
	run()
}

// operation runs work on a goroutine of its own, which ends with it, and returns an object that has the
// promise of what finish makes of the result, and cancel, a function. finish is called in a turn. Until
// then the operation keeps its place in the pool, so that results that no turn takes do not pile up.
//
// work is given a context that ends with the worker, the pool's limit, or the file that began the
// operation while it was loaded. If the worker goes, the promise does not settle.
func operation[T any](e *Environment, p *pool, what string, work func(ctx context.Context) (T, error), finish func(T) goja.Value) goja.Value {
	promise, resolve, reject := e.vm.NewPromise()
	ctx, cancel := context.WithCancel(e.options.context())
	settle := func(result T, err error) {
		cancel()
		if err != nil {
			_ = reject(e.errorOf(err))
		} else {
			_ = resolve(finish(result))
		}
	}
	err := p.add(func() {
		ctx, stop := context.WithTimeout(ctx, p.limit)
		var result T
		var err error
		var stack string // of a panic
		e.options.Background(what, func() {
			defer stop()
			defer func() { // a panic would end the process
				if x := recover(); x != nil {
					err, stack = fmt.Errorf("%s: panic in the server, please report it: %v", what, x), string(debug.Stack())
				}
			}()
			result, err = work(ctx)
		}, func() error {
			p.done()
			if stack != "" {
				e.log(slog.LevelError, err.Error()+"\n"+stack)
			}
			settle(result, err)
			return nil
		})
	})
	if err != nil {
		var none T
		settle(none, err)
	}
	o := e.vm.NewObject()
	_ = o.Set("promise", promise)
	_ = o.Set("cancel", func(goja.FunctionCall) goja.Value { cancel(); return goja.Undefined() })
	return o
}

// context returns the context for operations that begin now.
func (o *Options) context() context.Context {
	if o.Context == nil {
		return context.Background()
	}
	return o.Context()
}

// errnos holds Node's names and texts of the system's errors.
var errnos = map[error][2]string{
	syscall.ENOENT:       {"ENOENT", "no such file or directory"},
	syscall.EACCES:       {"EACCES", "permission denied"},
	syscall.EPERM:        {"EPERM", "operation not permitted"},
	syscall.ENOTDIR:      {"ENOTDIR", "not a directory"},
	syscall.EISDIR:       {"EISDIR", "illegal operation on a directory"},
	syscall.ELOOP:        {"ELOOP", "too many symbolic links encountered"},
	syscall.EMFILE:       {"EMFILE", "too many open files"},
	syscall.ENFILE:       {"ENFILE", "file table overflow"},
	syscall.ENAMETOOLONG: {"ENAMETOOLONG", "name too long"},
	syscall.EINVAL:       {"EINVAL", "invalid argument"},
	syscall.EIO:          {"EIO", "i/o error"},
	syscall.ENOMEM:       {"ENOMEM", "not enough memory"},
	syscall.EAGAIN:       {"EAGAIN", "resource temporarily unavailable"},
	syscall.ECONNREFUSED: {"ECONNREFUSED", "connection refused"},
	syscall.ECONNRESET:   {"ECONNRESET", "connection reset by peer"},
	syscall.EHOSTUNREACH: {"EHOSTUNREACH", "host is unreachable"},
	syscall.ENETUNREACH:  {"ENETUNREACH", "network is unreachable"},
	syscall.ETIMEDOUT:    {"ETIMEDOUT", "connection timed out"},
}

// codeOf returns Node's code for an error of Go, and a text that does not name it; "" if it has none.
func codeOf(err error) (code, text string) {
	var errno syscall.Errno
	var denied *permission.Denied
	switch {
	case errors.As(err, &denied):
		return "ERR_ACCESS_DENIED", denied.Error()
	case errors.Is(err, context.Canceled):
		return "ABORT_ERR", "it was ended, because the module was reloaded or stopped"
	case errors.Is(err, context.DeadlineExceeded):
		return "ETIMEDOUT", "it took too long"
	case errors.Is(err, errTooMany):
		return "EAGAIN", err.Error()
	case errors.Is(err, permission.ErrTooLarge):
		return "ERR_FS_FILE_TOO_LARGE", err.Error()
	case errors.Is(err, permission.ErrNotRegular):
		return "EINVAL", err.Error()
	case errors.As(err, &errno):
		if known, ok := errnos[errno]; ok {
			return known[0], known[1]
		}
	case errors.Is(err, fs.ErrNotExist):
		return "ENOENT", errnos[syscall.ENOENT][1]
	}
	return "", err.Error()
}

// A systemError is an error of an operation: what it did, in Node's word, and to what.
type systemError struct {
	syscall, path string
	err           error
}

func (s *systemError) Error() string {
	code, text := codeOf(s.err)
	if code == "ERR_ACCESS_DENIED" || code == "ABORT_ERR" {
		return text
	}
	if code != "" {
		text = code + ": " + text
	}
	return text + ", " + s.syscall + " '" + s.path + "'"
}

func (s *systemError) Unwrap() error { return s.err }

// errorOf returns the Error that JavaScript sees for the error of an operation.
func (e *Environment) errorOf(err error) goja.Value {
	code, text := codeOf(err)
	if code != "ERR_ACCESS_DENIED" {
		text = err.Error()
	}
	o := e.makeError("systemError", e.vm.ToValue(text))
	if code != "" {
		_ = o.Set("code", code)
	}
	var s *systemError
	if errors.As(err, &s) {
		_ = o.Set("syscall", s.syscall)
		_ = o.Set("path", s.path)
	}
	return o
}
