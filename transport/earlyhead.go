package transport

import (
	"bufio"
	"bytes"
	"net/http"
	"sync"

	"node.websocket/transport/websocket"
)

// An earlyReader parses the heads of early handshakes. It is reused.
type earlyReader struct {
	head bytes.Reader
	in   *bufio.Reader
}

var earlyReaders = sync.Pool{New: func() any {
	r := new(earlyReader)
	r.in = bufio.NewReader(&r.head)
	return r
}}

// parseEarly parses the head of a request that p begins with, if isEarlyHead allows, and returns its
// length as well. Otherwise it returns nil.
func parseEarly(p []byte) (r *http.Request, n int) {
	n, ok := isEarlyHead(p)
	if !ok {
		return nil, 0
	}
	reader := earlyReaders.Get().(*earlyReader)
	defer earlyReaders.Put(reader)
	reader.head.Reset(p[:n])
	reader.in.Reset(&reader.head)
	r, err := http.ReadRequest(reader.in)
	if err != nil {
		return nil, 0
	}
	return r, n
}

// isEarlyHead reports whether p begins with the whole head of a WebSocket's handshake in the plainest
// form, and returns its length. Whatever net/http's server would look at twice is left to it: it checks
// more than http.ReadRequest does. So there must be one Host of ordinary characters, no body and
// nothing that announces one, lines that end in CRLF and do not go on in the next, names that are
// tokens, and values of printable ASCII.
func isEarlyHead(p []byte) (n int, ok bool) {
	line, rest, ok := bytes.Cut(p, crlf)
	if !ok || !bytes.HasPrefix(line, requestBegin) || !bytes.HasSuffix(line, requestEnd) {
		return 0, false
	}
	for _, b := range line[len("GET ") : len(line)-len(requestEnd)] {
		if b <= ' ' || b >= 0x7f {
			return 0, false
		}
	}
	hosts, upgrade, key := 0, false, false
	for {
		if line, rest, ok = bytes.Cut(rest, crlf); !ok {
			return 0, false
		}
		if len(line) == 0 {
			return len(p) - len(rest), hosts == 1 && upgrade && key
		}
		name, value, ok := bytes.Cut(line, colon)
		if !ok || !websocket.ValidToken(string(name)) || !isPrintable(value) {
			return 0, false
		}
		switch len(name) {
		case len("Host"):
			if isName(name, "host") {
				hosts++
				if !isPlainHost(bytes.Trim(value, " \t")) {
					return 0, false
				}
			}
		case len("Upgrade"):
			upgrade = upgrade || isName(name, "upgrade")
			if isName(name, "trailer") {
				return 0, false
			}
		case len("Sec-WebSocket-Key"):
			key = key || isName(name, "sec-websocket-key")
			if isName(name, "transfer-encoding") {
				return 0, false
			}
		case len("Expect"):
			if isName(name, "expect") {
				return 0, false
			}
		case len("Content-Length"):
			if isName(name, "content-length") {
				return 0, false
			}
		}
	}
}

var (
	crlf         = []byte("\r\n")
	colon        = []byte(":")
	requestBegin = []byte("GET /")
	requestEnd   = []byte(" HTTP/1.1")
)

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

// isPrintable reports whether a header's value has printable ASCII, spaces and tabs alone.
func isPrintable(value []byte) bool {
	for _, b := range value {
		if b < ' ' && b != '\t' || b >= 0x7f {
			return false
		}
	}
	return true
}

// isPlainHost reports whether a Host consists of what names, addresses and ports consist of.
func isPlainHost(host []byte) bool {
	for _, b := range host {
		switch {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', b == '.', b == '-', b == ':', b == '_', b == '[', b == ']':
		default:
			return false
		}
	}
	return len(host) > 0
}
