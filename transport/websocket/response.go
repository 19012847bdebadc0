package websocket

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// AppendResponse appends the head of the server's answer, a 101, after which frames may follow at once (RFC 6455 §4.2.2).
//
// The protocol must be one of those offered; "" sends none. The header's fields are sent along, in the order of their
// names. A name or a value that could forge another line, a name that the handshake or the framing of HTTP owns
// (Connection, Upgrade, Sec-WebSocket-*, Content-Length, Transfer-Encoding), and a protocol that was not offered are errors
// that name what was wrong; then nothing is appended.
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
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			dst = appendField(dst, name, value)
		}
	}
	return append(dst, "\r\n"...), nil
}

func appendField(dst []byte, name, value string) []byte {
	dst = append(dst, name...)
	dst = append(dst, ": "...)
	dst = append(dst, value...)
	return append(dst, "\r\n"...)
}

// CheckHeader checks a header that a module wants in an answer, as AppendResponse and ConnectHeader do, for answers that are
// written otherwise. The error names the first field that cannot be sent.
//
// Any goroutine may call it.
func CheckHeader(header http.Header) error {
	for _, name := range slices.Sorted(maps.Keys(header)) {
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
		for i := range len(value) {
			if b := value[i]; b < ' ' && b != '\t' || b == 0x7f { // RFC 9110 §5.5
				return fmt.Errorf("websocket: header %s has a control character in its value: %q", name, value)
			}
		}
	}
	return nil
}
