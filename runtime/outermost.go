package runtime

import (
	"errors"

	"github.com/dop251/goja"
)

// outermost runs call, which enters vm from Go, so that vm is fit for use afterwards, whatever ended it. Every entry
// into a VM from outside goes through it.
//
// goja runs the microtasks of a call when its call stack is empty again. An interrupt, or a full stack, that ends an async
// function after its first await leaves a frame of it behind: then no promise of that VM ever settles again. Throwing
// through Runtime.Try cuts the stack back to where it was. It does so for a goja.Callable only: RunProgram and RunString
// keep a frame of their own, so let a program be no more than a function, as a module's wrapper is, and call that.
//
//	err := outermost(vm, func() error { _, err := onData(instance, data, connection); return err })
//
// Of the microtasks that were queued when the interrupt came, those of the same round are lost, and none of them
// runs twice. The interrupt's flag is cleared; stop the timer that sets it before.
func outermost(vm *goja.Runtime, call func() error) (err error) {
	ex := vm.Try(func() {
		if err = call(); err != nil && isUncatchable(err) {
			panic(vm.ToValue("unwind"))
		}
	})
	if ex != nil {
		if err == nil {
			return ex // call itself threw, for instance by Object.Get
		}
		vm.ClearInterrupt()
	}
	return err
}

// isUncatchable tells an error that ended JavaScript past every catch.
func isUncatchable(err error) bool {
	if _, ok := errors.AsType[*goja.InterruptedError](err); ok {
		return true
	}
	_, ok := errors.AsType[*goja.StackOverflowError](err)
	return ok
}
