package transport

import (
	"compress/gzip"
	"embed"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

//go:embed client
var clientFiles embed.FS

// The paths of client.js as a script and as an ES module, unless there is a page with that name.
const (
	clientPath = "/client.js"
	modulePath = "/client.mjs"
)

// A script is a file that is part of the program. packed is its text compressed with gzip.
type script struct {
	text, packed, contentType, tag string
}

// allScripts are client.js as a script and as an ES module, the types of both, and client.js with what the iframe's page
// needs.
type allScripts struct{ client, module, types, moduleTypes, frame script }

// scripts returns them. They are made when they are first asked for, because that takes a while, and commands such as
// version should not.
var scripts = sync.OnceValue(func() *allScripts {
	var all allScripts
	make := func(text, contentType string) script {
		var packed strings.Builder
		gz, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // fails only for an unknown level
		_, _ = io.WriteString(gz, text)                             // a Builder does not fail
		_ = gz.Close()
		return script{text, packed.String(), contentType, hash(text)}
	}
	client := clientFile("client.js")
	all.client = make(client, "text/javascript; charset=utf-8")
	all.frame = make(client+clientFile("frame.js"), "text/javascript; charset=utf-8")
	all.module = make(asModule(client), "text/javascript; charset=utf-8")
	types := clientFile("client.d.ts")
	all.types = make(strings.ReplaceAll(types, "\nexport ", "\n"), "text/plain; charset=utf-8") // of globals
	all.moduleTypes = make(types, "text/plain; charset=utf-8")
	return &all
})

// asModule returns client.js as an ES module. It runs as in CommonJS, so that it makes no global.
func asModule(client string) string {
	return "const module = {}, exports = {};\n" + client + "export const Socket = exports.Socket;\n"
}

// clientFile returns the text of a file in the folder client.
func clientFile(name string) string {
	text, err := clientFiles.ReadFile("client/" + name)
	if err != nil {
		panic(err) // cannot happen: it is embedded
	}
	return string(text)
}

// script serves client.js in its forms and their types, and reports whether the path is one of theirs.
func (s *Server) script(w http.ResponseWriter, r *http.Request, path string) bool {
	var found *script
	switch {
	case path == clientPath && strings.HasPrefix(r.URL.RawQuery, "frame="):
		found = &scripts().frame
	case path == clientPath:
		found = &scripts().client
	case path == modulePath:
		found = &scripts().module
	case path == "/client.d.ts":
		found = &scripts().types
	case path == "/client.d.mts":
		found = &scripts().moduleTypes
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
	h.Set("Cache-Control", "no-cache") // revalidated each time: a new server has a new client
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

// acceptsGzip reports whether a client accepts the coding gzip (RFC 9110 §12.5.3).
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
