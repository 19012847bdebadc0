package option

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// mostConfig is the most bytes of a configuration file.
const mostConfig = 1 << 20

// isConfig reports whether a name is that of a configuration file.
func isConfig(name string) bool {
	return extension(name) == ".toml" || extension(name) == ".json"
}

func extension(name string) string { return strings.ToLower(filepath.Ext(name)) }

// An entry is an option in a configuration file.
type entry struct {
	name  string
	value any // of the types that readLiteral returns, or another that no option accepts
	line  int // from 1
}

// parseFile returns a copy of s with the options of the file of --config that s does not have. It checks
// the others as well: a mistake in the file is shown although a flag hides it.
func (t Table) parseFile(s Set) (Set, error) {
	file := Config.In(s)
	if file == "" {
		return s, nil
	}
	data, err := readConfig(file)
	if err != nil {
		return s, fmt.Errorf("%v: %w", s.given[Config.row].source, err)
	}
	read := readTOML
	if extension(file) == ".json" {
		read = readJSON
	}
	entries, line, err := read(data)
	if err != nil {
		return s, fmt.Errorf("%s:%d: %w", file, line, err)
	}
	lines := map[*row]int{}
	for _, e := range entries {
		r := Serve.setting(e.name)
		if r == nil || r == Config.row {
			hint := ""
			if meant := Serve.nearest(e.name); meant != nil && meant.isSetting() && meant != Config.row {
				hint = "; " + meant.Name + " is one"
			}
			return s, fmt.Errorf("%s:%d: %s: no such option for a file%s", file, e.line, e.name, hint)
		}
		if first, twice := lines[r]; twice {
			return s, fmt.Errorf("%s:%d: %s: line %d has it already", file, e.line, e.name, first)
		}
		lines[r] = e.line
		if e.value == nil { // null
			continue
		}
		written, err := json.Marshal(e.value)
		if text, ok := e.value.(string); ok || err != nil {
			written = []byte(text)
		}
		with, err := s.parse(r, source{fmt.Sprintf("%s:%d", file, e.line), r.Name}, string(written), e.value)
		if err != nil {
			return s, err
		}
		if _, isGiven := s.given[r]; !isGiven && t.find(r.Name) != nil {
			s = with
		}
		if text := string(written); withoutPassword(text) != text {
			if warning := warnOfReaders(file); warning != "" {
				s = s.warning(warning)
			}
		}
	}
	return s, nil
}

// readConfig reads a configuration file.
func readConfig(name string) ([]byte, error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() { // a pipe would wait for its writer
		return nil, fmt.Errorf("%q is no regular file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			err = e.Err
		}
		return nil, fmt.Errorf("cannot read the file %q: %w", name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, mostConfig+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot read the file %q", name)
	case len(data) > mostConfig:
		return nil, fmt.Errorf("the file %q has more than 1 MiB", name)
	}
	return bytes.TrimPrefix(data, []byte("\uFEFF")), nil
}

// readJSON returns the members of an object. line is where an error is.
func readJSON(data []byte) (entries []entry, line int, err error) {
	lineOf := func(offset int64) int { return 1 + bytes.Count(data[:min(int(offset), len(data))], []byte("\n")) }
	var all map[string]any
	if err := json.Unmarshal(data, &all); err != nil {
		if e, ok := errors.AsType[*json.SyntaxError](err); ok {
			return nil, lineOf(e.Offset), fmt.Errorf("not JSON: %w", err)
		}
		return nil, 1, errors.New(`it takes one object, as in {"port": 8080}`)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if first, _ := d.Token(); first != json.Delim('{') { // null
		return nil, 1, nil
	}
	for d.More() { // without an error, because the same text has been decoded
		name, _ := d.Token()
		e := entry{name: fmt.Sprint(name), line: lineOf(d.InputOffset())}
		_ = d.Decode(&e.value)
		entries = append(entries, e)
	}
	return entries, 0, nil
}

// readTOML returns the options of a TOML file. line is where an error is.
func readTOML(data []byte) (entries []entry, line int, err error) {
	var all map[string]any
	if err := toml.Unmarshal(data, &all); err != nil {
		line = 1
		if e, ok := errors.AsType[*toml.DecodeError](err); ok {
			line, _ = e.Position()
		}
		return nil, line, fmt.Errorf("not TOML: %s", strings.TrimPrefix(err.Error(), "toml: "))
	}
	var p unstable.Parser // toml.Unmarshal tells no lines
	p.Reset(data)
	for p.NextExpression() {
		x := p.Expression()
		if x.Kind == unstable.Comment {
			continue
		}
		key := x.Key()
		key.Next()
		name := string(key.Node().Data)
		line := p.Shape(key.Node().Raw).Start.Line
		if x.Kind != unstable.KeyValue || !key.IsLast() {
			return nil, line, errors.New("options are in no table: write name = value, before any [table]")
		}
		entries = append(entries, entry{name, asLiteral(all[name]), line})
	}
	return entries, 0, nil
}
