// Package inspect prints JavaScript values the way Node 20 does: [Inspector.Inspect] is
// util.inspect, [Inspector.Format] is util.format, and [Inspector.Console] makes the console object
// of a VM.
//
// # What is printed
//
// The text is Node's to the letter, with a few differences that testdata/console.json lists beside
// their reasons. There are no colours, and a getter is printed as [Getter], never called. The size
// of the text, the number of values visited and the depth are limited whatever the options say,
// because modules print what clients send; see [LineLimit].
//
// # Use
//
//	i, err := inspect.New(vm)      // before any module runs
//	text := i.Inspect(value)       // { a: 1, b: [ 'x' ] }
//	line := i.Format(arguments)    // what console.log(...arguments) prints
//	vm.Set("console", i.Console(func(level slog.Level, text string) { … }))
//
// [Inspector.Kind], [Class] and [IsProxy] tell what an object is without running code of a module,
// and [NativeFunction] makes a function of Go that prints like one of the language. The environment
// and the runtime use these too.
//
// # Concurrency
//
// An Inspector belongs to its VM: call it on the goroutine that owns the VM at that moment, in a
// turn. It starts no goroutine and holds no lock. Objects with a method
// [Symbol(nodejs.util.inspect.custom)] run code of their module while they are printed, as do
// toString for %s and toJSON for %j. What that code throws becomes part of the text; only an
// interrupt of the VM passes through.
package inspect
