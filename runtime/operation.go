package runtime

import "context"

// An operation is work that a module has begun outside of its VM, such as the reading of a file; see the
// package environment. It ends with its worker. One that a file began while it was loaded ends with the
// file, as timers do, and those of handlers run on when their file is reloaded.

// operationContext returns the context of operations that begin now, in a turn.
func (w *worker) operationContext() context.Context {
	f := w.innermost
	if f == nil {
		return w.context
	}
	if f.context == nil {
		f.context, f.end = context.WithCancel(w.context)
	}
	return f.context
}

// endOperations ends the operations that the file began while it was loaded.
func (f *loadedFile) endOperations() {
	if f.end != nil {
		f.end()
	}
}

// hold keeps Close waiting until the function that it returns is called.
func (r *Runtime) hold() (release func()) {
	r.programs.Add(1)
	return r.programs.Done
}
