package transport

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// An origin has the parts that RFC 6454 §4 compares: scheme, host and port, in lower case, with a default port
// filled in.
type origin struct {
	scheme, host string
	port         int // 0: none, and the scheme's default is not known
}

// defaultPorts are the ports that an origin may leave out (RFC 6454 §4, step 5).
var defaultPorts = map[string]int{"http": 80, "https": 443, "ws": 80, "wss": 443}

// originAllowed reports whether a request with these values of its Origin header may connect. It is
// asked for every request that opens a session or takes part in one, on any transport.
//
//   - "*" in the list allows all.
//   - Without an Origin the client is no browser: browsers always send one with a WebSocket (RFC 6455
//     §4.1), and another program could send any. The check protects the users of browsers, so it allows
//     the request.
//   - Otherwise the origin must be listed. Scheme, host and port are compared without regard to case,
//     with default ports filled in. "null", the origin of a page from disk or in a sandboxed frame, must
//     be listed as "null", because any site can make such a frame.
//   - Several values, an empty one, and one with more than an origin are not allowed.
//
// Hosts are compared as they are sent. Browsers send internationalized names in their ASCII form
// ("xn--…"), and a list must have them so too.
func originAllowed(allowed, values []string) bool {
	return slices.Contains(allowed, "*") || len(values) == 0 || originListed(allowed, values)
}

// originListed reports whether the values of an Origin header are one origin, which is in the list by name.
func originListed(allowed, values []string) bool {
	if len(values) != 1 {
		return false
	}
	sent, ok := parseOrigin(values[0])
	for _, a := range allowed {
		if ok {
			if listed, valid := parseListed(a); valid && listed == sent {
				return true
			}
		} else if values[0] == "null" && a == "null" {
			return true
		}
	}
	return false
}

// requestOrigins returns the origins that a request names, in Origin or else in Referer.
//
// Browsers send no Origin when a script, a frame or an event source is loaded by GET, which any page can
// do, so the page is known by the Referer. If there is none either, which a page can arrange, the origin
// is "", which only "*" allows. A POST without an Origin comes from no browser, as with a WebSocket.
func requestOrigins(r *http.Request) []string {
	if origins := r.Header["Origin"]; len(origins) > 0 {
		return origins
	}
	if u, err := url.Parse(r.Referer()); err == nil && u.Host != "" {
		return []string{u.Scheme + "://" + u.Host}
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return []string{""}
	}
	return nil
}

// ValidOrigin reports whether an entry of Options.Origins can allow anything. Any goroutine may
// call it.
func ValidOrigin(listed string) bool {
	_, ok := parseListed(listed)
	return ok || listed == "*" || listed == "null"
}

// parseListed parses an entry of a list, which may end with the slash that a browser's address bar
// shows.
func parseListed(s string) (origin, bool) {
	return parseOrigin(strings.TrimSuffix(s, "/"))
}

// parseOrigin parses scheme "://" host [ ":" port ] (RFC 6454 §6.2). Anything more, such as a user,
// a path or a space, is an error.
func parseOrigin(s string) (origin, bool) {
	scheme, rest, ok := strings.Cut(lowerASCII(s), "://")
	if !ok || !isScheme(scheme) {
		return origin{}, false
	}
	o := origin{scheme: scheme, host: rest, port: defaultPorts[scheme]}
	end := strings.LastIndexByte(rest, ':')
	if strings.HasPrefix(rest, "[") && strings.HasSuffix(rest, "]") {
		end = -1 // the colon is in the IPv6 address
	}
	if end >= 0 {
		port, err := strconv.ParseUint(rest[end+1:], 10, 16)
		if err != nil || port == 0 {
			return origin{}, false
		}
		o.host, o.port = rest[:end], int(port)
	}
	return o, isHost(o.host)
}

// isScheme reports whether s is a scheme (RFC 3986 §3.1) in lower case.
func isScheme(s string) bool {
	for i := range len(s) {
		switch b := s[i]; {
		case 'a' <= b && b <= 'z':
		case i > 0 && ('0' <= b && b <= '9' || b == '+' || b == '-' || b == '.'):
		default:
			return false
		}
	}
	return s != ""
}

// isHost reports whether s consists of what names and addresses consist of. An IPv6 address is in
// brackets.
func isHost(s string) bool {
	if inner, ok := strings.CutPrefix(s, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		return ok && inner != "" && strings.Trim(inner, "0123456789abcdef:.") == ""
	}
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-._~") == ""
}
