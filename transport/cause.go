package transport

import (
	"errors"

	"node.websocket/transport/hixie"
	"node.websocket/transport/websocket"
)

// A cause is why a session has ended, in the words of the log.
type cause string

const (
	causeClient     cause = "peer"           // it closed
	causeModule     cause = "module"         // Close
	causeHung       cause = "module hangs"   // Abandon
	causeTerminated cause = "terminated"     // Terminate
	causeHeartbeat  cause = "heartbeat"      // a ping was not answered
	causeIdle       cause = "idle"           // it sends no message
	causeSlow       cause = "slow"           // it does not take what is sent, or does not finish a message
	causeTooBig     cause = "too big"        // a message over the limit
	causeProtocol   cause = "protocol error" // RFC 6455 §7.4.1, 1002
	causeUTF8       cause = "invalid UTF-8"  // 1007
	causeVanished   cause = "vanished"       // the connection ended without a close
	causeRate       cause = "rate limit"     // it sends too much
	causeShutdown   cause = "shutdown"       // Server.Shutdown
)

// causeOf returns the cause and the close for an error of a codec.
func causeOf(err error) (cause, *websocket.CloseError) {
	var fault *websocket.CloseError
	if draft, ok := errors.AsType[*hixie.FaultError](err); ok {
		fault = &websocket.CloseError{Code: draft.Code, Reason: draft.Reason}
	} else if !errors.As(err, &fault) {
		return causeProtocol, &websocket.CloseError{Code: websocket.CloseProtocolError}
	}
	switch fault.Code {
	case websocket.CloseTooBig:
		return causeTooBig, fault
	case websocket.CloseInvalidPayload:
		return causeUTF8, fault
	case websocket.ClosePolicyViolation:
		return causeRate, fault
	}
	return causeProtocol, fault
}
