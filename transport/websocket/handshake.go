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

// versionsServed is what a client that asks for another version is told (RFC 6455 §4.4).
const versionsServed = "13"

// keyLength is how long the base64 of a key's 16 bytes is.
const keyLength = 24

// acceptGUID is what RFC 6455 §1.3 has the server append to the key.
const acceptGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// Handshake is a client's handshake that CheckHandshake found to be right.
type Handshake struct {
	Version   int      // of the protocol, as in Sec-WebSocket-Version: 13
	Protocols []string // subprotocols as offered, the client's favourite first; nil if it offered none

	// Deflate is for the caller to set to what NegotiateDeflate says, before AppendResponse; the zero value is no compression.
	Deflate Deflate

	accept string // value of Sec-WebSocket-Accept
}

// HandshakeError is a refusal of a handshake, to be answered as it says. Header may be nil.
type HandshakeError struct {
	Status  int         // of HTTP
	Message string      // one line, for the body; nothing of the request is in it
	Header  http.Header // to be sent along
}

// Error is for logs: "websocket: handshake refused with 400: Host header is missing".
func (e *HandshakeError) Error() string {
	return fmt.Sprintf("websocket: handshake refused with %d: %s", e.Status, e.Message)
}

// IsUpgrade says whether a request asks for a WebSocket, that is whether websocket is among what Upgrade lists. If it is not, the
// request is one of plain HTTP; if it is, CheckHandshake says whether it asks rightly.
//
// Any goroutine may call it.
func IsUpgrade(r *http.Request) bool {
	return hasToken(r.Header["Upgrade"], "websocket")
}

// CheckHandshake checks a client's opening handshake as RFC 6455 §4.2.1 has it. The error is a *HandshakeError. The origin
// and the path are the caller's to check.
//
// Any goroutine may call it; it only reads r.
func CheckHandshake(r *http.Request) (*Handshake, error) {
	if err := checkRequest(r); err != nil {
		return nil, err
	}
	if err := checkVersion(r.Header["Sec-Websocket-Version"]); err != nil {
		return nil, err
	}
	accept, err := checkKey(r.Header["Sec-Websocket-Key"])
	if err != nil {
		return nil, err
	}
	protocols, err := checkProtocols(r.Header["Sec-Websocket-Protocol"])
	if err != nil {
		return nil, err
	}
	return &Handshake{Version: 13, Protocols: protocols, accept: accept}, nil
}

// checkRequest checks what is HTTP's in a handshake.
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
func checkVersion(lines []string) error {
	if len(lines) > 1 {
		return badRequest("Sec-WebSocket-Version header is repeated")
	}
	if len(lines) == 1 && lines[0] == "13" {
		return nil
	}
	if len(lines) == 1 {
		n, err := strconv.ParseUint(lines[0], 10, 8)
		if err != nil || strconv.FormatUint(n, 10) != lines[0] {
			return badRequest("Sec-WebSocket-Version header is malformed")
		}
	}
	header := upgradeHeader()
	header.Set("Sec-WebSocket-Version", versionsServed)
	return &HandshakeError{http.StatusUpgradeRequired, "Sec-WebSocket-Version is not one of: " + versionsServed, header}
}

// checkKey checks the lines of Sec-WebSocket-Key and returns the answer to it (RFC 6455 §4.2.2, step 5.4).
func checkKey(lines []string) (accept string, err error) {
	switch {
	case len(lines) == 0:
		return "", badRequest("Sec-WebSocket-Key header is missing")
	case len(lines) > 1:
		return "", badRequest("Sec-WebSocket-Key header is repeated")
	}
	// The length is checked apart because the decoder skips line breaks.
	nonce, err := base64.StdEncoding.Strict().DecodeString(lines[0])
	if err != nil || len(nonce) != 16 || len(lines[0]) != keyLength {
		return "", badRequest("Sec-WebSocket-Key is not the base64 of 16 bytes")
	}
	sum := sha1.Sum([]byte(lines[0] + acceptGUID))
	return base64.StdEncoding.EncodeToString(sum[:]), nil
}

// checkProtocols reads the lines of Sec-WebSocket-Protocol (RFC 6455 §4.1, step 10 of the client's requirements).
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
	// Sorted, so that a header of thousands costs no more than sorting it.
	sorted := slices.Sorted(slices.Values(protocols))
	if len(slices.Compact(sorted)) < len(protocols) {
		return nil, badRequest("Sec-WebSocket-Protocol header repeats a protocol")
	}
	return protocols, nil
}

// isTokenList says whether the lines are a list of one token or more.
func isTokenList(lines []string) bool {
	some, all := false, true
	listElements(lines, func(element string) bool {
		some, all = true, isToken(element)
		return all
	})
	return some && all
}

// isUpgradeList says whether the lines are a list of protocols as Upgrade has it: name, or name/version (RFC 9110 §7.8).
func isUpgradeList(lines []string) bool {
	all := true
	listElements(lines, func(element string) bool {
		name, version, versioned := strings.Cut(element, "/")
		all = isToken(name) && (!versioned || isToken(version))
		return all
	})
	return all
}

func badRequest(message string) error {
	return &HandshakeError{http.StatusBadRequest, message, nil}
}

// upgradeHeader is what a 426 must have (RFC 9110 §15.5.22).
func upgradeHeader() http.Header {
	return http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}}
}
