package console

import (
	"embed"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"node.websocket/transport"
)

//go:embed page
var embedded embed.FS

// A file is a part of the page.
type file struct{ text, contentType string }

// contentTypes are those of the files, by what their names end with.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

// readFiles returns the embedded files by their paths below the resource. The page itself has the path "".
func readFiles() map[string]file {
	files := map[string]file{}
	entries, err := fs.ReadDir(embedded, "page")
	if err != nil {
		panic(err) // cannot happen: it is embedded
	}
	for _, e := range entries {
		text, err := embedded.ReadFile("page/" + e.Name())
		if err != nil {
			panic(err) // likewise
		}
		at := "/" + e.Name()
		if e.Name() == "console.html" {
			at = ""
		}
		files[at] = file{string(text), contentTypes[path.Ext(e.Name())]}
	}
	return files
}

// header returns the header of an answer with the file. Scripts and styles are the server's own files alone, so that
// nothing that a client has sent can become code, even if the page took it for HTML.
func (f file) header(r *transport.Request) http.Header {
	socket := "ws://" + r.Host
	if r.Secure {
		socket = "wss://" + r.Host
	}
	if strings.ContainsAny(r.Host, " ;,'\"") { // it would be another directive
		socket = ""
	}
	return http.Header{
		"Content-Type":  {f.contentType},
		"Cache-Control": {"no-store"},
		"Content-Security-Policy": {strings.Join([]string{
			"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self' " + socket,
			"frame-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
		}, "; ")},
		"X-Content-Type-Options":       {"nosniff"},
		"X-Frame-Options":              {"DENY"},
		"Referrer-Policy":              {"no-referrer"},
		"Cross-Origin-Opener-Policy":   {"same-origin"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
	}
}
