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

	"github.com/dop251/goja"

	"node.websocket/runtime/inspect"
	"node.websocket/runtime/source"
)

// A rejection is a promise that was rejected and that nobody handled.
type rejection struct{ reason goja.Value }

func (r *rejection) Error() string { return "unhandled rejection: " + r.reason.String() }

// sources keeps the text of the files that run, for code frames, by their names in stack traces.
type sources struct {
	text   map[string]string
	served [][]string // the files of the last versions that served, oldest first
}

// keepSources is how many versions back an error is shown with its code. Older code may still run, in a timer; its errors
// are shown without.
const keepSources = 3

func (s *sources) add(name, text string) {
	if s.text == nil {
		s.text = map[string]string{}
	}
	s.text[name] = text
}

// keep drops the text of what is of none of the last versions, now that v serves.
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

// place is a frame as an editor takes it: without the version.
func (f frame) place() string {
	file, _ := source.SplitName(f.file)
	return file + ":" + strconv.Itoa(f.line) + ":" + strconv.Itoa(f.column)
}

// report logs what went wrong in a handler: the message and its place in the source as the user wrote it, and below it
// the code around that place and the stack. It returns the message. It is called in a turn.
func (w *worker) report(c *Conn, handler string, err error, more ...slog.Attr) (message string) {
	load, atLoad := err.(*loadError)
	if atLoad {
		err = load.cause
	}
	message, frames := w.describe(err)
	message = inspect.Cut(message, inspect.LineLimit) // it may hold what a client sent
	attrs := append([]slog.Attr{slog.String("in", handler)}, more...)
	if c != nil {
		attrs = append(attrs, slog.String("client", c.request.RemoteAddress), slog.String("id", c.request.ID))
	}
	detail, version := "", strconv.Itoa(w.resource.serving())
	if atLoad {
		version = strconv.Itoa(load.number)
	}
	if compile, ok := errors.AsType[*source.CompileError](err); ok && compile.Line > 0 {
		at := frame{file: compile.File, line: compile.Line, column: compile.Column}
		message = compile.Message
		attrs = append(attrs, slog.String("at", at.place()))
		_, version = source.SplitName(compile.File)
		detail = source.CodeFrame(compile.Source, compile.Line, compile.Column)
	} else if p, ok := errors.AsType[*goPanic](err); ok {
		detail = p.stack
	} else if len(frames) > 0 {
		attrs = append(attrs, slog.String("at", frames[0].place()))
		_, version = source.SplitName(frames[0].file)
		if text, ok := w.resource.sources.text[frames[0].file]; ok {
			detail = source.CodeFrame(text, frames[0].line, frames[0].column)
		}
		detail += stackText(frames)
	}
	attrs = append(attrs, slog.String("version", version))
	if detail != "" {
		attrs = append(attrs, slog.String("detail", detail))
	}
	w.resource.log.LogAttrs(context.Background(), slog.LevelError, message, attrs...)
	return message
}

// logCompileError reports a module that does not compile, when no worker runs it.
func (r *Runtime) logCompileError(resource string, err error) {
	log := r.log.With("resource", resource)
	if compile, ok := errors.AsType[*source.CompileError](err); ok && compile.Line > 0 {
		at := frame{file: compile.File, line: compile.Line, column: compile.Column}
		log.Error("does not compile: "+compile.Message, "at", at.place(), "detail", source.CodeFrame(compile.Source, compile.Line, compile.Column))
		return
	}
	log.Error("does not compile: " + err.Error())
}

// describe is the message of an error and the frames of its stack that lie in modules.
func (w *worker) describe(err error) (string, []frame) {
	if r, ok := errors.AsType[*rejection](err); ok {
		return "unhandled rejection: " + w.thrown(r.reason), w.stackOf(r.reason)
	}
	if stop, ok := errors.AsType[*goja.InterruptedError](err); ok {
		return stop.Unwrap().Error(), framesOf(stop.Stack())
	}
	if overflow, ok := errors.AsType[*goja.StackOverflowError](err); ok {
		frames := framesOf(overflow.Stack())
		return "RangeError: maximum call stack size exceeded: " + strconv.Itoa(maxStack) + " calls", frames
	}
	if e, ok := errors.AsType[*goja.Exception](err); ok {
		frames := framesOf(e.Stack())
		if own := w.stackOf(e.Value()); len(own) > 0 {
			frames = own // where the error was made, rather than where it was thrown on
		}
		return w.thrown(e.Value()), frames
	}
	return err.Error(), nil
}

// thrown is the first line for a thrown value: an error's name and message, anything else as console.log prints it.
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

// stackOf reads the stack of an error object.
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

// isModuleFile tells what the user wrote or installed from what came with the server.
func isModuleFile(name string) bool {
	_, version := source.SplitName(name)
	return version != ""
}

func stackText(frames []frame) string {
	var b strings.Builder
	for _, f := range frames {
		b.WriteString("    at ")
		place := f.file + ":" + strconv.Itoa(f.line) + ":" + strconv.Itoa(f.column)
		if f.function != "" {
			b.WriteString(f.function + " (" + place + ")\n")
		} else {
			b.WriteString(place + "\n")
		}
	}
	return b.String()
}
