package transport

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
)

// defaultResource serves the path "/".
const defaultResource = "_default"

// maxResource is the most bytes of a resource's name. File systems allow 255 for each segment.
const maxResource = 200

var (
	errPath     = errors.New("the path is malformed")
	errResource = errors.New("there is no such resource")
)

// encodedSlash stands in a decoded path for a slash that was percent-encoded. That one is a part of its
// segment, and separates nothing (RFC 3986 §2.2). No path has this byte otherwise.
const encodedSlash = '\\'

// decodePath returns the path of a request's target, percent-decoded once but for each encodedSlash, and
// without the query. It accepts the origin-form and the absolute-form (RFC 9112 §3.2). The error is errPath: for
// another form, for a percent sign without two digits, and for a decoded path with a control
// character or a backslash.
//
// Nothing decodes the path again, so what is checked is what is used.
func decodePath(target string) (string, error) {
	target, _, _ = strings.Cut(target, "?")
	if !strings.HasPrefix(target, "/") {
		_, rest, ok := strings.Cut(target, "://")
		if !ok {
			return "", errPath
		}
		slash := strings.IndexByte(rest, '/')
		if slash < 0 { // an empty path is "/" (RFC 9112 §3.2.1)
			return "/", nil
		}
		target = rest[slash:]
	}
	var path []byte // nil as long as nothing was decoded
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
			if path == nil {
				path = append(make([]byte, 0, len(target)), target[:i]...)
			}
			b = byte(decoded)
			i += 2
			if b == '/' {
				path = append(path, encodedSlash)
				continue
			}
		}
		if b < ' ' || b == 0x7f || b == encodedSlash {
			return "", errPath
		}
		if path != nil {
			path = append(path, b)
		}
	}
	if path == nil {
		return target, nil
	}
	return string(path), nil
}

// escapePath returns a path that decodePath has decoded in the form for a URL.
func escapePath(path string) string {
	return strings.ReplaceAll((&url.URL{Path: path}).EscapedPath(), url.PathEscape(string(encodedSlash)), "%2F")
}

// resourceName returns the name of the resource at a decoded path, in lower case. The error is
// errPath for a path with empty or dot segments, which would name another resource or none, and
// errResource for one that ends with a slash or is too long. What else a name may contain is the
// Handler's to decide.
//
// "/chat/" is not "/chat": relative references differ between the two, so one must be wrong, and
// guessing would serve a page whose scripts are not found.
func resourceName(path string) (string, error) {
	if path == "/" {
		return defaultResource, nil
	}
	name := lowerASCII(strings.TrimPrefix(path, "/"))
	name, slash := strings.CutSuffix(name, "/")
	for segment := range strings.SplitSeq(name, "/") {
		switch segment {
		case "", ".", "..": // a client removes the dots itself (RFC 3986 §5.2.4)
			return "", errPath
		}
	}
	if slash || len(name) > maxResource {
		return "", errResource
	}
	return name, nil
}

// lowerASCII lowers A to Z and leaves all other bytes alone. strings.ToLower turns the Kelvin sign
// into a k, and what is not UTF-8 into U+FFFD.
func lowerASCII(s string) string {
	if strings.IndexFunc(s, func(c rune) bool { return 'A' <= c && c <= 'Z' }) < 0 {
		return s
	}
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + ('a' - 'A')
		}
	}
	return string(b)
}
