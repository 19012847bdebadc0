package transport

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strings"
	"time"

	"node.websocket/transport/sockjs"
)

// greet answers a plain GET of a resource that has no page.
func greet(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Write([]byte(sockjs.Greeting))
}

// info tells a client what there is. The time that it takes is the client's measure of the way.
func (s *Server) info(w http.ResponseWriter, _ *http.Request, e *endpoint) {
	var entropy [4]byte
	rand.Read(entropy[:])
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=UTF-8")
	h.Set("Cache-Control", cacheNone)
	h.Set("X-Content-Type-Options", "nosniff")
	w.Write(sockjs.AppendInfo(nil, e.options.serves(transportWebSocket), e.options.Cookie, binary.BigEndian.Uint32(entropy[:])))
}

// iframe serves the page for a hidden frame. Its script is our own, so that it comes from nowhere else and goes with every 1.x of
// sockjs-client. The requests that it makes have the server's origin, so where origins are restricted, so are the pages that it may be in.
func (s *Server) iframe(w http.ResponseWriter, r *http.Request, e *endpoint) {
	h := w.Header()
	page := sockjs.IframePage(clientPath + "?frame=" + scripts.frame.tag)
	policy := framePolicy(e.options.Origins)
	etag := `"` + hash(page+policy) + `"`
	setCachedLong(h)
	h.Set("ETag", etag)
	h.Set("X-Content-Type-Options", "nosniff")
	if policy != "" {
		h.Set("Content-Security-Policy", policy)
	}
	if matches(r, etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", "text/html; charset=UTF-8")
	w.Write([]byte(page))
}

// framePolicy is the Content-Security-Policy for a page that may be framed by these origins alone; "" for any.
func framePolicy(origins []string) string {
	policy := "frame-ancestors"
	for _, o := range origins {
		if o == "*" {
			return ""
		}
		if _, ok := parseListed(o); ok {
			policy += " " + strings.TrimSuffix(o, "/")
		}
	}
	if policy == "frame-ancestors" {
		policy += " 'none'"
	}
	return policy
}

func setCachedLong(h http.Header) {
	h.Set("Cache-Control", cacheLong)
	h.Set("Expires", time.Now().AddDate(1, 0, 0).UTC().Format(http.TimeFormat))
}

func matches(r *http.Request, etag string) bool {
	for tag := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/"); tag == etag || tag == "*" {
			return true
		}
	}
	return false
}

// hash is short, for names of versions.
func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}
