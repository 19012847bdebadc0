package transport

import (
	"bytes"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	"node.websocket/transport/websocket"
)

// parseEarly parses the head of a request that p begins with, as net/http's server would, if checkEarly
// allows. The head is returned as Request.Head has it, and the request's strings are parts of it.
// Otherwise r is nil.
func parseEarly(p []byte) (r *http.Request, head string) {
	length, headers, ok := checkEarly(p)
	if !ok {
		return nil, ""
	}
	head = string(p[:length])
	line, rest, _ := strings.Cut(head, "\r\n")
	r = &http.Request{
		Method: http.MethodGet, RequestURI: line[len("GET ") : len(line)-len(requestEnd)],
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: make(http.Header, headers), Body: http.NoBody,
	}
	var err error
	if r.URL, err = url.ParseRequestURI(r.RequestURI); err != nil {
		return nil, ""
	}
	values := make([]string, headers) // the first of each header
	for rest != "" {
		line, rest, _ = strings.Cut(rest, "\r\n")
		name, value, _ := strings.Cut(line, ":")
		value = textproto.TrimString(value)
		switch name = canonicalName(name); {
		case name == "Host":
			r.Host = value
		case r.Header[name] == nil:
			values[0] = value
			r.Header[name], values = values[:1:1], values[1:]
		default:
			r.Header[name] = append(r.Header[name], value)
		}
	}
	return r, head
}

// canonicalName returns the name of a header as http.Header has it. Those of a handshake cost nothing.
func canonicalName(name string) string {
	if canonical, ok := handshakeNames[name]; ok {
		return canonical
	}
	return textproto.CanonicalMIMEHeaderKey(name)
}

// handshakeNames are the names of RFC 6455 that http.Header has in another case.
var handshakeNames = map[string]string{
	"Sec-WebSocket-Key":        "Sec-Websocket-Key",
	"Sec-WebSocket-Version":    "Sec-Websocket-Version",
	"Sec-WebSocket-Protocol":   "Sec-Websocket-Protocol",
	"Sec-WebSocket-Extensions": "Sec-Websocket-Extensions",
}

// checkEarly reports whether p begins with the whole head of a WebSocket's handshake in the plainest
// form, and returns the length of its lines, without the empty one, and the number of its headers.
// Whatever net/http would refuse, change or answer by itself is left to it. So there must be one Host of
// ordinary characters, nothing that announces a body, lines that end in CRLF and do not go on in the
// next, names that are tokens, and values of printable ASCII.
func checkEarly(p []byte) (length, headers int, ok bool) {
	line, rest, ok := bytes.Cut(p, crlf)
	if !ok || !bytes.HasPrefix(line, requestBegin) || !bytes.HasSuffix(line, requestEnd) {
		return 0, 0, false
	}
	for _, b := range line[len("GET ") : len(line)-len(requestEnd)] {
		if b <= ' ' || b >= 0x7f {
			return 0, 0, false
		}
	}
	var hosts, upgrades, keys, pragmas, cacheControls int
	for ; ; headers++ {
		before := len(rest)
		if line, rest, ok = bytes.Cut(rest, crlf); !ok {
			return 0, 0, false
		}
		if len(line) == 0 {
			// net/http understands Pragma as Cache-Control, and shows modules what the client has not sent.
			ok = hosts == 1 && upgrades > 0 && keys > 0 && (pragmas == 0 || cacheControls > 0)
			return len(p) - before, headers, ok
		}
		name, value, ok := bytes.Cut(line, colon)
		if !ok || !isAll(name, &tokenBytes) || !isAll(value, &printableBytes) {
			return 0, 0, false
		}
		switch len(name) {
		case 0:
			return 0, 0, false
		case len("Host"):
			if isName(name, "host") {
				hosts++
				value = bytes.Trim(value, " \t")
				if len(value) == 0 || !isAll(value, &hostBytes) {
					return 0, 0, false
				}
			}
		case len("Expect"): // and Pragma
			if isName(name, "expect") {
				return 0, 0, false
			}
			pragmas += count(isName(name, "pragma"))
		case len("Upgrade"): // and Trailer
			if isName(name, "trailer") {
				return 0, 0, false
			}
			upgrades += count(isName(name, "upgrade"))
		case len("Cache-Control"):
			cacheControls += count(isName(name, "cache-control"))
		case len("Content-Length"):
			if isName(name, "content-length") {
				return 0, 0, false
			}
		case len("Sec-WebSocket-Key"): // and Transfer-Encoding
			if isName(name, "transfer-encoding") {
				return 0, 0, false
			}
			keys += count(isName(name, "sec-websocket-key"))
		}
	}
}

var (
	crlf         = []byte("\r\n")
	colon        = []byte(":")
	requestBegin = []byte("GET /")
	requestEnd   = []byte(" HTTP/1.1")
)

// A byteSet is a set of bytes.
type byteSet [256]bool

var (
	tokenBytes     = setOf(func(b byte) bool { return websocket.ValidToken(string([]byte{b})) })
	printableBytes = setOf(func(b byte) bool { return ' ' <= b && b < 0x7f || b == '\t' })
	hostBytes      = setOf(func(b byte) bool { // of names, addresses and ports
		return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || strings.IndexByte(".-_:[]", b) >= 0
	})
)

func setOf(contains func(b byte) bool) (s byteSet) {
	for b := range s {
		s[b] = contains(byte(b))
	}
	return s
}

// isAll reports whether p consists of bytes of a set.
func isAll(p []byte, of *byteSet) bool {
	for _, b := range p {
		if !of[b] {
			return false
		}
	}
	return true
}

// isName reports whether the name of a header is lower, in whatever case. Both are equally long.
func isName(name []byte, lower string) bool {
	for i, b := range name {
		if 'A' <= b && b <= 'Z' {
			b |= 0x20
		}
		if b != lower[i] {
			return false
		}
	}
	return true
}

// count returns 1 for true.
func count(b bool) int {
	if b {
		return 1
	}
	return 0
}
