package transport

import (
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// page answers a plain request: with a file of Options.Public, or with why there is none.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.refuse(w, r, http.StatusMethodNotAllowed, "there are only pages here, and WebSockets")
		return
	}
	decoded, err := decodePath(r.RequestURI)
	if err != nil {
		s.refuse(w, r, http.StatusBadRequest, err.Error())
		return
	}
	if s.pages != nil && isPage(s.options.Public, decoded) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-cache") // kept, but asked for each time: people edit their pages
		s.pages.ServeHTTP(w, r)
		return
	}
	name, err := resourceName(decoded)
	if err != nil {
		s.refuse(w, r, http.StatusNotFound, "there is no such page")
		return
	}
	_, status, why := s.find(name)
	if status == 0 {
		if r.ProtoMajor < 2 {
			w.Header().Set("Connection", "Upgrade")
			w.Header().Set("Upgrade", "websocket")
		}
		status, why = http.StatusUpgradeRequired, "this is a WebSocket: open it with new WebSocket(...)"
	}
	s.refuse(w, r, status, why)
}

// isPage says whether a path names a regular file, or a folder that has an index.html. Folders are not listed, and nothing is served whose name, or a folder's
// on the way to it, begins with a dot.
func isPage(public fs.FS, decoded string) bool {
	name := path.Clean(decoded)
	if name != decoded && name+"/" != decoded || strings.Contains(name, "/.") {
		return false
	}
	name = strings.TrimPrefix(name, "/")
	if name == "" {
		name = "."
	}
	info, err := fs.Stat(public, name)
	if err == nil && info.IsDir() {
		info, err = fs.Stat(public, path.Join(name, "index.html"))
	}
	return err == nil && info.Mode().IsRegular()
}
