package runtime

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dop251/goja"

	"node.websocket/runtime/inspect"
	"node.websocket/runtime/source"
)

// A rejection is the error of a promise that was rejected and not handled.
type rejection struct{ reason goja.Value }

func (r *rejection) Error() string { return "unhandled rejection: " + r.reason.String() }

// sources keeps the text of loaded files for code frames.
type sources struct {
	text   map[string]string // by name in stack traces
	served [][]string        // the names of the files of the last versions, oldest first
}

// keepSources is the number of versions whose text is kept. Older code may still run in a timer, and
// its errors have no code frame.
const keepSources = 3

// add keeps the text of a file.
func (s *sources) add(name, text string) {
	if s.text == nil {
		s.text = map[string]string{}
	}
	s.text[name] = text
}

// keep drops the text of files that are not in v, which serves now, or in one of the versions before
// it.
func (s *sources) keep(v *version) {
	names := make([]string, 0, len(v.files))
	for _, f := range v.files {
		names = append(names, f.name)
	}
	s.served = append(s.served, names)
	if len(s.served) > keepSources {
		s.served = s.served[1:]
	}
	maps.DeleteFunc(s.text, func(name, _ string) bool {
		return !slices.ContainsFunc(s.served, func(names []string) bool { return slices.Contains(names, name) })
	})
}

// A frame is one line of a stack trace.
type frame struct {
	function string
	file     string // the name in stack traces: "modules/chat.js@2"
	line     int
	column   int
}

// place returns the frame's place in the form that editors open: file:line:column, without the version.
func (f frame) place() string {
	file, _ := source.SplitName(f.file)
	return file + ":" + strconv.Itoa(f.line) + ":" + strconv.Itoa(f.column)
}

// report logs an error of a handler: the message and its place in the user's source, and as detail the
// code around that place and the stack. It returns the message. It is called in a turn.
func (w *worker) report(c *Conn, handler string, err error, more ...slog.Attr) (message string) {
	load, atLoad := err.(*loadError)
	if atLoad {
		err = load.cause
	}
	message, frames := w.describe(err)
	message = inspect.Cut(message, inspect.LineLimit) // it may contain data from a client
	attrs := append([]slog.Attr{slog.String("in", handler)}, more...)
	if c != nil {
		attrs = append(attrs, slog.String("client", c.remoteAddress), slog.String("id", c.id))
	}
	at, detail, version := "", "", strconv.Itoa(w.serving())
	if atLoad {
		version = strconv.Itoa(load.number)
	}
	var compile *source.CompileError
	var panicked *goPanic
	_ = w.protect("an error's own code", func() error { // an exception is unwrapped by reading a property
		compile, _ = errors.AsType[*source.CompileError](err)
		panicked, _ = errors.AsType[*goPanic](err)
		return nil
	})
	if compile != nil && compile.Line > 0 {
		at = frame{file: compile.File, line: compile.Line, column: compile.Column}.place()
		message = compile.Message
		attrs = append(attrs, slog.String("at", at))
		_, version = source.SplitName(compile.File)
		detail = source.CodeFrame(compile.Source, compile.Line, compile.Column)
	} else if panicked != nil {
		detail = panicked.stack
	} else if len(frames) > 0 {
		at = frames[0].place()
		attrs = append(attrs, slog.String("at", at))
		_, version = source.SplitName(frames[0].file)
		if text, ok := w.sources.text[frames[0].file]; ok {
			detail = source.CodeFrame(text, frames[0].line, frames[0].column)
		}
		detail += stackText(frames)
	}
	if more := w.errorProperties(err); more != "" {
		detail = strings.TrimRight(detail, "\n") + "\n" + more
	}
	attrs = append(attrs, slog.String("version", version))
	if detail != "" {
		attrs = append(attrs, slog.String("detail", detail))
	}
	w.resource.log.LogAttrs(context.Background(), slog.LevelError, message, attrs...)
	problem := &Problem{Time: time.Now(), In: handler, Message: message, At: at, Detail: detail, Version: version}
	if atLoad {
		w.resource.tally.failure.Store(problem)
	} else {
		w.resource.tally.fault.Store(problem)
		w.resource.tally.errors.Add(1)
		w.noteOverrun(handler, err, frames)
	}
	return message
}

// logCompileError logs the compile error of a module that no worker runs.
func (r *Runtime) logCompileError(resource string, err error) {
	log := r.log.With("resource", resource)
	problem := &Problem{Time: time.Now(), In: "compile", Message: err.Error()}
	if compile, ok := errors.AsType[*source.CompileError](err); ok && compile.Line > 0 {
		problem.Message = compile.Message
		problem.At = frame{file: compile.File, line: compile.Line, column: compile.Column}.place()
		problem.Detail = source.CodeFrame(compile.Source, compile.Line, compile.Column)
	}
	r.catalogue.set(resource, problem)
	if problem.At == "" {
		log.Error("does not compile: " + problem.Message)
		return
	}
	log.Error("does not compile: "+problem.Message, "at", problem.At, "detail", problem.Detail)
}

