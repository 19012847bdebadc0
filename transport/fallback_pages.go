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

// info tells a client what is served. The client measures how long the answer takes.
func (s *Server) info(w http.ResponseWriter, _ *http.Request, e *endpoint) {
	var entropy [4]byte
	rand.Read(entropy[:])
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=UTF-8")
	h.Set("Cache-Control", cacheNone)
	h.Set("X-Content-Type-Options", "nosniff")
	w.Write(sockjs.AppendInfo(nil, e.options.serves(transportWebSocket), e.options.Cookie, binary.BigEndian.Uint32(entropy[:])))
}

// iframe serves the page for a hidden frame. Its script is this program's own, so that it comes
// from nowhere else and works with every 1.x of sockjs-client. The frame's requests have the
// server's origin, so where origins are restricted, the pages that may contain the frame are as
// well.
func (s *Server) iframe(w http.ResponseWriter, r *http.Request, e *endpoint) {
	h := w.Header()
	up := strings.Repeat("../", max(strings.Count(r.URL.EscapedPath(), "/")-1, 0)) // a proxy may serve all of it below a path
	page := sockjs.IframePage(up + strings.TrimPrefix(clientPath, "/") + "?frame=" + scripts().frame.tag)
	policy := framePolicy(e.options.Origins)
	etag := `"` + hash(page+policy) + `"`
	setCachedLong(h)
	h.Set("ETag", etag)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin") // fromFrame recognizes the frame's requests by their Referer
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

// framePolicy returns the Content-Security-Policy of a page that only pages of these origins may
// frame; "" if any page may.
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

// setCachedLong lets a response be cached for a year.
func setCachedLong(h http.Header) {
	h.Set("Cache-Control", cacheLong)
	h.Set("Expires", time.Now().AddDate(1, 0, 0).UTC().Format(http.TimeFormat))
}

// matches reports whether the client has the version with this ETag already.
func matches(r *http.Request, etag string) bool {
	for tag := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/"); tag == etag || tag == "*" {
			return true
		}
	}
	return false
}

// hash returns a short name for a version of s.
func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}
