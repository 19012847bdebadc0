package environment

import (
	"time"
	"unsafe"

	"github.com/dop251/goja"
)

// lastFramesApart is the time between the two looks of LastFrames at a VM's call stack.
const lastFramesApart = time.Millisecond

// LastFrames returns the innermost frames of a VM whose goroutine does not come back from native code,
// at most n of them. Frames of native code are left out, and functions have no names. It returns nil if
// the call stack is growing, because then the call is not stuck.
//
// Unlike goja's own functions, it may be called from any goroutine while JavaScript runs. goja offers no
// way to stop a VM in native code, so LastFrames reads what the other goroutine may be writing, and is
// built so that a stale or mixed value gives a wrong line at worst:
//   - Pointers to programs are single words, and programs do not change. Each position of a program that
//     can be asked for is searched for, not indexed with.
//   - The call stack is an array that is replaced only by a larger one. If its address and capacity are the
//     same in two looks, they belong together. Its elements up to the capacity are valid, in use or not.
func LastFrames(vm *goja.Runtime, n int) []goja.StackFrame {
	in, err := gojaInside()
	if err != nil {
		return nil // then New has failed, and no VM runs modules
	}
	before := in.callStack(vm)
	time.Sleep(lastFramesApart)
	stack := in.callStack(vm)
	if stack.data != before.data || stack.capacity != before.capacity {
		return nil
	}
	return in.framesOf(vm, stack, n)
}

// A sliceValue has the memory layout of a slice.
type sliceValue struct {
	data             unsafe.Pointer
	length, capacity int
}

// callStack returns the contexts of the callers of the code that runs.
//
//go:norace
func (in *inside) callStack(vm *goja.Runtime) sliceValue {
	return *field[sliceValue](*field[unsafe.Pointer](unsafe.Pointer(vm), in.runtimeVM), in.vmCalls)
}

// framesOf returns the frame of the code that runs and those of its callers, the innermost first.
//
//go:norace
func (in *inside) framesOf(vm *goja.Runtime, stack sliceValue, n int) (frames []goja.StackFrame) {
	m := *field[unsafe.Pointer](unsafe.Pointer(vm), in.runtimeVM)
	program, pc := *field[unsafe.Pointer](m, in.vmProgram), *field[int](m, in.vmPC)
	for i := min(stack.length, stack.capacity); ; {
		if program != nil {
			var f goja.StackFrame
			*field[unsafe.Pointer](unsafe.Pointer(&f), in.frameProgram) = program
			*field[int](unsafe.Pointer(&f), in.framePC) = pc
			frames = append(frames, f)
		}
		if i--; i < 0 || len(frames) >= n {
			return frames
		}
		context := unsafe.Add(stack.data, uintptr(i)*in.contextSize)
		program, pc = *field[unsafe.Pointer](context, in.contextProgram), *field[int](context, in.contextPC)
	}
}
