package transport

import (
	"errors"

	"node.websocket/transport/hixie"
	"node.websocket/transport/websocket"
)

// A cause is that of a session's end. The log and Counts tell it by its String.
type cause uint8

const (
	causeUnknown    cause = iota // it has not ended
	causeClient                  // the client closed
	causeVanished                // the connection ended without a close
	causeModule                  // Close
	causeTerminated              // Terminate
	causeOperator                // Dismiss
	causePong                    // a ping was not answered
	causeIdle                    // the client sends no message
	causeSlow                    // the client does not take what it is sent
	causeUnfinished              // the client does not finish a message
	causeRate                    // the client sends too much
	causeTooBig                  // a message over the limit
	causeProtocol                // RFC 6455 §7.4.1, 1002
	causeUTF8                    // 1007
	causeMemory                  // Server.Relieve
	causeHung                    // Abandon
	causeShutdown                // Server.Shutdown
	causes                       // how many there are
)

var causeNames = [causes]string{
	causeUnknown:    "unknown",
	causeClient:     "client",
	causeVanished:   "vanished",
	causeModule:     "module",
	causeTerminated: "terminated",
	causeOperator:   "operator",
	causePong:       "pong timeout",
	causeIdle:       "idle timeout",
	causeSlow:       "slow",
	causeUnfinished: "unfinished message",
	causeRate:       "rate limit",
	causeTooBig:     "too big",
	causeProtocol:   "protocol error",
	causeUTF8:       "invalid UTF-8",
	causeMemory:     "memory",
	causeHung:       "module hangs",
	causeShutdown:   "shutdown",
}

// String returns the cause in the words of the log.
func (c cause) String() string { return causeNames[c] }

// resets reports whether the connection of a session that is cut for this cause is reset, so that the kernel
// keeps nothing of what the client has not taken.
func (c cause) resets() bool {
	switch c {
	case causeSlow, causeUnfinished, causePong, causeMemory, causeShutdown:
		return true
	}
	return false
}

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
