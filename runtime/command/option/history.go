package option

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"node.websocket/runtime/history"
	"node.websocket/runtime/topic"
)

// kept is the kind of limits of the history of topics: one for all topics, or one for each of several patterns, as
// an object, or as in room/*=100,news=10:600. Without a value it is nil.
type kept struct{}

var (
	someKept   = number{least: 0, most: history.MaxMessages}
	someWindow = seconds{least: time.Second, most: 24 * time.Hour}
)

func (kept) accepts() string {
	return someKept.accepts() + ", or such a number for each of several topics, and for how many seconds, as in room/*=100,news=10:600"
}

func (k kept) read(v any) (map[string]history.Limit, error) {
	switch v := v.(type) {
	case map[string]any:
		return k.each(v)
	case string:
		if limit, err := k.limit(v); err == nil {
			return map[string]history.Limit{"*": limit}, nil
		}
		object := map[string]any{}
		for item := range strings.SplitSeq(v, ",") {
			at := strings.LastIndexByte(item, '=')
			if at < 0 {
				return nil, errors.New("want " + k.accepts())
			}
			pattern := strings.TrimSpace(item[:at])
			if _, twice := object[pattern]; twice {
				return nil, explained{fmt.Errorf("it has %q twice", pattern)}
			}
			object[pattern] = strings.TrimSpace(item[at+1:])
		}
		return k.each(object)
	}
	limit, err := k.limit(v)
	if err != nil {
		return nil, errors.New("want " + k.accepts())
	}
	return map[string]history.Limit{"*": limit}, nil
}

// limit reads one limit: a number of messages, a text as 100:600, or an object.
func (k kept) limit(v any) (limit history.Limit, err error) {
	object, _ := v.(map[string]any)
	if text, ok := v.(string); ok {
		messages, window, both := strings.Cut(text, ":")
		if v = messages; both {
			object = map[string]any{"messages": messages, "window": window}
		}
	}
	if object == nil {
		limit.Messages, err = someKept.read(v)
		return limit, err
	}
	for name := range object {
		if name != "messages" && name != "window" {
			return limit, errors.New("there is no " + strconv.Quote(name) + ", only messages and window")
		}
	}
	if limit.Messages, err = someKept.read(object["messages"]); err != nil {
		return limit, fmt.Errorf("messages: %w", err)
	}
	if window, given := object["window"]; given {
		if limit.Window, err = someWindow.read(window); err != nil {
			return limit, fmt.Errorf("window: %w", err)
		}
	}
	return limit, nil
}

func (k kept) each(object map[string]any) (map[string]history.Limit, error) {
	limits := map[string]history.Limit{}
	for pattern, v := range object {
		limit, err := k.limit(v)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", pattern, err)
		}
		if err := topic.CheckPattern(pattern); err != nil {
			return nil, errors.New(strconv.Quote(pattern) + ": " + err.Error())
		}
		limits[pattern] = limit
	}
	return limits, nil
}

func (kept) text(limits map[string]history.Limit) string {
	one := func(limit history.Limit) string {
		text := strconv.Itoa(limit.Messages)
		if limit.Window != 0 {
			text += ":" + someWindow.text(limit.Window)
		}
		return text
	}
	if limit, ok := limits["*"]; ok && len(limits) == 1 {
		return one(limit)
	}
	var items []string
	for _, pattern := range slices.Sorted(maps.Keys(limits)) {
		items = append(items, pattern+"="+one(limits[pattern]))
	}
	return strings.Join(items, ",")
}
