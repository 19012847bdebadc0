package source

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/dop251/goja"
	"github.com/evanw/esbuild/pkg/api"
)

// ErrIncomplete is returned by [CompileLine] for code that breaks off, as in the middle of a function.
var ErrIncomplete = errors.New("the code breaks off")

var (
	// declared begins a variable that would be no property of the global object, and could not be declared again.
	declared = regexp.MustCompile(`^\s*(?:let|const)\s`)
	// definition begins a function or a class, whose name an expression would keep to itself.
	definition = regexp.MustCompile(`^\s*(?:async\s+function|function|class)\b`)
	// awaited is a variable that gets the value of a promise.
	awaited = regexp.MustCompile(`^\s*(?:var|let|const)\s+([\pL_$][\pL\pN_$]*)\s*=\s*(await\b[\s\S]*)$`)
)

// CompileLine makes a program of code that a person types. Its value is that of the last statement, or, if
// the code awaits something, a promise of it. What begins with an opening brace is an object if it can be. A
// variable that the code begins with becomes a property of the global object, so that later lines have it,
// and may declare it again.
//
// The error is ErrIncomplete or a *CompileError.
func CompileLine(name, code string) (*goja.Program, error) {
	if err := checkNesting(name, code); err != nil {
		return nil, err
	}
	trimmed := strings.TrimRight(code, "; \t\r\n")
	if !definition.MatchString(code) {
		// esbuild drops constants, such as 'a' + 'b', that stand alone.
		if program, err := compileForm(name, "void 0, ("+trimmed+"\n)"); err == nil {
			return program, nil
		}
	}
	program, err := compileForm(name, declared.ReplaceAllString(code, "var "))
	if compile, ok := errors.AsType[*CompileError](err); !ok || !strings.HasPrefix(compile.Message, topLevelAwait) {
		return program, err
	}
	forms := []string{"(async () => (" + trimmed + "\n))()", "(async () => {" + code + "\n})()"}
	if m := awaited.FindStringSubmatch(trimmed); m != nil {
		forms = slices.Insert(forms, 0, "(async () => ("+m[1]+" = "+m[2]+"\n))()")
	}
	for _, form := range forms {
		if program, err = compileForm(name, form); err == nil {
			break
		}
	}
	return program, err
}

// topLevelAwait begins esbuild's error for code that awaits something outside of a function.
const topLevelAwait = "Top-level await"

// unfinished are the beginnings of esbuild's errors for code that breaks off.
var unfinished = []string{"Unexpected end of file", `Expected "*/" to terminate`}

// unterminated is that for a template, which may have several lines, and for a string, which may not.
const unterminated = "Unterminated string literal"

// compileForm compiles one of the ways to read a line.
func compileForm(name, code string) (*goja.Program, error) {
	code += "\n"
	result := api.Transform(code, api.TransformOptions{
		Loader: api.LoaderJS, Target: api.ESNext, Supported: lowered, Platform: api.PlatformNeutral,
		Sourcefile: name, Sourcemap: api.SourceMapExternal, SourcesContent: api.SourcesContentExclude, LogLevel: api.LogLevelSilent,
	})
	for _, m := range result.Errors {
		atEnd := m.Location != nil && m.Location.Line > strings.Count(code, "\n")
		if slices.ContainsFunc(unfinished, func(begin string) bool { return strings.HasPrefix(m.Text, begin) }) || m.Text == unterminated && atEnd {
			return nil, ErrIncomplete
		}
	}
	if len(result.Errors) > 0 {
		m := result.Errors[0]
		e := &CompileError{File: name, Source: code, Message: m.Text}
		if m.Location != nil {
			e.Line, e.Column = m.Location.Line, m.Location.Column+1
		}
		return nil, e
	}
	return compileCode(name, code, result.Code, result.Map)
}
