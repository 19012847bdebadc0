package redis

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An Entry is one line of the log, read back.
type Entry struct {
	Raw     string    // as in the list
	Time    time.Time // zero if unknown
	Level   slog.Level
	Message string
	Attrs   []slog.Attr // strings, numbers and booleans; includes the type of an entry in the form of 2009
}

// Attr returns the value of an attribute as text, or "".
func (e Entry) Attr(key string) string {
	for _, a := range e.Attrs {
		if a.Key == key {
			return a.Value.String()
		}
	}
	return ""
}

// parseEntry parses an entry of either form. Anything else, which another program has put in the
// list, becomes a message.
func parseEntry(raw string) Entry {
	e := Entry{Raw: raw}
	if e.parseJSON() || e.parseText() {
		return e
	}
	return Entry{Raw: raw, Message: raw}
}

// parseJSON parses an object and keeps the order of its members.
func (e *Entry) parseJSON() bool {
	d := json.NewDecoder(strings.NewReader(e.Raw))
	d.UseNumber()
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return false
	}
	var attrs []slog.Attr
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return false
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return false
		}
		attrs = append(attrs, jsonValue(key.(string), value, 0))
	}
	if _, err := d.Token(); err != nil || d.More() {
		return false
	}
	for _, a := range attrs {
		text := a.Value.String()
		switch a.Key {
		case slog.TimeKey:
			e.Time, _ = time.Parse(time.RFC3339, text)
		case slog.LevelKey:
			_ = e.Level.UnmarshalText([]byte(text))
		case "message":
			e.Message = text
		default:
			e.Attrs = append(e.Attrs, a)
		}
	}
	return true
}

// jsonValue makes an attribute of an object's member: strings as they are, objects as groups,
// everything else as JSON.
func jsonValue(key string, value json.RawMessage, depth int) slog.Attr {
	var text string
	if json.Unmarshal(value, &text) == nil && value[0] == '"' {
		return slog.String(key, text)
	}
	if value[0] != '{' || depth > 10 {
		return slog.String(key, string(value))
	}
	d := json.NewDecoder(bytes.NewReader(value))
	_, _ = d.Token()
	var inner []slog.Attr
	for d.More() {
		name, err := d.Token()
		var member json.RawMessage
		if err != nil || d.Decode(&member) != nil {
			break
		}
		inner = append(inner, jsonValue(name.(string), member, depth+1))
	}
	return slog.Attr{Key: key, Value: slog.GroupValue(inner...)}
}

// parseText parses [date] [type] message key=value …
func (e *Entry) parseText() bool {
	rest, ok := strings.CutPrefix(e.Raw, "[")
	if !ok {
		return false
	}
	when, rest, ok := strings.Cut(rest, "] [")
	if !ok {
		return false
	}
	kind, message, ok := strings.Cut(rest, "] ")
	if !ok || !isWord(kind) {
		return false
	}
	moment, _, _ := strings.Cut(when, " (")
	at, err := time.Parse(dateForm, moment)
	if err != nil {
		return false
	}
	e.Time = at
	switch strings.ToLower(kind) {
	case "warning":
		e.Level = slog.LevelWarn
	default:
		if e.Level.UnmarshalText([]byte(kind)) != nil {
			e.Attrs = append(e.Attrs, slog.String("type", kind))
		}
	}
	e.Message = message
	// The attributes follow the last two spaces after which everything parses as attributes: a
	// message that looks like attributes cannot come after the real ones, and two spaces within a
	// value are in quotes.
	for at := strings.LastIndex(message, "  "); at >= 0; at = strings.LastIndex(message[:at+1], "  ") {
		if attrs, ok := parseAttrs(message[at+2:]); ok {
			e.Message, e.Attrs = message[:at], slices.Concat(e.Attrs, attrs)
			break
		}
	}
	return true
}

// parseAttrs parses key=value, separated by single spaces.
func parseAttrs(s string) ([]slog.Attr, bool) {
	var attrs []slog.Attr
	for s != "" {
		key, rest, ok := strings.Cut(s, "=")
		if !ok || !isPlain(key) {
			return nil, false
		}
		value, tail := rest, ""
		if strings.HasPrefix(rest, `"`) {
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, false
			}
			value, _ = strconv.Unquote(quoted)
			tail = rest[len(quoted):]
			if tail != "" {
				if tail, ok = strings.CutPrefix(tail, " "); !ok {
					return nil, false
				}
			}
		} else if value, tail, _ = strings.Cut(rest, " "); !isPlain(value) {
			return nil, false
		}
		attrs = append(attrs, slog.String(key, value))
		s = tail
	}
	return attrs, len(attrs) > 0
}
