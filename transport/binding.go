package transport

import "net/http"

// binding is what a session was opened with, and all its requests have to have.
//
// A session's name is made up by its client, and it is all that plain SockJS has to tell sessions apart, so whoever learns it, from the log
// of a proxy say, could go on with the session. These make it hard to: another browser or another page is another client. The address is
// not among them: behind the very proxies that need all this, and on phones, the requests of one client come from many. client.js
// has a key besides, which the server makes.
type binding struct {
	origin, agent, authorization string
	cookie                       string // JSESSIONID
}

func bindingOf(r *http.Request) binding {
	b := binding{agent: r.UserAgent(), authorization: r.Header.Get("Authorization")}
	if origins := requestOrigins(r); len(origins) > 0 {
		b.origin = lowerASCII(origins[0])
	}
	if c, err := r.Cookie("JSESSIONID"); err == nil {
		b.cookie = c.Value
	}
	return b
}

// admitsLocked says whether a request belongs to the session. What the browser has not told yet (no origin with a script, no cookie before
// it was set) is learnt when it does.
func (r *relay) admitsLocked(b binding, secret string) bool {
	if r.secret != secret || r.bound.agent != b.agent || r.bound.authorization != b.authorization {
		return false
	}
	return learn(&r.bound.origin, b.origin) && learn(&r.bound.cookie, b.cookie)
}

func learn(known *string, told string) bool {
	if *known == "" {
		*known = told
	}
	return told == "" || *known == told
}