// describe returns the message of an error, and the frames of its stack that are in modules.
func (w *worker) describe(err error) (string, []frame) {
	if r, ok := within[*rejection](err); ok {
		return "unhandled rejection: " + w.thrown(r.reason), w.stackOf(r.reason)
	}
	if stop, ok := within[*goja.InterruptedError](err); ok {
		return stop.Unwrap().Error(), framesOf(stop.Stack())
	}
	if overflow, ok := within[*goja.StackOverflowError](err); ok {
		frames := framesOf(overflow.Stack())
		return "RangeError: Maximum call stack size exceeded", frames
	}
	if e, ok := within[*goja.Exception](err); ok {
		frames := framesOf(e.Stack())
		if own := w.stackOf(e.Value()); len(own) > 0 {
			frames = own // where the error was made, not where it was rethrown
		}
		return w.thrown(e.Value()), frames
	}
	return err.Error(), nil
}

// thrown returns the message for a thrown value: an error's name and message, or any other value as
// console.log prints it.
func (w *worker) thrown(v goja.Value) string {
	text := "thrown: a value that cannot be printed"
	inspect := func() error {
		text = "thrown: " + w.environment.Inspect(v)
		return nil
	}
	o, ok := v.(*goja.Object)
	if !ok {
		_ = inspect()
		return text
	}
	if w.protect("an error's own code", func() error {
		if stack := o.Get("stack"); stack == nil || goja.IsUndefined(stack) {
			return errors.New("no error")
		}
		text = o.String()
		return nil
	}) != nil {
		_ = w.protect("an error's own code", inspect)
	}
	return text
}

// errorProperties returns what an error says besides its message and its stack: its cause, a code, and the
// like, or "".
func (w *worker) errorProperties(err error) (text string) {
	var v goja.Value
	if r, ok := within[*rejection](err); ok {
		v = r.reason
	} else if e, ok := within[*goja.Exception](err); ok {
		v = e.Value()
	}
	if v != nil {
		_ = w.protect("an error's own code", func() error {
			if _, ok := errors.AsType[*source.NotFoundError](err); ok { // its code says what its message does
				return nil
			}
			text = inspect.Cut(w.environment.ErrorProperties(v), inspect.LineLimit)
			return nil
		})
	}
	return text
}

// stackOf returns the frames of an error object's stack that are in modules.
func (w *worker) stackOf(v goja.Value) []frame {
	o, ok := v.(*goja.Object)
	if !ok {
		return nil
	}
	var frames []frame
	_ = w.protect("an error's own code", func() error {
		if stack, ok := o.Get("stack").(goja.String); ok {
			for _, m := range stackLine.FindAllStringSubmatch(stack.String(), maxFrames) {
				line, _ := strconv.Atoi(m[3])
				column, _ := strconv.Atoi(m[4])
				if isModuleFile(m[2]) {
					frames = append(frames, frame{function: m[1], file: m[2], line: line, column: column})
				}
			}
		}
		return nil
	})
	return frames
}

// stackLine is a line of goja's Error.stack: "at name (file:line:column(pc))" or "at file:line:column(pc)".
var stackLine = regexp.MustCompile(`(?m)^\s*at (?:(\S+) \()?(\S+?):(\d+):(\d+)\(\d+\)\)?$`)

const maxFrames = 10

// framesOf returns the frames of stack that are in modules.
func framesOf(stack []goja.StackFrame) []frame {
	var frames []frame
	for _, f := range stack {
		at := f.Position()
		if !isModuleFile(at.Filename) {
			continue
		}
		name := f.FuncName()
		if name == "<anonymous>" {
			name = ""
		}
		if frames = append(frames, frame{name, at.Filename, at.Line, at.Column}); len(frames) == maxFrames {
			break
		}
	}
	return frames
}

// isModuleFile reports whether a name in a stack trace is that of a file which the user wrote or
// installed, rather than of the server's own JavaScript. Only the former have a version.
func isModuleFile(name string) bool {
	_, version := source.SplitName(name)
	return version != ""
}

// stackText formats frames like Error.stack, except that it writes a frame once that comes several times in a row.
func stackText(frames []frame) string {
	var b strings.Builder
	for i := 0; i < len(frames); {
		f, n := frames[i], 1
		for i+n < len(frames) && frames[i+n] == f {
			n++
		}
		i += n
		b.WriteString("    at ")
		place := f.file + ":" + strconv.Itoa(f.line) + ":" + strconv.Itoa(f.column)
		if f.function != "" {
			place = f.function + " (" + place + ")"
		}
		b.WriteString(place)
		if n > 1 {
			b.WriteString(" again and again")
		}
		b.WriteString("\n")
	}
	return b.String()
}
