package transport

import (
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// sessionCookie is the cookie that load balancers use. It says nothing about the user, so it is
// never withheld.
const sessionCookie = "JSESSIONID"

// bringsCookies reports whether a request's cookies are meant for its resource, and whether a page
// may read the answer to a request that it made with cookies.
//
// "*" in Options.Origins means what it means in CORS: every page may connect, and nobody's cookies
// come along. Otherwise any page could act in the name of the user whose browser shows it. Cookies
// come along with
//
//   - no origin, which means a program that is no browser;
//   - an origin that is listed;
//   - the server's own origin as the client sees it: the scheme that a trusted proxy tells, and the
//     Host that it passes on.
//
// Requests of SockJS's frame have the server's origin, whichever page contains the frame. Where "*"
// allows every page to contain it, they bring no cookies.
//
// origins are those that the request names. secure reports whether the client uses TLS.
func (o *Options) bringsCookies(r *http.Request, origins []string, secure bool) bool {
	switch {
	case slices.Contains(o.Origins, "*") && fromFrame(r):
		return false
	case len(origins) == 0 || originListed(o.Origins, origins):
		return true
	}
	return len(origins) == 1 && ownOrigin(origins[0], r.Host, secure)
}

// ownOrigin reports whether an origin is that of the server at host, which may have a port.
func ownOrigin(sent, host string, secure bool) bool {
	scheme := "http://"
	if secure {
		scheme = "https://"
	}
	own, valid := parseOrigin(scheme + host)
	o, ok := parseOrigin(sent)
	return valid && ok && o == own
}

// fromFrame reports whether a request comes from SockJS's frame. Within an origin, browsers send the
// path of the page in Referer.
func fromFrame(r *http.Request) bool {
	u, err := url.Parse(r.Referer())
	if err != nil {
		return false
	}
	_, last := cutSegment(u.Path)
	return isIframe(last)
}

// withoutCookies returns a handshake without its cookies, except for sessionCookie, and reports
// whether there were others.
func withoutCookies(r *http.Request) (without *http.Request, some bool) {
	var left []string
	for _, line := range r.Header["Cookie"] {
		for cookie := range strings.SplitSeq(line, ";") {
			cookie = strings.TrimSpace(cookie)
			if name, _, _ := strings.Cut(cookie, "="); name == sessionCookie {
				left = append(left, cookie)
			} else {
				some = true
			}
		}
	}
	if !some {
		return r, false
	}
	own := *r
	own.Header = r.Header.Clone()
	own.Header.Del("Cookie")
	if len(left) > 0 {
		own.Header.Set("Cookie", strings.Join(left, "; "))
	}
	return &own, true
}

// logWithheld explains to a module's author why it does not see the browser's cookies.
func (s *Server) logWithheld(resource string, r *http.Request, origins []string) {
	s.log.Debug("the cookies were withheld from the module: the origin is not the server's own, and --origins does not list it",
		slog.String("resource", resource), slog.String("client", r.RemoteAddr), slog.String("origin", strings.Join(origins, ", ")), slog.String("host", r.Host))
}
