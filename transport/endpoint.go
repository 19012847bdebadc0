package transport

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"node.websocket/transport/sockjs"
)

// Clients without a WebSocket speak SockJS 0.3 (github.com/sockjs/sockjs-protocol), on paths below a resource's own:
//
//	/chat/info, /chat/iframe*.html       what a client asks before it begins
//	/chat/SERVER/SESSION/xhr …           a request of a session, whose name the client has made up; SERVER is for load balancers
//	/chat/SERVER/SESSION/websocket       SockJS inside a WebSocket
//	/chat/websocket                      a WebSocket, as at /chat
//
// A page of that name goes first, then a module of that name: who has modules/chat/info.js means it.

// actions are the last segments of the paths below a resource's own.
var actions = map[string]action{
	"info":          {method: http.MethodGet, serve: (*Server).info},
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

// An action is what a path below a resource's own does.
type action struct {
	method     string // beside OPTIONS
	serve      func(*Server, http.ResponseWriter, *http.Request, *endpoint)
	inSession  bool
	anyOrigin  bool     // what it answers is nobody's secret
	transports []string // one of which the resource must have; none: any will do
}

// An endpoint is where a request goes, below a resource's own path.
type endpoint struct {
	action  string
	base    string // the path of the resource, as it was written: "/Chat"
	name    string // of the resource
	session string // as the client has named it; "" outside of one

	// Of the resource, found by Server.endpoint.
	resource Resource
	options  *Options
	refused  *refusal // not nil: there is none
}

// mostSegment is the most bytes of the name of a session, or of its server.
const mostSegment = 128

// endpoints returns what a path may mean, the likelier first, from its form alone.
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

// resourceName is that of the function, for a base that may be empty: then it is that of "/".
func (e *endpoint) resourceName() (string, error) {
	if e.base == "" {
		return defaultResource, nil
	}
	if e.base == "/" || !strings.HasPrefix(e.base, "/") {
		return "", errPath
	}
	return resourceName(e.base)
}

// cutSegment cuts a path before its last slash.
func cutSegment(path string) (above, last string) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return "", ""
	}
	return path[:i], path[i+1:]
}

// isSessionSegment says whether s may name a session or a server: anything but nothing, and dots.
func isSessionSegment(s string) bool {
	return s != "" && len(s) <= mostSegment && !strings.Contains(s, ".")
}

func isIframe(s string) bool {
	version, ok := strings.CutPrefix(s, "iframe")
	version, html := strings.CutSuffix(version, ".html")
	return ok && html && strings.Trim(version, "0123456789abcdefghijklmnopqrstuvwxyz-._") == ""
}

// endpoint returns where a request goes, or nil if that is a resource's own path, a page, or nowhere.
func (s *Server) endpoint(r *http.Request) *endpoint {
	path, err := decodePath(r.RequestURI)
	if err != nil {
		return nil
	}
	found := endpoints(path)
	if len(found) == 0 || s.isPage(r, path) {
		return nil
	}
	if name, err := resourceName(path); err == nil {
		if _, refused := s.find(name); refused == nil || refused.status != http.StatusNotFound {
			return nil
		}
	}
	for _, e := range found {
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

// isPage says whether a request is for a page.
func (s *Server) isPage(r *http.Request, path string) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && s.pages != nil && !isOpening(r) && isPage(s.options.Public, path)
}
