package hixie

import (
	"crypto/md5"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// AppendResponse appends the head of the server's response. In hixie-75, frames may follow at once.
// In hixie-76 the answer to the challenge follows first; see Answer. The head must be sent without
// waiting for the challenge, because a proxy may hold that back until it has seen the head.
//
// secure is set if the client's URL begins with wss:, because the client compares it. protocol must
// be the one that was offered, or "" for none, at which a client that offered one closes the
// connection. The fields of header are added in the order of their names. Names and values that
// could forge another line, names that belong to the handshake or to the framing of HTTP, and a
// protocol that was not offered are errors, which describe what is wrong; then nothing is appended.
func (h *Handshake) AppendResponse(dst []byte, secure bool, protocol string, header http.Header) ([]byte, error) {
	if protocol != "" && !slices.Contains(h.Protocols, protocol) {
		return dst, fmt.Errorf("hixie: subprotocol %q was not offered by the client, which offered %q", protocol, h.Protocols)
	}
	for name, values := range header {
		if err := checkField(name, values); err != nil {
			return dst, err
		}
	}
	// A client of hixie-75 compares the first three lines byte by byte (hixie-75 §3.1, step 6).
	status, prefix := "Web Socket Protocol Handshake", "WebSocket-"
	if h.Draft == 76 {
		status, prefix = "WebSocket Protocol Handshake", "Sec-WebSocket-"
	}
	dst = append(dst, "HTTP/1.1 101 "...)
	dst = append(dst, status...)
	dst = append(dst, "\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"...)
	if len(h.Origins) > 0 {
		dst = appendField(dst, prefix+"Origin", h.Origins[0])
	}
	scheme := "ws://"
	if secure {
		scheme = "wss://"
	}
	dst = appendField(dst, prefix+"Location", scheme+h.host+h.target)
	if protocol != "" {
		dst = appendField(dst, prefix+"Protocol", protocol)
	}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			dst = appendField(dst, name, value)
		}
	}
	return append(dst, "\r\n"...), nil
}

// Answer receives what follows the head, in pieces of any size, until it has the eight bytes of the
// challenge of hixie-76. Then it appends the 16 bytes of the answer, the MD5 of the keys' numbers
// and the challenge (hixie-76 §5.2, steps 9 to 12), and done is true. rest is what follows the
// challenge in p: frames. hixie-75 has no challenge, so Answer is done at once.
func (h *Handshake) Answer(dst, p []byte) (answered, rest []byte, done bool) {
	if h.Draft != 76 {
		return dst, p, true
	}
	if h.received == challengeSize {
		return dst, p, true
	}
	n := copy(h.challenge[h.received:], p)
	h.received += n
	if h.received < challengeSize {
		return dst, nil, false
	}
	var sum [len(h.numbers) + challengeSize]byte
	copy(sum[:], h.numbers[:])
	copy(sum[len(h.numbers):], h.challenge[:])
	answer := md5.Sum(sum[:])
	return append(dst, answer[:]...), p[n:], true
}

func appendField(dst []byte, name, value string) []byte {
	dst = append(dst, name...)
	dst = append(dst, ": "...)
	dst = append(dst, value...)
	return append(dst, "\r\n"...)
}

// checkField checks a field that a module adds to the response.
func checkField(name string, values []string) error {
	for i := range len(name) {
		b := name[i]
		letter := b|0x20 >= 'a' && b|0x20 <= 'z' || b >= '0' && b <= '9'
		if !letter && strings.IndexByte("!#$%&'*+-.^_`|~", b) < 0 {
			return fmt.Errorf("hixie: %q is not a name that a header can have", name)
		}
	}
	switch lower := strings.ToLower(name); {
	case lower == "":
		return fmt.Errorf("hixie: %q is not a name that a header can have", name)
	case lower == "connection", lower == "upgrade", lower == "content-length", lower == "transfer-encoding",
		strings.HasPrefix(lower, "sec-websocket-"), strings.HasPrefix(lower, "websocket-"):
		return fmt.Errorf("hixie: header %s is the handshake's own and cannot be set", name)
	}
	for _, value := range values {
		if !isValue(value) {
			return fmt.Errorf("hixie: header %s has a control character in its value: %q", name, value)
		}
	}
	return nil
}
