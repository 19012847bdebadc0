package transport

import (
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// page answers a plain request: with a file of Options.Public, or with why there is none.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	decoded, err := decodePath(r.RequestURI)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		s.noMethod(w, r, decoded)
		return
	}
	if err != nil {
		s.refuse(w, r, refuse(http.StatusBadRequest, err.Error()))
		return
	}
	if s.pages != nil && isPage(s.options.Public, decoded) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-cache") // kept, but asked for each time: people edit their pages
		s.pages.ServeHTTP(w, r)
		return
	}
	if s.script(w, r, decoded) {
		return
	}
	name, err := resourceName(withoutSlash(decoded))
	if err != nil {
		s.refuse(w, r, refuse(http.StatusNotFound, "there is no such page"))
		return
	}
	if _, refused := s.find(name); refused != nil {
		s.refuse(w, r, refused)
		return
	}
	greet(w)
}

// noMethod answers a request that is no GET: what is not there has no methods either.
func (s *Server) noMethod(w http.ResponseWriter, r *http.Request, decoded string) {
	if decoded != "" && !(s.pages != nil && isPage(s.options.Public, decoded)) {
		refused := refuse(http.StatusNotFound, errResource.Error())
		if name, err := resourceName(withoutSlash(decoded)); err == nil {
			_, refused = s.find(name)
		}
		if refused != nil {
			s.refuse(w, r, refused)
			return
		}
	}
	w.Header().Set("Allow", "GET, HEAD")
	s.refuse(w, r, refuse(http.StatusMethodNotAllowed, "there are only pages here, and WebSockets"))
}

// withoutSlash is for the greeting, which SockJS also wants at "/chat/".
func withoutSlash(decoded string) string {
	if above, ok := strings.CutSuffix(decoded, "/"); ok && above != "" && above != "/" {
		return above
	}
	return decoded
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
