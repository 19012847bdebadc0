package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// JSONError returns the error for a JSON file that JSON.parse did not accept: a *CompileError with
// the place of the mistake, which the error that JSON.parse has thrown lacks. If Go's parser
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
	return &CompileError{File: name, Source: string(source), Message: syntax.Error(),
		Line: bytes.Count(before, []byte("\n")) + 1, Column: utf8.RuneCount(before[lineStart:]) + 1}
}
