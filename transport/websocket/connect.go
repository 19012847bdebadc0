package websocket

import (
	"fmt"
	"net/http"
	"slices"
)

// IsConnect reports whether r, as net/http's server presents it, asks for a WebSocket on a stream
// of HTTP/2, by extended CONNECT (RFC 8441 §4). CheckConnect then checks the rest of the request.
//
// Any goroutine may call it.
func IsConnect(r *http.Request) bool {
	protocol := r.Header[":protocol"]
	return r.Method == http.MethodConnect && r.ProtoMajor >= 2 && len(protocol) == 1 && protocol[0] == "websocket"
}

// CheckConnect is CheckHandshake for a request for which IsConnect is true. The version is 13,
// because the drafts are older than HTTP/2. The request needs no key (RFC 8441 §5), but if it has a
// valid one, ConnectHeader answers it: undici, the WebSocket of Node, sends a key and required the
// answer until version 8.12.
//
// Any goroutine may call it; it only reads r.
func CheckConnect(r *http.Request) (*Handshake, error) {
	switch {
	case r.Host == "":
		return nil, badRequest("the authority is missing")
	case r.ContentLength != -1:
		// The stream has ended, or would end before the WebSocket does.
		return nil, badRequest("the stream of a WebSocket has no length")
	}
	version, err := checkVersion(r.Header["Sec-Websocket-Version"], nil)
	if err != nil {
		if refused := err.(*HandshakeError); refused.Header != nil { // HTTP/2 has no such headers (RFC 9113 §8.2.2)
			refused.Header.Del("Connection")
			refused.Header.Del("Upgrade")
			refused.Status = http.StatusBadRequest
		}
		return nil, err
	}
	protocols, err := checkProtocols(r.Header["Sec-Websocket-Protocol"])
	if err != nil {
		return nil, err
	}
	accept, _ := checkKey(r.Header["Sec-Websocket-Key"], version) // "" for an invalid key, which means nothing here
	return &Handshake{Version: version, Origins: origins(r.Header, version), Protocols: protocols, accept: accept}, nil
}

// ConnectHeader is AppendResponse for HTTP/2: it returns the header of the response, whose status
// is 200, and after which frames may follow at once (RFC 8441 §5).
//
// Any goroutine may call it.
func (h *Handshake) ConnectHeader(protocol string, header http.Header) (http.Header, error) {
	if protocol != "" && !slices.Contains(h.Protocols, protocol) {
		return nil, fmt.Errorf("websocket: subprotocol %q was not offered by the client, which offered %q", protocol, h.Protocols)
	}
	if err := CheckHeader(header); err != nil {
		return nil, err
	}
	all := http.Header{}
	for name, values := range header {
		for _, value := range values {
			all.Add(name, value)
		}
	}
	if h.accept != "" {
		all.Set("Sec-WebSocket-Accept", h.accept)
	}
	if protocol != "" {
		all.Set("Sec-WebSocket-Protocol", protocol)
	}
	if h.Deflate.Agreed() {
		all.Set("Sec-WebSocket-Extensions", h.Deflate.String())
	}
	return all, nil
}
