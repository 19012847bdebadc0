package transport

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
)

// fallback answers a request to an endpoint, after it has checked its method, its transport and its
// origin.
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
		_, secure := s.client(r)
		allowOrigin(w.Header(), r, a.impersonal || e.options.bringsCookies(r, requestOrigins(r), secure))
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

// allowOrigin lets the page read the answer, which browsers otherwise withhold from pages of other
// origins. The origin has been checked. credentials reports whether the page may have asked with
// cookies.
func allowOrigin(h http.Header, r *http.Request, credentials bool) {
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" {
		h.Set("Access-Control-Allow-Origin", "*")
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	if credentials {
		h.Set("Access-Control-Allow-Credentials", "true")
	}
}

const (
	year      = "31536000" // seconds
	cacheLong = "public, max-age=" + year
	cacheNone = "no-store, no-cache, no-transform, must-revalidate, max-age=0"
)

// preflight answers the question that a browser asks before it lets a page of another origin make a
// request.
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

// setCookie sets the cookie that load balancers use, to the value that it has already.
func (s *Server) setCookie(h http.Header, r *http.Request) {
	value := "dummy"
	if c, err := r.Cookie(sessionCookie); err == nil && c.Value != "" && len(c.Value) <= mostSegment {
		value = c.Value
	}
	cookie := http.Cookie{Name: sessionCookie, Value: value, Path: "/"}
	if _, secure := s.client(r); secure { // pages of other origins send no other cookie
		cookie.Secure, cookie.SameSite = true, http.SameSiteNoneMode
	}
	h.Add("Set-Cookie", cookie.String())
}

// deny answers a request to an endpoint with a refusal, and logs it. Its body ends with a line
// break, as SockJS prescribes.
func (s *Server) deny(w http.ResponseWriter, r *http.Request, f *refusal) {
	s.tallies.refuse(f.reason)
	s.logRefused(slog.LevelInfo, r, f)
	h := w.Header()
	addHeader(h, f.header)
	h.Set("Content-Type", "text/plain; charset=UTF-8")
	h.Set("Cache-Control", cacheNone)
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(f.status)
	io.WriteString(w, strings.TrimSuffix(f.body, "\n")+"\n")
}

// noUpgrade answers a plain request where there is nothing but a WebSocket.
func (s *Server) noUpgrade(w http.ResponseWriter, r *http.Request, _ *endpoint) {
	s.deny(w, r, refuse(http.StatusBadRequest, `Can "Upgrade" only to "WebSocket".`))
}
