package option

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"node.websocket/runtime/history"
	"node.websocket/runtime/topic"
)

// kept is the kind of numbers of messages for topics: a number for all topics, or one for each of several patterns, as
// an object, or as in room/*=100,news=10. Without a value it is nil.
type kept struct{}

var someKept = number{least: 0, most: history.MaxMessages}

func (kept) accepts() string {
	return someKept.accepts() + ", or such a number for each of several topics, as in room/*=100,news=10"
}

func (k kept) read(v any) (map[string]int, error) {
	switch v := v.(type) {
	case map[string]any:
		return k.each(v)
	case string:
		if n, err := someKept.read(v); err == nil {
			return map[string]int{"*": n}, nil
		}
		object := map[string]any{}
		for item := range strings.SplitSeq(v, ",") {
			at := strings.LastIndexByte(item, '=')
			if at < 0 {
				return nil, errors.New("want " + k.accepts())
			}
			object[strings.TrimSpace(item[:at])] = strings.TrimSpace(item[at+1:])
		}
		return k.each(object)
	}
	n, err := someKept.read(v)
	if err != nil {
		return nil, errors.New("want " + k.accepts())
	}
	return map[string]int{"*": n}, nil
}

func (k kept) each(object map[string]any) (map[string]int, error) {
	numbers := map[string]int{}
	for pattern, v := range object {
		n, err := someKept.read(v)
		if err != nil {
			return nil, errors.New(strconv.Quote(pattern) + ": want " + someKept.accepts())
		}
		if err := topic.CheckPattern(pattern); err != nil {
			return nil, errors.New(strconv.Quote(pattern) + ": " + err.Error())
		}
		numbers[pattern] = n
	}
	return numbers, nil
}

func (kept) text(numbers map[string]int) string {
	if n, ok := numbers["*"]; ok && len(numbers) == 1 {
		return strconv.Itoa(n)
	}
	var items []string
	for _, pattern := range slices.Sorted(maps.Keys(numbers)) {
		items = append(items, pattern+"="+strconv.Itoa(numbers[pattern]))
	}
	return strings.Join(items, ",")
}
