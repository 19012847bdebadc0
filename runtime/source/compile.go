package source

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"
	"github.com/evanw/esbuild/pkg/api"

	"node.websocket/runtime/environment"
)

// lowered holds the features that goja lacks and esbuild rewrites. Nothing else is rewritten: an
// older target such as ES2017 would turn private fields into WeakMaps, whose entries goja never
// frees.
var lowered = map[string]bool{
	"async-generator": false,
	"for-await":       false,
	"decorators":      false,
	"using":           false,
	"dynamic-import":  false,
	"top-level-await": false,
}

// wrapperParams are the parameters of the function that a file is wrapped in. The timers are among
// them so that each timer is known to belong to the version of the module that made it.
var wrapperParams = []string{
	"exports", "require", "module", "__filename", "__dirname",
	"setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "clearImmediate",
}

var (
	wrapperHead = "(function(" + strings.Join(wrapperParams, ", ") + "){"
	wrapperFoot = "})"
)

// A CompileError is a mistake in a source. Line and Column are those of the source as its author
// wrote it, from 1; they are 0 if the place is unknown.
type CompileError struct {
	File         string // its name in stack traces
	Line, Column int
	Source       string // the whole file
	Message      string
}

func (e *CompileError) Error() string {
	file, _ := SplitName(e.File)
	if e.Line == 0 {
		return file + ": " + e.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", file, e.Line, e.Column, e.Message)
}

// Compile makes a program of a file. file says, by its extension, whether it is TypeScript; name is
// what stack traces call it, see [Folder.Name]. The error is a *CompileError.
//
// The value of the program is a function with the parameters exports, require, module, __filename,
// __dirname, setTimeout, setInterval, setImmediate, clearTimeout, clearInterval and clearImmediate.
// It is to be called with exports as its this. A source that closes more brackets than it opens may
// have another value.
func Compile(file, name string, source []byte) (*goja.Program, error) {
	loader := api.LoaderJS
	if path.Ext(file) == ".ts" {
		loader = api.LoaderTS
	}
	src := strings.TrimPrefix(string(source), "\ufeff") // esbuild takes it, but not before #!
	if err := checkNesting(name, src); err != nil {
		return nil, err
	}
	options := api.TransformOptions{
		Loader:         loader,
		Format:         api.FormatCommonJS,
		Target:         api.ESNext,
		Supported:      lowered,
		Platform:       api.PlatformNeutral,
		Sourcefile:     path.Base(name),
		Sourcemap:      api.SourceMapExternal,
		SourcesContent: api.SourcesContentExclude,
		Banner:         wrapperHead,
		Footer:         wrapperFoot,
		LogLevel:       api.LogLevelSilent,
		Define:         map[string]string{"import.meta.url": quoteJS("file:///" + file), "import.meta.filename": "__filename", "import.meta.dirname": "__dirname"},
	}
	result := api.Transform(src+thisMark, options)
	if len(result.Errors) > 0 {
		if result = api.Transform(src, options); len(result.Errors) > 0 {
			return nil, compileErrorOf(name, src, result.Errors[0])
		}
	}
	return compileCode(name, src, makeStrict(result.Code, path.Ext(file) == ".mjs"), result.Map)
}

// thisMark is put behind a source. esbuild makes (void 0) of the this in it if the source is an ES
// module, and exports otherwise. It does not say in any other way which it is.
const thisMark = "\n;this.$endOfSource$;"

// makeStrict takes the mark off the code, and makes the code strict if it is that of an ES module.
func makeStrict(code []byte, isModule bool) []byte {
	at := bytes.LastIndex(code, []byte(".$endOfSource$;"))
	if at < 0 {
		return code
	}
	end := at + len(".$endOfSource$;")
	before, ok := bytes.CutSuffix(code[:at], []byte("(void 0)"))
	isModule = isModule || ok
	for _, this := range []string{"exports", "this"} {
		before = bytes.TrimSuffix(before, []byte(this))
	}
	head, rest, _ := bytes.Cut(before, []byte(wrapperHead)) // a #! line comes first
	strict := ""
	if isModule {
		strict = `"use strict";`
	}
	return slices.Concat(head, []byte(wrapperHead+strict), rest, code[end:])
}

// checkNesting returns an error for code that is nested so deep that a parser would end the process.
func checkNesting(name, source string) error {
	err := environment.CheckNesting(source)
	nested, ok := errors.AsType[*environment.NestingError](err)
	if !ok {
		return err
	}
	before := source[:nested.Offset]
	return &CompileError{File: name, Source: source, Message: nested.Message,
		Line: strings.Count(before, "\n") + 1, Column: utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1}
}

// compileCode makes a program of esbuild's output. Its positions are those of the source.
func compileCode(name, source string, code, sourceMap []byte) (*goja.Program, error) {
	tree, place, err := parse(name, code, sourceMap)
	if err == nil {
		if mistake, idx := environment.Rewrite(tree); mistake != "" && source != "" {
			at := tree.File.Position(int(idx) - tree.File.Base())
			return nil, &CompileError{File: name, Source: source, Line: at.Line, Column: at.Column, Message: mistake}
		}
		var program *goja.Program
		if program, err = goja.CompileAST(tree, false); err == nil {
			return program, nil
		}
	}
	e := &CompileError{File: name, Source: source, Message: err.Error(), Line: place.Line, Column: place.Column}
	if syntax, ok := errors.AsType[*goja.CompilerSyntaxError](err); ok {
		e.Message = syntax.Message
		if syntax.File != nil {
			at := syntax.File.Position(syntax.Offset)
			e.Line, e.Column = at.Line, at.Column
		}
	}
	return nil, e
}

// compileErrorOf makes an error of a message of esbuild's, whose columns count from 0.
func compileErrorOf(name, source string, m api.Message) *CompileError {
	e := &CompileError{File: name, Source: source, Message: m.Text}
	if m.Location != nil {
		e.Line, e.Column = m.Location.Line, m.Location.Column+1
	}
	if strings.HasPrefix(m.Text, "Top-level await") {
		e.Message = "await stands outside of any async function; a module cannot wait while it loads: move it into an async function"
	}
	return e
}
