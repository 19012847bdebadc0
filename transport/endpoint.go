package transport

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"node.websocket/transport/sockjs"
)

// Clients without a WebSocket speak SockJS 0.3 (github.com/sockjs/sockjs-protocol), on paths below
// their resource's:
//
//	/chat/info, /chat/iframe*.html    what a client requests before it opens a session
//	/chat/SERVER/SESSION/xhr …        a request of a session; the client has chosen its name, and SERVER
//	                                  is for load balancers
//	/chat/SERVER/SESSION/websocket    SockJS inside a WebSocket
//	/chat/websocket                   a WebSocket, as at /chat
//
// A page with such a path comes first, then a module with such a name, and a module with a parameter in its name last.

// actions are the last segments of the paths below a resource's own, and what they do.
var actions = map[string]action{
	"info":          {method: http.MethodGet, serve: (*Server).info, impersonal: true},
	"iframe.html":   {method: http.MethodGet, serve: (*Server).iframe, anyOrigin: true},
	"websocket":     {method: http.MethodGet, serve: (*Server).noUpgrade, transports: []string{transportWebSocket}},
	"xhr_streaming": {method: http.MethodPost, serve: (*Server).receive, inSession: true, transports: []string{sockjs.XHRStreaming}},
	"xhr":           {method: http.MethodPost, serve: (*Server).receive, inSession: true, transports: []string{sockjs.XHRPolling}},
	"eventsource":   {method: http.MethodGet, serve: (*Server).receive, inSession: true, transports: []string{sockjs.EventSource}},
	"htmlfile":      {method: http.MethodGet, serve: (*Server).receive, inSession: true, transports: []string{sockjs.HTMLFile}},
	"jsonp":         {method: http.MethodGet, serve: (*Server).receive, inSession: true, transports: []string{sockjs.JSONPPolling}},
	"jsonp_send":    {method: http.MethodPost, serve: (*Server).send, inSession: true, transports: []string{sockjs.JSONPPolling}},
	"xhr_send": {method: http.MethodPost, serve: (*Server).send, inSession: true, transports: []string{
		sockjs.XHRStreaming, sockjs.XHRPolling, sockjs.EventSource, sockjs.HTMLFile}},
}

// An action is the handler of a path below a resource's own.
type action struct {
	method     string // besides OPTIONS
	serve      func(*Server, http.ResponseWriter, *http.Request, *endpoint)
	inSession  bool
	anyOrigin  bool     // it is answered whatever the origin, because it reveals nothing
	impersonal bool     // everybody gets the same; sockjs-client asks with credentials, and does not begin without
	transports []string // of which the resource must serve one; none: any
}

// An endpoint is a path below a resource's own, taken apart.
type endpoint struct {
	action  string
	base    string // the path of the resource, as it was written: "/Chat"
	name    string // of the resource
	session string // the name that the client has chosen; "" outside of a session

	// Set by Server.endpoint.
	resource Resource
	options  *Options
	refused  *refusal // not nil: there is no resource
}

// mostSegment is the most bytes of a session's name, and of SERVER.
const mostSegment = 128

// endpoints returns what a path may mean, judged by its form, the likelier first.
func endpoints(path string) (found []endpoint) {
	base, last := cutSegment(path)
	if isIframe(last) {
		last = "iframe.html"
	}
	a, ok := actions[last]
	if !ok {
		return nil
	}
	if !a.inSession {
		found = append(found, endpoint{action: last, base: base})
	}
	if a.inSession || last == "websocket" {
		above, session := cutSegment(base)
		above, server := cutSegment(above)
		if isSessionSegment(server) && isSessionSegment(session) {
			found = append(found, endpoint{action: last, base: above, session: session})
		}
	}
	return slices.DeleteFunc(found, func(e endpoint) bool {
		_, err := e.resourceName()
		return err != nil
	})
}

// resourceName is the function resourceName for the endpoint's base, where "" is the path "/".
func (e *endpoint) resourceName() (string, error) {
	if e.base == "" {
		return defaultResource, nil
	}
	if e.base == "/" || !strings.HasPrefix(e.base, "/") {
		return "", errPath
	}
	return resourceName(e.base)
}

// cutSegment cuts a path around its last slash.
func cutSegment(path string) (above, last string) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return "", ""
	}
	return path[:i], path[i+1:]
}

// isSessionSegment reports whether s may be the name of a session, or SERVER: it has no dots.
func isSessionSegment(s string) bool {
	return s != "" && len(s) <= mostSegment && !strings.Contains(s, ".")
}

// isIframe reports whether a segment is that of the iframe's page, with any version in it.
func isIframe(s string) bool {
	version, ok := strings.CutPrefix(s, "iframe")
	version, html := strings.CutSuffix(version, ".html")
	return ok && html && strings.Trim(version, "0123456789abcdefghijklmnopqrstuvwxyz-._") == ""
}

// endpoint returns the endpoint of a request, or nil if the path is a resource's own, a page's, or
// nothing's.
func (s *Server) endpoint(r *http.Request) *endpoint {
	path, err := decodePath(r.RequestURI)
	if err != nil {
		return nil
	}
	found := endpoints(path)
	if len(found) == 0 || s.isPage(r, path) {
		return nil
	}
	pattern := false
	if name, err := resourceName(path); err == nil && !s.isOpen(found) {
		resource, refused := s.find(name)
		// Names of SockJS are more exact than a parameter, but a WebSocket is not theirs.
		pattern = resource != nil && resource.Name() != name
		if !pattern && (refused == nil || refused.status != http.StatusNotFound) {
			return nil
		}
	}
	opening := isOpening(r)
	for _, e := range found {
		if pattern && opening && e.action != "websocket" {
			continue
		}
		e.name, _ = e.resourceName()
		e.resource, e.refused = s.find(e.name)
		if e.refused != nil && e.refused.status == http.StatusNotFound {
			continue
		}
		if e.resource != nil {
			e.options = cmp.Or(e.resource.Options(), &s.options)
		}
		return &e
	}
	return nil
}

// isOpen reports whether a path may be that of a session that is open. What the path means was decided when the
// session was opened; so its requests are served without a look for a module, which takes a file descriptor.
func (s *Server) isOpen(found []endpoint) bool {
	return slices.ContainsFunc(found, func(e endpoint) bool {
		if !actions[e.action].inSession {
			return false
		}
		name, _ := e.resourceName()
		_, is := s.relays.find(name+"/"+e.session, false)
		return is
	})
}

// isPage reports whether a request is for a page.
func (s *Server) isPage(r *http.Request, path string) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && s.pages != nil && !isOpening(r) && IsPage(s.options.Public, path)
}
