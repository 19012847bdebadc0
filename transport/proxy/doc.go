// Package proxy parses what proxies say of the client that they stand in front of: the PROXY header
// before a connection's first byte, and the header fields Forwarded and X-Forwarded-For of a request.
// Whom to believe is for its caller to decide.
//
// All functions may be called from any goroutine.
package proxy
