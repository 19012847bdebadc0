package transport

import (
	"errors"
	"strconv"
	"strings"
)

// defaultResource serves the path "/".
const defaultResource = "_default"

// maxResource is the most bytes of a resource's name. File systems end at 255 for a segment, and nobody needs that.
const maxResource = 200

var (
	errPath     = errors.New("the path is malformed")
	errResource = errors.New("there is no such resource")
)

// decodePath returns the path of a request's target, percent-decoded exactly once, without the query. It takes the origin-form
// and the absolute-form (RFC 9112 §3.2). The error is errPath, for what is neither, for a percent sign without two digits, and for a path that
// has a control character or a backslash once decoded.
//
// What is checked is what is used: there is no second decoding anywhere behind it.
func decodePath(target string) (string, error) {
	target, _, _ = strings.Cut(target, "?")
	if !strings.HasPrefix(target, "/") {
		_, rest, ok := strings.Cut(target, "://")
		if !ok {
			return "", errPath
		}
		slash := strings.IndexByte(rest, '/')
		if slash < 0 { // RFC 9112 §3.2.1: an empty path is "/"
			return "/", nil
		}
		target = rest[slash:]
	}
	path := make([]byte, 0, len(target))
	for i := 0; i < len(target); i++ {
		b := target[i]
		switch b {
		case '#': // RFC 9112 §3.2: a target has no fragment
			return "", errPath
		case '%':
			if i+2 >= len(target) {
				return "", errPath
			}
			decoded, err := strconv.ParseUint(target[i+1:i+3], 16, 8)
			if err != nil {
				return "", errPath
			}
			b = byte(decoded)
			i += 2
		}
		if b < ' ' || b == 0x7f || b == '\\' {
			return "", errPath
		}
		path = append(path, b)
	}
	return string(path), nil
}

// resourceName returns the resource that a decoded path names, in lower case. The error is errPath for a path with empty
// or dot segments, which would name another resource or none, and errResource for one with a slash at its end, or one
// that is too long. What else a name may not have is for the Handler to say.
//
// "/chat/" is not "/chat": what is relative to one is not relative to the other, so one of the two has to be wrong, and
// guessing would serve a page whose scripts are not found.
func resourceName(path string) (string, error) {
	if path == "/" {
		return defaultResource, nil
	}
	name := lowerASCII(strings.TrimPrefix(path, "/"))
	name, slash := strings.CutSuffix(name, "/")
	for segment := range strings.SplitSeq(name, "/") {
		switch segment {
		case "", ".", "..": // RFC 3986 §3.3: a client would have removed the dots
			return "", errPath
		}
	}
	if slash || len(name) > maxResource {
		return "", errResource
	}
	return name, nil
}

// lowerASCII leaves all other bytes alone, where strings.ToLower turns the Kelvin sign into a k, and what is not UTF-8
// into U+FFFD.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + ('a' - 'A')
		}
	}
	return string(b)
}
