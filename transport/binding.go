package transport

import "net/http"

// A binding has the properties that all requests of a session must share with the one that opened it.
//
// Plain SockJS tells sessions apart only by the name that the client has chosen, so whoever learns a
// name, from the log of a proxy for example, could take part in the session. A binding makes that hard:
// another browser or another page is another client. The address is not part of it, because behind
// proxies and on phones the requests of one client come from many addresses. client.js also has a key,
// which the server makes.
type binding struct {
	origin, agent, authorization string
	cookie                       string // JSESSIONID; "": none

	// Whether receivers and senders, the requests with a body, must have the cookie. They are told apart because an
	// EventSource of another origin asks without cookies as a rule, while the page's other requests have them.
	receivers, senders bool
}

// bindingOf returns the binding of a request.
func bindingOf(r *http.Request) binding {
	b := binding{agent: r.UserAgent(), authorization: r.Header.Get("Authorization")}
	if origins := requestOrigins(r); len(origins) > 0 {
		b.origin = lowerASCII(origins[0])
	}
	if c, err := r.Cookie(sessionCookie); err == nil {
		b.cookie = c.Value
		b.receivers, b.senders = c.Value != "", c.Value != "" // as the opening request, it binds both
	}
	return b
}

// admitsLocked reports whether a request belongs to the session. What the browser has not told
// before (the origin when it loads a script, a cookie that was not set yet) is learned when it
// does. From then on no request of its kind may leave the cookie out: otherwise it would bind only
// those that have one. sends reports whether the request has a body.
func (r *relay) admitsLocked(b binding, secret string, sends bool) bool {
	if r.secret != secret || r.bound.agent != b.agent || r.bound.authorization != b.authorization {
		return false
	}
	due := &r.bound.receivers
	if sends {
		due = &r.bound.senders
	}
	if *due && b.cookie == "" || !learn(&r.bound.origin, b.origin) || !learn(&r.bound.cookie, b.cookie) {
		return false
	}
	*due = *due || b.cookie != ""
	return true
}

// learn reports whether told agrees with what is known. Either may be "", which is unknown.
func learn(known *string, told string) bool {
	if *known == "" {
		*known = told
	}
	return told == "" || *known == told
}
