package transport

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
)

var paths = []struct {
	target, path, name string
	err                error
}{
	{"/", "/", "_default", nil},
	{"/chat", "/chat", "chat", nil},
	{"/Chat", "/Chat", "chat", nil},
	{"/chat?a=/../%00", "/chat", "chat", nil},
	{"/?x", "/", "_default", nil},
	{"/a/b/c.d-e_f", "/a/b/c.d-e_f", "a/b/c.d-e_f", nil},
	{"/_default", "/_default", "_default", nil},
	{"/9", "/9", "9", nil},
	{"/%63hat", "/chat", "chat", nil},
	{"/a%2Fb", `/a\b`, `a\b`, nil},
	{"/a%2fb%2F/c", `/a\b\/c`, `a\b\/c`, nil},
	{"/%2F", `/\`, `\`, nil},
	{"/a/..%2Fb", `/a/..\b`, `a/..\b`, nil},
	{"/a%252Fb", "/a%2Fb", "a%2fb", nil}, // decoded once
	{"http://host/chat", "/chat", "chat", nil},
	{"ws://host:80/chat?x", "/chat", "chat", nil},
	{"http://host", "/", "_default", nil},
	{"http://host?x", "/", "_default", nil},

	{"/chat/", "/chat/", "", errResource},
	{"/_default/", "/_default/", "", errResource},
	{"/" + strings.Repeat("a", maxResource), "/" + strings.Repeat("a", maxResource), strings.Repeat("a", maxResource), nil},
	{"/" + strings.Repeat("a", maxResource+1), "/" + strings.Repeat("a", maxResource+1), "", errResource},

	{"//", "//", "", errPath},
	{"//chat", "//chat", "", errPath},
	{"/a//b", "/a//b", "", errPath},
	{"/..", "/..", "", errPath},
	{"/a/../b", "/a/../b", "", errPath},
	{"/%2e%2e/b", "/../b", "", errPath},
	{"/a/.", "/a/.", "", errPath},
	{"/a/%2e", "/a/.", "", errPath},
	{"/a/%2E%2E", "/a/..", "", errPath},
	{"/../", "/../", "", errPath},

	// Not for transport to refuse; see TestResources of runtime.
	{"/a..b", "/a..b", "a..b", nil},
	{"/.git", "/.git", ".git", nil},
	{"/%252e%252e", "/%2e%2e", "%2e%2e", nil}, // decoded once
	{"/a b", "/a b", "a b", nil},
	{"/a%20b", "/a b", "a b", nil},
	{"/ch\u212at", "/ch\u212at", "ch\u212at", nil}, // the Kelvin sign, whose lower case is k
	{"/caf%C3%89", "/cafÉ", "cafÉ", nil},
	{"/%ff", "/\xff", "\xff", nil},

	{"", "", "", errPath},
	{"*", "", "", errPath},
	{"chat", "", "", errPath},
	{"host:80", "", "", errPath},
	{"/chat#x", "", "", errPath},
	{"/%", "", "", errPath},
	{"/%4", "", "", errPath},
	{"/%4g", "", "", errPath},
	{"/%g4", "", "", errPath},
	{"/a%00", "", "", errPath},
	{"/a\x00", "", "", errPath},
	{"/a%0a", "", "", errPath},
	{"/a%7f", "", "", errPath},
	{`/a\b`, "", "", errPath},
	{"/a%5cb", "", "", errPath},
}

func TestPaths(t *testing.T) {
	t.Parallel()
	for _, test := range paths {
		path, err := decodePath(test.target)
		name := ""
		if err == nil {
			name, err = resourceName(path)
		}
		if path != test.path || name != test.name || !errors.Is(err, test.err) {
			t.Errorf("%q: path %q, name %q, error %v; want %q, %q, %v", test.target, path, name, err, test.path, test.name, test.err)
		}
	}
}

// FuzzPath looks for a name that leaves the directory of modules, or that stands for two files.
func FuzzPath(f *testing.F) {
	for _, test := range paths {
		f.Add(test.target)
	}
	f.Fuzz(func(t *testing.T, target string) {
		path, err := decodePath(target)
		if err != nil {
			return
		}
		if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "\x00\r\n") || strings.ContainsRune(path, encodedSlash) && !strings.Contains(strings.ToLower(target), "%2f") {
			t.Fatalf("%q: path %q", target, path)
		}
		if again, err := decodePath(escapePath(path)); err != nil || again != path {
			t.Fatalf("%q: path %q, which is %q, %v", target, path, again, err)
		}
		name, err := resourceName(path)
		if err != nil {
			return
		}
		if len(name) > maxResource || !fs.ValidPath(strings.ToValidUTF8(name, "x")) || name == "." || strings.ContainsAny(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
			t.Fatalf("%q: name %q", target, name)
		}
		if again, err := resourceName("/" + name); err != nil || again != name {
			t.Fatalf("%q: name %q, whose name is %q, %v", target, name, again, err)
		}
	})
}
