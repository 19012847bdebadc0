package transport

import (
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// page answers a plain request with a file of Options.Public, or with the reason why there is none.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	decoded, err := decodePath(r.RequestURI)
	if !isGet(r) {
		s.noMethod(w, r, decoded)
		return
	}
	if err != nil {
		s.refuse(w, r, refuse(http.StatusBadRequest, err.Error()))
		return
	}
	if s.pages != nil && IsPage(s.options.Public, decoded) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-cache") // revalidated each time: people edit their pages
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
	resource, refused := s.find(name)
	// A module with a parameter in its name has this name too, but these are the more exact ones.
	if (refused != nil || resource.Name() != name) && s.ownPage(w, r, decoded) {
		return
	}
	if refused != nil {
		if refused.status == http.StatusNotFound && name == defaultResource && acceptsHTML(r) {
			refused = welcome(refused)
		}
		s.refuse(w, r, refused)
		return
	}
	if !s.responds(w, r, resource, decoded) {
		s.greet(w, r, name, resource)
	}
}

// ownPage answers a request for /metrics, /health or /ready. It reports whether it was one.
func (s *Server) ownPage(w http.ResponseWriter, r *http.Request, decoded string) bool {
	if decoded == "/metrics" && s.options.Metrics != nil {
		s.options.Metrics.ServeHTTP(w, r)
		return true
	}
	return s.probe(w, decoded)
}

// noMethod answers a request that is neither GET nor HEAD, which no page takes. What does not exist is a 404 with any
// method.
func (s *Server) noMethod(w http.ResponseWriter, r *http.Request, decoded string) {
	if decoded != "" {
		refused := refuse(http.StatusNotFound, errResource.Error())
		if name, err := resourceName(withoutSlash(decoded)); err == nil {
			var resource Resource
			if resource, refused = s.find(name); refused == nil && s.responds(w, r, resource, decoded) {
				return
			}
		}
		if refused != nil && !(s.pages != nil && IsPage(s.options.Public, decoded)) {
			s.refuse(w, r, refused)
			return
		}
	}
	w.Header().Set("Allow", "GET, HEAD")
	s.refuse(w, r, refuse(http.StatusMethodNotAllowed, "there are only pages here, and WebSockets"))
}

// withoutSlash removes a slash at the end: SockJS wants its greeting at "/chat/" too.
func withoutSlash(decoded string) string {
	if above, ok := strings.CutSuffix(decoded, "/"); ok && above != "" && above != "/" {
		return above
	}
	return decoded
}

// IsPage reports whether a percent-decoded path, without any encodedSlash, names a page in Options.Public: a
// regular file, or a directory with an index.html. Directories are not listed, and nothing is served that has
// a dot at the beginning of its name or of a directory's on the way. Any goroutine may call it.
func IsPage(public fs.FS, decoded string) bool {
	name := path.Clean(decoded)
	if name != decoded && name+"/" != decoded || strings.Contains(name, "/.") || strings.ContainsRune(name, encodedSlash) {
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
