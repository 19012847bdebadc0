package runtime

import (
	"errors"

	"github.com/dop251/goja"

	"node.websocket/runtime/environment"
)

// outermost runs call, which enters vm from Go, and leaves vm usable afterwards, however call ends.
// Every call into a VM must go through it, unless it is inside another.
//
// goja runs microtasks when its call stack is empty again. If an interrupt or a stack overflow ends an
// async function or a generator, a frame stays on that stack, and then no promise of the VM
// settles any more. Throwing through Runtime.Try cuts the stack back. That works for a goja.Callable
// only, because RunProgram and RunString keep a frame of their own: a program should only evaluate to
// a function, like a module's wrapper, which is then called.
//
//	err := outermost(vm, func() error { _, err := onData(instance, data, connection); return err })
//
// Of the microtasks that are queued when an interrupt comes, those of the same round are lost; none
// runs twice. outermost clears the interrupt.
func outermost(vm *goja.Runtime, call func() error) (err error) {
	ex := vm.Try(func() {
		if err = call(); err != nil && isUncatchable(err) {
			environment.Abandon(vm)
			panic(vm.ToValue("unwind"))
		}
	})
	if ex != nil {
		if err == nil {
			return ex // call itself threw, for instance in Object.Get
		}
		vm.ClearInterrupt()
	}
	return err
}

// isUncatchable reports whether err ended JavaScript without running any catch: an interrupt or a stack
// overflow.
func isUncatchable(err error) bool {
	if _, ok := within[*goja.InterruptedError](err); ok {
		return true
	}
	_, ok := within[*goja.StackOverflowError](err)
	return ok
}

// within is errors.AsType, except that it does not look into exceptions: their Unwrap reads properties of
// the value that was thrown, which may run JavaScript.
func within[E error](err error) (e E, ok bool) {
	for err != nil {
		if e, ok = err.(E); ok {
			return e, true
		}
		if _, thrown := err.(*goja.Exception); thrown {
			break
		}
		err = errors.Unwrap(err)
	}
	return e, false
}
