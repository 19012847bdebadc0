package transport

import (
	"cmp"
	"io"
	"log/slog"
	"net/http"
	"net/url"
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

// transportWebSocket is the name of the transport, as in Options.Transports and Request.Transport; the others are in sockjs.
const transportWebSocket = "websocket"

// Transports returns the names of all transports, as in Options.Transports and Request.Transport.
func Transports() []string { return slices.Clone(allTransports) }

var allTransports = []string{
	transportWebSocket, sockjs.XHRStreaming, sockjs.XHRPolling, sockjs.EventSource, sockjs.HTMLFile, sockjs.JSONPPolling,
}

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

// fallback answers a request to an endpoint. It is here that the method, the transport and the origin are checked, for all of them.
func (s *Server) fallback(w http.ResponseWriter, r *http.Request, e *endpoint) {
	a := actions[e.action]
	refused := e.refused
	if refused == nil {
		var origins []string
		if !a.anyOrigin {
			origins = requestOrigins(r)
		}
		refused = e.options.check(origins, a.transports...)
	}
	if refused != nil {
		s.deny(w, r, refused)
		return
	}
	if !a.anyOrigin {
		allowOrigin(w.Header(), r)
	}
	switch {
	case r.Method == http.MethodOptions:
		preflight(w, r, a.method)
	case r.Method != a.method && (r.Method != http.MethodHead || a.inSession || a.method != http.MethodGet):
		w.Header().Set("Allow", "OPTIONS, "+a.method)
		s.logRefused(slog.LevelInfo, r, refuse(http.StatusMethodNotAllowed, "the method is not allowed"))
		w.WriteHeader(http.StatusMethodNotAllowed)
	default:
		a.serve(s, w, r, e)
	}
}

// allowOrigin lets the page that asks read the answer, which browsers otherwise keep from pages of other origins. Its origin has been checked.
func allowOrigin(h http.Header, r *http.Request) {
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" {
		h.Set("Access-Control-Allow-Origin", "*")
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Credentials", "true")
}

const (
	year      = "31536000" // seconds
	cacheLong = "public, max-age=" + year
	cacheNone = "no-store, no-cache, no-transform, must-revalidate, max-age=0"
)

// preflight answers what a browser asks before it lets a page of another origin make a request.
func preflight(w http.ResponseWriter, r *http.Request, method string) {
	h := w.Header()
	setCachedLong(h)
	h.Set("Access-Control-Max-Age", year)
	h.Set("Access-Control-Allow-Methods", "OPTIONS, "+method)
	if headers := r.Header.Get("Access-Control-Request-Headers"); headers != "" {
		h.Set("Access-Control-Allow-Headers", headers)
	}
	w.WriteHeader(http.StatusNoContent)
}

// setCookie sets the cookie that load balancers go by, to what it is already.
func (s *Server) setCookie(h http.Header, r *http.Request) {
	value := "dummy"
	if c, err := r.Cookie("JSESSIONID"); err == nil && c.Value != "" && len(c.Value) <= mostSegment {
		value = c.Value
	}
	cookie := http.Cookie{Name: "JSESSIONID", Value: value, Path: "/"}
	if _, secure := s.client(r); secure { // for pages of other origins, who send no other cookie
		cookie.Secure, cookie.SameSite = true, http.SameSiteNoneMode
	}
	h.Add("Set-Cookie", cookie.String())
}

// deny refuses a request to an endpoint, in the form that SockJS has: a body ends with a line break.
func (s *Server) deny(w http.ResponseWriter, r *http.Request, f *refusal) {
	s.logRefused(slog.LevelInfo, r, f)
	h := w.Header()
	addHeader(h, f.header)
	h.Set("Content-Type", "text/plain; charset=UTF-8")
	h.Set("Cache-Control", cacheNone)
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(f.status)
	io.WriteString(w, strings.TrimSuffix(f.body, "\n")+"\n")
}

// noUpgrade answers who does not ask for a WebSocket where there is nothing else.
func (s *Server) noUpgrade(w http.ResponseWriter, r *http.Request, _ *endpoint) {
	s.deny(w, r, refuse(http.StatusBadRequest, `Can "Upgrade" only to "WebSocket".`))
}

// marker begins what client.js adds to the query of a page's URL. What is behind it is for this package, and no module sees it:
//
//	nws=1        a new session, in which client.js is spoken; over a WebSocket: the client's first message is to be sent back to it, which shows that
//	             the way is open
//	nws=KEY      a further request of that session, whose key came with the open frame
//	protocols=   the subprotocols that are offered, with commas between them
//	n=           the number of a body: 1, 2, 3 …
//	c=, t=       as in SockJS
const marker = "nws="

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

// ownQuery is what client.js has added to the query; nil if it has not.
func ownQuery(r *http.Request) url.Values {
	_, own := cutMarker(r.URL.RawQuery)
	if own == "" {
		return nil
	}
	values, _ := url.ParseQuery(own)
	return values
}

// asHandshake returns a request as a module is to see it: as if it were the handshake of a WebSocket, at the resource's own path, and with the page's
// own query.
func asHandshake(r *http.Request, e *endpoint, path string) *http.Request {
	if e == nil && ownQuery(r) == nil {
		return r
	}
	own, u := *r, *r.URL
	own.Method, own.URL, own.Body = http.MethodGet, &u, http.NoBody
	u.Path, u.RawPath = path, ""
	u.RawQuery, _ = cutMarker(u.RawQuery)
	own.RequestURI = u.RequestURI()
	return &own
}
