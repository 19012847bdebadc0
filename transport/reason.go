package transport

import "net/http"

// A reason is that of a refused request, for Counts.
type reason uint8

const (
	reasonRequest     reason = iota // something is wrong with it
	reasonOrigin                    // Options.Origins
	reasonUnknown                   // there is no such resource, or session
	reasonFull                      // Options.MaxConnections
	reasonAddress                   // Options.MaxPerAddress
	reasonMemory                    // Server.Relieve
	reasonShutdown                  // Server.Drain
	reasonModule                    // the resource's answer
	reasonFailed                    // the resource cannot answer
	reasonUnavailable               // ErrUnavailable
	reasonTimeout                   // of the resource, or the client is gone
	reasonCrowded                   // too many connections without a session
	reasons                         // how many there are
)

var reasonNames = [reasons]string{
	reasonRequest:     "bad request",
	reasonOrigin:      "origin",
	reasonUnknown:     "not found",
	reasonFull:        "max connections",
	reasonAddress:     "max connections per ip",
	reasonMemory:      "memory",
	reasonShutdown:    "shutdown",
	reasonModule:      "module",
	reasonFailed:      "module failed",
	reasonUnavailable: "module unavailable",
	reasonTimeout:     "timeout",
	reasonCrowded:     "crowded",
}

// String returns the name of the reason in Counts.
func (r reason) String() string { return reasonNames[r] }

// reasonOf returns the usual reason for a status.
func reasonOf(status int) reason {
	switch status {
	case http.StatusForbidden:
		return reasonOrigin
	case http.StatusNotFound:
		return reasonUnknown
	case http.StatusRequestTimeout:
		return reasonTimeout
	case http.StatusInternalServerError:
		return reasonFailed
	}
	return reasonRequest
}
