package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"unicode/utf8"

	"github.com/dop251/goja"
)

// JSONError returns the error for a JSON file that JSON.parse did not accept: a *CompileError with
// the place of the mistake, and the message of the error that JSON.parse has thrown. If Go's parser
// accepts the text, as it does when it is only nested too deep, the error wraps thrown.
func JSONError(name string, source []byte, thrown error) error {
	var ignored any
	syntax, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(source, &ignored))
	if !ok {
		file, _ := SplitName(name)
		return fmt.Errorf("parse %s: %w", file, thrown)
	}
	before := source[:max(syntax.Offset-1, 0)]
	lineStart := bytes.LastIndexByte(before, '\n') + 1
	message := syntax.Error()
	if thrown, ok := errors.AsType[*goja.Exception](thrown); ok {
		if o, ok := thrown.Value().(*goja.Object); ok {
			if text, ok := o.Get("message").(goja.String); ok {
				message = text.String()
			}
		}
	}
	e := &CompileError{File: name, Source: string(source), Message: message,
		Line: bytes.Count(before, []byte("\n")) + 1, Column: utf8.RuneCount(before[lineStart:]) + 1}
	if m := jsonPlace.FindStringSubmatch(message); m != nil {
		e.Line, _ = strconv.Atoi(m[1])
		e.Column, _ = strconv.Atoi(m[2])
	}
	return e
}

// jsonPlace matches the place in messages of JSON.parse that have one.
var jsonPlace = regexp.MustCompile(`\(line (\d+) column (\d+)\)$`)
