package transport

import (
	"net/http"
	"net/url"
	"strings"
)

// marker begins what client.js adds to the query of a URL. What follows is for this package, and no
// module sees it:
//
//	nws=1        a new session of client.js; over a WebSocket, the client's first message is sent back
//	             to it, to show that the connection works
//	nws=KEY      a further request of that session, whose key is in the open frame
//	protocols=   the offered subprotocols, separated by commas
//	recover=     what client.js calls itself in all its sessions, to recover messages: 20 letters and digits
//	frames=1     messages that begin with a zero byte are frames, in both directions; they may be ownRoom longer
//	n=           the number of a body: 1, 2, 3 …
//	c=, t=       as in SockJS
const marker = "nws="

// ownRoom is the number of bytes by which the messages of client.js itself may be longer than those of the module: its
// first, and what precedes the module's data in a frame.
const ownRoom = 16 << 10

// isTooBig reports whether a message of client.js is longer than a module's may be. Of a frame, the Conversation
// checks that.
func isTooBig(data []byte, most int, framed bool) bool {
	return len(data) > most && (!framed || data[0] != 0)
}

// cutMarker cuts a query before the marker.
func cutMarker(query string) (page, own string) {
	if strings.HasPrefix(query, marker) {
		return "", query
	}
	if i := strings.Index(query, "&"+marker); i >= 0 {
		return query[:i], query[i+1:]
	}
	return query, ""
}

// ownQuery returns what client.js has added to the query, or nil if that is nothing.
func ownQuery(r *http.Request) url.Values {
	_, own := cutMarker(r.URL.RawQuery)
	if own == "" {
		return nil
	}
	values, _ := url.ParseQuery(own)
	return values
}

// asHandshake returns a request as a module sees it: as the handshake of a WebSocket, at the
// resource's own path, without what client.js has added to the query.
func asHandshake(r *http.Request, e *endpoint, path string) *http.Request {
	if e == nil && ownQuery(r) == nil {
		return r
	}
	own, u := *r, *r.URL
	own.Method, own.URL, own.Body = http.MethodGet, &u, http.NoBody
	u.RawPath = escapePath(path)
	u.Path, _ = url.PathUnescape(u.RawPath) // cannot fail
	u.RawQuery, _ = cutMarker(u.RawQuery)
	own.RequestURI = u.RequestURI()
	return &own
}

// validRecovery reports whether name is one that client.js calls itself.
func validRecovery(name string) bool {
	return len(name) == 20 && strings.Trim(name, "0123456789abcdefghijklmnopqrstuvwxyz") == ""
}
