package environment

import (
	"unsafe"

	"github.com/dop251/goja"
)

// Abandon makes vm forget the try statements, iterators and references that an interrupt or a stack
// overflow has left, except the lowest try. goja unwinds to the topmost try, and takes those of async
// functions and generators away only if these end by themselves; unwinding to the lowest one would
// call the return method of every iterator.
//
// It must be called within [goja.Runtime.Try], whose try is the lowest one, on the VM's goroutine.
func Abandon(vm *goja.Runtime) {
	in, err := gojaInside()
	if err != nil {
		return // then New has failed, and no VM runs modules
	}
	m := *field[unsafe.Pointer](unsafe.Pointer(vm), in.runtimeVM)
	tries := field[[]struct{}](m, in.vmTries)
	*tries = (*tries)[:min(len(*tries), 1)]
	*field[[]struct{}](m, in.vmIterators), *field[[]struct{}](m, in.vmReferences) = nil, nil
}
