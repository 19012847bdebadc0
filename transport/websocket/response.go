package websocket

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// AppendResponse appends the head of the server's response, a 101, after which frames may follow at
// once (RFC 6455 §4.2.2).
//
// protocol must be one that the client offered, or "" for none. The fields of header are added in
// the order of their names. A protocol that was not offered and a header that CheckHeader rejects
// are errors; then nothing is appended.
//
// Any goroutine may call it.
func (h *Handshake) AppendResponse(dst []byte, protocol string, header http.Header) ([]byte, error) {
	if protocol != "" && !slices.Contains(h.Protocols, protocol) {
		return dst, fmt.Errorf("websocket: subprotocol %q was not offered by the client, which offered %q", protocol, h.Protocols)
	}
	if err := CheckHeader(header); err != nil {
		return dst, err
	}
	dst = append(dst, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"...)
	dst = appendField(dst, "Sec-WebSocket-Accept", h.accept)
	if protocol != "" {
		dst = appendField(dst, "Sec-WebSocket-Protocol", protocol)
	}
	if h.Deflate.Agreed() {
		dst = appendField(dst, "Sec-WebSocket-Extensions", h.Deflate.String())
	}
	for _, name := range names(header) {
		for _, value := range header[name] {
			dst = appendField(dst, name, value)
		}
	}
	return append(dst, "\r\n"...), nil
}

// names returns the names of a header in their order.
func names(header http.Header) []string {
	if len(header) == 0 { // the usual case, which needs no iterator
		return nil
	}
	return slices.Sorted(maps.Keys(header))
}

func appendField(dst []byte, name, value string) []byte {
	dst = append(dst, name...)
	dst = append(dst, ": "...)
	dst = append(dst, value...)
	return append(dst, "\r\n"...)
}

// CheckHeader checks the header that a module adds to a response, on any transport. It rejects
// names that are not tokens, values with control characters, which could forge another line (RFC
// 9110 §5.5), and names that belong to the handshake or to the framing of HTTP: Connection,
// Upgrade, Sec-WebSocket-*, Content-Length and Transfer-Encoding. The error describes the first
// field that cannot be sent, in the order of their names.
//
// Any goroutine may call it.
func CheckHeader(header http.Header) error {
	for _, name := range names(header) {
		if err := checkField(name, header[name]); err != nil {
			return err
		}
	}
	return nil
}

func checkField(name string, values []string) error {
	if !ValidToken(name) {
		return fmt.Errorf("websocket: %q is not a name that a header can have", name)
	}
	switch lower := strings.ToLower(name); {
	case lower == "connection", lower == "upgrade", strings.HasPrefix(lower, "sec-websocket-"),
		lower == "content-length", lower == "transfer-encoding":
		return fmt.Errorf("websocket: header %s is the handshake's own and cannot be set", name)
	}
	for _, value := range values {
		if !ValidValue(value) {
			return fmt.Errorf("websocket: header %s has a control character in its value: %q", name, value)
		}
	}
	return nil
}

// ValidValue reports whether a header can have this value: it has no control character other than a
// tab, because that could forge another line (RFC 9110 §5.5). Any goroutine may call it.
func ValidValue(value string) bool {
	for i := range len(value) {
		if b := value[i]; b < ' ' && b != '\t' || b == 0x7f {
			return false
		}
	}
	return true
}
