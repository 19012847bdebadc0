package websocket

import "strings"

// ValidToken reports whether s is a token (RFC 9110 §5.6.2). The names of headers, protocols and
// subprotocols are tokens.
//
// Any goroutine may call it.
func ValidToken(s string) bool {
	for i := range len(s) {
		if !isTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

func isTokenByte(b byte) bool {
	switch {
	case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9':
		return true
	}
	return strings.IndexByte("!#$%&'*+-.^_`|~", b) >= 0
}

// listElements calls yield with each element of a header whose value is a comma-separated list,
// possibly on several lines (RFC 9110 §5.6.1). It skips empty elements, which that section requires
// of recipients.
func listElements(lines []string, yield func(element string) bool) {
	for _, line := range lines {
		for element := range strings.SplitSeq(line, ",") {
			if element = strings.Trim(element, " \t"); element != "" && !yield(element) {
				return
			}
		}
	}
}

// hasToken reports whether a list contains the token, ignoring ASCII case.
func hasToken(lines []string, token string) (found bool) {
	listElements(lines, func(element string) bool {
		// The lengths differ where EqualFold would accept a letter beyond ASCII, such as U+212A for
		// k.
		found = len(element) == len(token) && strings.EqualFold(element, token)
		return !found
	})
	return found
}
