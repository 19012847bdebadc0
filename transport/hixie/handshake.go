package hixie

import (
	"crypto/md5"
	"encoding/binary"
	"fmt"
	"math"
	"net/http"
	"strings"
)

// HandshakeError is the refusal of a handshake, with the response to send.
type HandshakeError struct {
	Status  int         // of HTTP
	Message string      // one line, for the body; contains nothing of the request
	Header  http.Header // to send along; may be nil
}

// Error returns a text for logs: "hixie: handshake refused with 400: Origin header is missing".
func (e *HandshakeError) Error() string {
	return fmt.Sprintf("hixie: handshake refused with %d: %s", e.Status, e.Message)
}

func badRequest(message string) error {
	return &HandshakeError{http.StatusBadRequest, message, nil}
}

// challengeSize is the size of the challenge after the head of hixie-76, and answerSize that of the
// answer to it.
const (
	challengeSize = 8
	answerSize    = md5.Size
)

// Handshake is a client's valid handshake, as returned by CheckHandshake.
type Handshake struct {
	Draft     int      // 76 or 75
	Origins   []string // lines of Origin; nil if there is none, which hixie-76 allows to clients that are no browser
	Protocols []string // the one subprotocol that these drafts can offer; nil if there is none

	host, target string
	numbers      [8]byte // of the two keys, big-endian
	challenge    [challengeSize]byte
	received     int // bytes of challenge received
}

// IsHandshake reports whether r asks for a WebSocket as these drafts do: it asks for an upgrade to
// WebSocket, and its only headers whose names begin with Sec-WebSocket are those of hixie-76, or
// there are none. Later versions have others. CheckHandshake then checks the rest of the request.
//
// Any goroutine may call it.
func IsHandshake(r *http.Request) bool {
	upgrade := r.Header["Upgrade"]
	if len(upgrade) != 1 || !foldASCII(upgrade[0], "websocket") {
		return false
	}
	if r.Header["Sec-Websocket-Version"] != nil || r.Header["Sec-Websocket-Key"] != nil {
		return false
	}
	if r.Header["Sec-Websocket-Key1"] != nil || r.Header["Sec-Websocket-Key2"] != nil {
		return true
	}
	for name := range r.Header {
		if strings.HasPrefix(name, "Sec-Websocket-") {
			return false
		}
	}
	return true
}

// CheckHandshake checks the head of a client's handshake (hixie-76 §5, hixie-75 §4), in which the
// headers may have any order. A request with a key is of hixie-76. The error is a *HandshakeError.
// The origin and the path remain for the caller to check.
//
// Any goroutine may call it; it only reads r.
func CheckHandshake(r *http.Request) (*Handshake, error) {
	switch {
	case r.Method != http.MethodGet:
		return nil, &HandshakeError{http.StatusMethodNotAllowed, "a WebSocket handshake is a GET request",
			http.Header{"Allow": {http.MethodGet}}}
	case !r.ProtoAtLeast(1, 1):
		return nil, &HandshakeError{http.StatusHTTPVersionNotSupported, "a WebSocket handshake needs HTTP/1.1", nil}
	case r.Host == "":
		return nil, badRequest("Host header is missing")
	case !IsHandshake(r):
		return nil, &HandshakeError{http.StatusUpgradeRequired, "the handshake is not one of hixie-76 or hixie-75",
			http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}}}
	case len(r.Header["Connection"]) != 1 || !foldASCII(r.Header["Connection"][0], "upgrade"):
		return nil, badRequest("Connection header is not Upgrade")
	case hasBody(r):
		return nil, badRequest("a WebSocket handshake has no body")
	case len(r.Header["Origin"]) > 1:
		return nil, badRequest("Origin header is repeated")
	}
	h := &Handshake{Draft: 75, Origins: r.Header["Origin"], host: r.Host, target: r.URL.RequestURI()}
	key1, key2 := r.Header["Sec-Websocket-Key1"], r.Header["Sec-Websocket-Key2"]
	offered := r.Header["Websocket-Protocol"]
	if len(key1) > 0 || len(key2) > 0 {
		h.Draft = 76
		offered = r.Header["Sec-Websocket-Protocol"]
		n1, ok1 := keyNumber(key1)
		n2, ok2 := keyNumber(key2)
		if !ok1 || !ok2 {
			return nil, badRequest("Sec-WebSocket-Key1 and Sec-WebSocket-Key2 are not two keys")
		}
		binary.BigEndian.PutUint32(h.numbers[:], n1)
		binary.BigEndian.PutUint32(h.numbers[4:], n2)
	} else if len(h.Origins) == 0 {
		// Without a key, only the origin distinguishes a browser's handshake.
		return nil, badRequest("Origin header is missing")
	}
	switch {
	case len(offered) > 1:
		return nil, badRequest("the header with the subprotocol is repeated")
	case len(offered) == 1 && !isProtocol(offered[0]):
		return nil, badRequest("the header with the subprotocol is malformed")
	}
	h.Protocols = offered
	if !isValue(h.host) || !isValue(h.target) || len(h.Origins) > 0 && !isValue(h.Origins[0]) {
		return nil, badRequest("a header has a control character in its value")
	}
	return h, nil
}

// hasBody reports whether a handshake has a body. The challenge of hixie-76 is not a body, because
// nothing announces its length. However, some clients, such as Perl's Protocol::WebSocket, announce
// its eight bytes for the sake of proxies that would not pass it on otherwise.
func hasBody(r *http.Request) bool {
	challenge := r.ContentLength == challengeSize && len(r.Header["Sec-Websocket-Key1"]) > 0
	return r.ContentLength != 0 && !challenge || len(r.TransferEncoding) > 0
}

// keyNumber returns the number in a key: that of its digits, divided by the number of its spaces
// (hixie-76 §5.2, steps 4 to 8). ok is false if there are no spaces, if there is a remainder, or if
// the number exceeds 32 bits.
func keyNumber(lines []string) (number uint32, ok bool) {
	if len(lines) != 1 {
		return 0, false
	}
	digits, spaces, n := 0, uint64(0), uint64(0)
	for _, b := range []byte(lines[0]) {
		switch {
		case b >= '0' && b <= '9':
			digits++
			if n = n*10 + uint64(b-'0'); n > math.MaxUint32 {
				return 0, false
			}
		case b == ' ':
			spaces++
		}
	}
	if digits == 0 || spaces == 0 || n%spaces != 0 {
		return 0, false
	}
	return uint32(n / spaces), true
}

// isProtocol reports whether a client may offer s as a subprotocol (hixie-76 §5.1: U+0021 to
// U+007E).
func isProtocol(s string) bool {
	for i := range len(s) {
		if s[i] < '!' || s[i] > '~' {
			return false
		}
	}
	return s != ""
}

// isValue reports whether s can be a header's value (RFC 9110 §5.5).
func isValue(s string) bool {
	for i := range len(s) {
		if b := s[i]; b < ' ' && b != '\t' || b == 0x7f {
			return false
		}
	}
	return true
}

// foldASCII reports whether s is word, ignoring ASCII case.
func foldASCII(s, word string) bool {
	// The lengths differ where EqualFold would accept a letter beyond ASCII.
	return len(s) == len(word) && strings.EqualFold(s, word)
}
