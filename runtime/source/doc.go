// Package source turns the files of the modules folder into programs that a VM can run.
//
// # What it does
//
// A [Folder] reads files, and nothing outside itself: it finds the file of a resource
// (resource.go), the file or package that require means (resolve.go), and bundles a package of
// node_modules into one program (bundle.go). [Compile] has esbuild rewrite what goja lacks
// (TypeScript, ES modules, async generators) and returns a program whose positions are those of the
// source as its author wrote it. A [CompileError] names the place of a mistake, and [CodeFrame]
// shows it. [CompileLine] is for code that a person types.
//
// A [Watcher] tells when files may have changed; what did change is found by comparing [Inputs],
// the hashes of what a version was made of. [Folder.Prepare] compiles what a new version needs
// before the turn that loads it.
//
// # Use
//
//	folder, err := source.OpenFolder("modules", "modules", log)
//	file, err := folder.Find("chat")                       // "chat.js"
//	text, err := folder.Read(file)
//	program, err := source.Compile(file, folder.Name(file, 1), text)
//	wrapper, err := vm.RunProgram(program)                 // function(exports, require, module, …)
//	to, inPackage, err := folder.Resolve(file, "./lib/x")  // "lib/x.js"
//
// Files are named by their path below the folder, with slashes. Stack traces add the number of the
// version, as in "modules/chat.js@2"; see [Folder.Name] and [SplitName].
//
// # Concurrency
//
// The methods of Folder and Watcher may be called from any goroutine, and none needs a turn.
// Compile is a pure function of its arguments. Bundles are made one at a time.
//
// Goroutines of this package, and what ends each: [Watcher.Run] starts one, which reads fsnotify's
// errors and ends with it. fsnotify has one of its own for each Watcher, and esbuild as many as
// there are processors while it bundles.
package source
