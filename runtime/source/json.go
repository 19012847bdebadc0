package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// JSONError gives a mistake in a JSON file its place. The JavaScript error does not have one.
func JSONError(name string, source []byte, thrown error) error {
	var ignored any
	syntax, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(source, &ignored))
	if !ok { // nested too deep, for one
		file, _ := SplitName(name)
		return fmt.Errorf("parse %s: %w", file, thrown)
	}
	before := source[:max(syntax.Offset-1, 0)]
	lineStart := bytes.LastIndexByte(before, '\n') + 1
	return &CompileError{File: name, Source: string(source), Message: syntax.Error(),
		Line: bytes.Count(before, []byte("\n")) + 1, Column: utf8.RuneCount(before[lineStart:]) + 1}
}
