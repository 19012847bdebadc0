package transport

import (
	"compress/gzip"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net/http"
	"strconv"
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

//go:embed client
var clientFiles embed.FS

// clientPath is where the browser's client is, unless there is a page of that name.
const clientPath = "/client.js"

// A script is a file that is served from the program itself; packed is its text with gzip.
type script struct {
	text, packed, contentType, tag string
}

// scripts are the browser's client, its types, and the client with what the iframe's page needs.
var scripts = func() (all struct{ client, types, frame script }) {
	read := func(name string) string {
		text, err := clientFiles.ReadFile("client/" + name)
		if err != nil {
			panic(err) // the compiler has seen that it is there
		}
		return string(text)
	}
	make := func(text, contentType string) script {
		var packed strings.Builder
		gz, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // fails for levels that there are not
		_, _ = io.WriteString(gz, text)                             // a Builder takes everything
		_ = gz.Close()
		return script{text, packed.String(), contentType, hash(text)}
	}
	client := read("client.js")
	all.client = make(client, "text/javascript; charset=utf-8")
	all.frame = make(client+read("frame.js"), "text/javascript; charset=utf-8")
	all.types = make(read("client.d.ts"), "text/plain; charset=utf-8")
	return all
}()

// script serves the client at its path, or else says that this is not it.
func (s *Server) script(w http.ResponseWriter, r *http.Request, path string) bool {
	found := &scripts.client
	switch {
	case path == clientPath && strings.HasPrefix(r.URL.RawQuery, "frame="):
		found = &scripts.frame
	case path == clientPath:
	case path == "/client.d.ts":
		found = &scripts.types
	default:
		return false
	}
	h := w.Header()
	text, tag := found.text, `"`+found.tag+`"`
	h.Set("Vary", "Accept-Encoding")
	packed := acceptsGzip(r)
	if packed {
		text, tag = found.packed, `"`+found.tag+`-gzip"`
	}
	h.Set("ETag", tag)
	h.Set("Cache-Control", "no-cache") // kept, but asked for each time: a new server has a new client
	if strings.HasSuffix(r.URL.RawQuery, "="+found.tag) {
		setCachedLong(h)
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Access-Control-Allow-Origin", "*")
	if matches(r, tag) {
		w.WriteHeader(http.StatusNotModified)
		return true
	}
	h.Set("Content-Type", found.contentType)
	if packed {
		h.Set("Content-Encoding", "gzip")
	}
	w.Write([]byte(text))
	return true
}

// acceptsGzip says whether a client names gzip among the codings it takes (RFC 9110 §12.5.3).
func acceptsGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, weight, _ := strings.Cut(coding, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q, err := strconv.ParseFloat(strings.TrimPrefix(strings.ToLower(strings.TrimSpace(weight)), "q="), 64)
			return err != nil || q > 0
		}
	}
	return false
}
