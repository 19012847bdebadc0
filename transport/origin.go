package transport

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// An origin is what RFC 6454 §4 compares: scheme, host and port, in lower case, the port filled in.
type origin struct {
	scheme, host string
	port         int // 0 for a scheme whose default is not known
}

// defaultPorts fills in what an origin may leave out (RFC 6454 §4, step 5).
var defaultPorts = map[string]int{"http": 80, "https": 443, "ws": 80, "wss": 443}

// originAllowed says whether a request with these values of its Origin header may connect. It is asked once for every request that opens a
// session or takes part in one, whatever the transport.
//
//   - "*" in the list allows all.
//   - No Origin: browsers always send one with a WebSocket (RFC 6455 §4.1), so this is another program, which could as well
//     have sent any; the check protects users of browsers, and there is none here. Allowed.
//   - Otherwise the origin must be listed. Scheme, host and port are compared, in whatever case, with the default port
//     filled in. "null" (a page from disk, a sandboxed frame) must be listed as "null": any site can make a frame with it.
//   - More than one value is no origin, and is refused; so is one that is empty, or has more than an origin has.
//
// Hosts are compared as they are sent: browsers send names of other scripts in their ASCII form ("xn--…"), and lists must too.
func originAllowed(allowed, values []string) bool {
	for _, a := range allowed {
		if a == "*" {
			return true
		}
	}
	if len(values) == 0 {
		return true
	}
	if len(values) > 1 {
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

// requestOrigins returns the origins that a request names: those of Origin, or else that of Referer.
//
// Browsers send no Origin when a script, a frame or an event source is loaded by GET, though any page can have any of those loaded, so
// there the page is known by the Referer that they send. Who sends neither, as a page may ask for, has the origin "", which no list but
// "*" allows. With a POST no Origin means no browser, as with a WebSocket.
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

// ValidOrigin says whether an entry of Options.Origins can allow anything. Any goroutine may call it.
func ValidOrigin(listed string) bool {
	_, ok := parseListed(listed)
	return ok || listed == "*" || listed == "null"
}

// parseListed parses an entry of a list, where people also write the slash that address bars show.
func parseListed(s string) (origin, bool) {
	return parseOrigin(strings.TrimSuffix(s, "/"))
}

// parseOrigin parses scheme "://" host [ ":" port ] (RFC 6454 §6.2), and nothing more: no user, path, query or space.
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

// isScheme says whether s is a scheme (RFC 3986 §3.1) in lower case.
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

// isHost says whether s has only what names and addresses have; an IPv6 address is in brackets.
func isHost(s string) bool {
	if inner, ok := strings.CutPrefix(s, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		return ok && inner != "" && strings.Trim(inner, "0123456789abcdef:.") == ""
	}
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-._~") == ""
}
