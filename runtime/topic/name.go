package topic

import (
	"errors"
	"fmt"
	"strings"
)

// MaxName is the greatest length of a topic's name, in bytes of UTF-8.
const MaxName = 256

// These are the reasons why a name is no topic.
var (
	errEmpty = errors.New("the topic must not be empty")
	errLong  = fmt.Errorf("the topic must not be longer than %d bytes", MaxName)
	errStar  = errors.New("a * in a topic must be all of its last segment, as in room/*")
	errWild  = errors.New("a topic with a * can be subscribed to, but nothing can be published on it")
)

// CheckPattern returns an error, which does not quote it, unless pattern is what one can subscribe to: a
// name of 1 to MaxName bytes, in which a * may be the whole last segment. Segments are separated by
// slashes, and may be empty.
func CheckPattern(pattern string) error {
	switch star := strings.IndexByte(pattern, '*'); {
	case pattern == "":
		return errEmpty
	case len(pattern) > MaxName:
		return errLong
	case star < 0:
		return nil
	case star != len(pattern)-1 || star > 0 && pattern[star-1] != '/':
		return errStar
	}
	return nil
}

// CheckName returns an error unless name is what one can publish on: a pattern without *.
func CheckName(name string) error {
	if err := CheckPattern(name); err != nil {
		return err
	}
	if isWildcard(name) {
		return errWild
	}
	return nil
}

// isWildcard reports whether a valid pattern stands for all topics that begin alike.
func isWildcard(pattern string) bool { return pattern[len(pattern)-1] == '*' }
