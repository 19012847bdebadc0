package transport

import (
	"slices"

	"node.websocket/transport/sockjs"
)

// transportWebSocket is the name of a WebSocket among the transports. The others are in sockjs.
const transportWebSocket = "websocket"

// Transports returns the names of all transports, as in Options.Transports and Request.Transport.
func Transports() []string { return slices.Clone(allTransports) }

var allTransports = []string{
	transportWebSocket, sockjs.XHRStreaming, sockjs.XHRPolling, sockjs.EventSource, sockjs.HTMLFile, sockjs.JSONPPolling,
}
