package websocket

import (
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// keyLength is the length of a key, the base64 of 16 bytes.
const keyLength = 24

// acceptGUID is the string that the server appends to the key (RFC 6455 §1.3).
const acceptGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// strictBase64 refuses keys whose last bits are not 0.
var strictBase64 = base64.StdEncoding.Strict()

// Handshake is a client's valid handshake, as returned by CheckHandshake and CheckConnect.
type Handshake struct {
	Version   int      // of the protocol, from Sec-WebSocket-Version: 13, or 8 or 7 for a draft
	Origins   []string // lines of the header with the origin; nil if there is none
	Protocols []string // subprotocols offered, the client's favourite first; nil if there are none

	// Deflate is for the caller to set to the result of NegotiateDeflate, before the response is
	// made. The zero value is no compression.
	Deflate Deflate

	accept string // value of Sec-WebSocket-Accept
}

// HandshakeError is the refusal of a handshake, with the response to send.
type HandshakeError struct {
	Status  int         // of HTTP
	Message string      // one line, for the body; contains nothing of the request
	Header  http.Header // to send along; may be nil
}

// Error returns a text for logs: "websocket: handshake refused with 400: Host header is missing".
func (e *HandshakeError) Error() string {
	return fmt.Sprintf("websocket: handshake refused with %d: %s", e.Status, e.Message)
}

// IsUpgrade reports whether r asks for a WebSocket: whether its Upgrade header lists websocket.
// CheckHandshake then checks the rest of the request.
//
// Any goroutine may call it.
func IsUpgrade(r *http.Request) bool {
	return hasToken(r.Header["Upgrade"], "websocket")
}

// CheckHandshake checks a client's opening handshake (RFC 6455 §4.2.1). versions are the protocol
// versions to accept, of 13, 8 and 7, in the order in which other clients are told of them (RFC
// 6455 §4.4). Without any, it accepts 13 alone.
//
// The error is a *HandshakeError. The origin and the path remain for the caller to check.
//
// Any goroutine may call it; it only reads r.
func CheckHandshake(r *http.Request, versions ...int) (*Handshake, error) {
	if err := checkRequest(r); err != nil {
		return nil, err
	}
	version, err := checkVersion(r.Header["Sec-Websocket-Version"], versions)
	if err != nil {
		return nil, err
	}
	accept, err := checkKey(r.Header["Sec-Websocket-Key"], version)
	if err != nil {
		return nil, err
	}
	protocols, err := checkProtocols(r.Header["Sec-Websocket-Protocol"])
	if err != nil {
		return nil, err
	}
	return &Handshake{Version: version, Origins: origins(r.Header, version), Protocols: protocols, accept: accept}, nil
}

// origins returns the lines of the header with the origin. The drafts of the hybi group up to the
// tenth have a header of their own for it; the eleventh and twelfth, which are also version 8, use
// the one of RFC 6455 §4.1.
func origins(header http.Header, version int) []string {
	if lines := header["Sec-Websocket-Origin"]; version != 13 && len(lines) > 0 {
		return lines
	}
	return header["Origin"]
}

// checkRequest checks the parts of a handshake that belong to HTTP.
func checkRequest(r *http.Request) error {
	switch {
	case r.Method != http.MethodGet:
		return &HandshakeError{http.StatusMethodNotAllowed, "a WebSocket handshake is a GET request",
			http.Header{"Allow": {http.MethodGet}}}
	case !r.ProtoAtLeast(1, 1):
		return &HandshakeError{http.StatusHTTPVersionNotSupported, "a WebSocket handshake needs HTTP/1.1", nil}
	case r.Host == "":
		return badRequest("Host header is missing")
	case !IsUpgrade(r):
		return &HandshakeError{http.StatusUpgradeRequired, "Upgrade header does not list websocket", upgradeHeader()}
	case !isUpgradeList(r.Header["Upgrade"]):
		return badRequest("Upgrade header is malformed")
	case !hasToken(r.Header["Connection"], "upgrade"):
		return badRequest("Connection header does not list Upgrade")
	case !isTokenList(r.Header["Connection"]):
		return badRequest("Connection header is malformed")
	case r.ContentLength != 0 || len(r.TransferEncoding) > 0:
		// Its bytes would be taken for frames.
		return badRequest("a WebSocket handshake has no body")
	}
	return nil
}

// checkVersion checks the lines of Sec-WebSocket-Version (RFC 6455 §4.2.1, §4.4 and §11.3.5).
func checkVersion(lines []string, served []int) (version int, err error) {
	if len(served) == 0 {
		served = []int{13}
	}
	if len(lines) > 1 {
		return 0, badRequest("Sec-WebSocket-Version header is repeated")
	}
	if len(lines) == 1 {
		n, err := strconv.ParseUint(lines[0], 10, 8)
		if err != nil || strconv.FormatUint(n, 10) != lines[0] {
			return 0, badRequest("Sec-WebSocket-Version header is malformed")
		}
		if known := n == 13 || n == 8 || n == 7; known && slices.Contains(served, int(n)) {
			return int(n), nil
		}
	}
	list := strings.Trim(strings.ReplaceAll(fmt.Sprint(served), " ", ", "), "[]")
	header := upgradeHeader()
	header.Set("Sec-WebSocket-Version", list)
	return 0, &HandshakeError{http.StatusUpgradeRequired, "Sec-WebSocket-Version is not one of: " + list, header}
}

// checkKey checks the lines of Sec-WebSocket-Key and returns the value of Sec-WebSocket-Accept (RFC
// 6455 §4.2.2, step 5.4). The drafts ask for 16 bytes as well, but npm's ws 0.4 to 1.1 sends 15 with
// them, and servers of the time did not look: with a version other than 13, any key will do.
func checkKey(lines []string, version int) (accept string, err error) {
	switch {
	case len(lines) == 0:
		return "", badRequest("Sec-WebSocket-Key header is missing")
	case len(lines) > 1:
		return "", badRequest("Sec-WebSocket-Key header is repeated")
	}
	switch {
	case version == 13:
		// The length is checked as well because the decoder skips line breaks.
		var nonce [keyLength]byte
		if len(lines[0]) != keyLength {
			return "", badRequest("Sec-WebSocket-Key is not the base64 of 16 bytes")
		}
		if n, err := strictBase64.Decode(nonce[:], []byte(lines[0])); err != nil || n != 16 {
			return "", badRequest("Sec-WebSocket-Key is not the base64 of 16 bytes")
		}
	case lines[0] == "":
		return "", badRequest("Sec-WebSocket-Key is empty")
	}
	var buf [keyLength + len(acceptGUID)]byte
	sum := sha1.Sum(append(append(buf[:0], lines[0]...), acceptGUID...))
	return base64.StdEncoding.EncodeToString(sum[:]), nil
}

// checkProtocols reads the lines of Sec-WebSocket-Protocol (RFC 6455 §4.1, step 10 of the client's
// requirements).
func checkProtocols(lines []string) (protocols []string, err error) {
	if len(lines) == 0 {
		return nil, nil
	}
	if !isTokenList(lines) {
		return nil, badRequest("Sec-WebSocket-Protocol header is malformed")
	}
	listElements(lines, func(protocol string) bool {
		protocols = append(protocols, protocol)
		return true
	})
	// Sorted, so that a header of thousands of protocols costs no more than sorting them.
	sorted := slices.Sorted(slices.Values(protocols))
	if len(slices.Compact(sorted)) < len(protocols) {
		return nil, badRequest("Sec-WebSocket-Protocol header repeats a protocol")
	}
	return protocols, nil
}

// isTokenList reports whether the lines are a list of at least one token.
func isTokenList(lines []string) bool {
	some, all := false, true
	listElements(lines, func(element string) bool {
		some, all = true, ValidToken(element)
		return all
	})
	return some && all
}

// isUpgradeList reports whether the lines are a list of protocols for Upgrade: name, or
// name/version (RFC 9110 §7.8).
func isUpgradeList(lines []string) bool {
	all := true
	listElements(lines, func(element string) bool {
		name, version, versioned := strings.Cut(element, "/")
		all = ValidToken(name) && (!versioned || ValidToken(version))
		return all
	})
	return all
}

func badRequest(message string) error {
	return &HandshakeError{http.StatusBadRequest, message, nil}
}

// upgradeHeader returns the header that a 426 must have (RFC 9110 §15.5.22).
func upgradeHeader() http.Header {
	return http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}}
}
