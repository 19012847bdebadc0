package source

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
)

func TestResolve(t *testing.T) {
	t.Parallel()
	f := newFolder(t, map[string]string{
		"chat.js": "", "a/b.js": "", "lib/x.js": "", "lib/x.ts": "", "lib/only.ts": "", "lib/m.mjs": "", "lib/data.json": "", "lib/d/index.ts": "",
		"lib/p/package.json": `{"main": "./m"}`, "lib/p/m/index.js": "", "lib/broken/package.json": `{`, "lib/broken/index.js": "",
		"lib/out/package.json": `{"main": "../../../x"}`, "lib/out/index.js": "",
		"node_modules/top/index.js": "", "node_modules/@s/p/sub.js": "", "a/node_modules/near/index.js": "", "a/node_modules/top/x.js": "",
	})
	for _, c := range []struct{ from, request, file, err string }{
		{"chat.js", "./lib/x", "lib/x.js", ""},
		{"chat.js", "./lib/x.ts", "lib/x.ts", ""},
		{"chat.js", "./lib/../lib/x", "lib/x.js", ""},
		{"a/b.js", "../chat", "chat.js", ""},
		{"lib/x.js", "./only.js", "lib/only.ts", ""},
		{"lib/x.js", "./x.js", "lib/x.js", ""},
		{"lib/x.js", "./m", "lib/m.mjs", ""},
		{"lib/x.js", "./data", "lib/data.json", ""},
		{"lib/x.js", "./d", "lib/d/index.ts", ""},
		{"lib/x.js", "./p", "lib/p/m/index.js", ""},
		{"lib/x.js", "./broken", "lib/broken/index.js", ""},
		{"lib/x.js", "./out", "lib/out/index.js", ""},
		{"lib/d/index.ts", "..", "", `cannot find ".."`},
		{"chat.js", "top", "node_modules/top", ""},
		{"chat.js", "top/", "node_modules/top", ""},
		{"chat.js", "@s/p/sub", "node_modules/@s/p/sub", ""},
		{"a/b.js", "near", "a/node_modules/near", ""},
		{"a/b.js", "top", "a/node_modules/top", ""},
		{"a/node_modules/near/index.js", "top", "a/node_modules/top", ""},
		{"chat.js", "near", "", `cannot find the package "near"; install it below modules, or write './near' for a file of your own`},
		{"chat.js", "./lib/none", "", `cannot find "./lib/none"; tried none{,.js,.mjs,.cjs,.ts,.json} and none/index.js in modules/lib`},
		{"chat.js", "../chat", "", "it is outside of modules"},
		{"chat.js", "/etc/passwd", "", "relative name"},
		{"chat.js", `lib\x`, "", "relative name"},
		{"chat.js", "top/../../x", "", `cannot find the package "top/../../x"`},
		{"chat.js", "fs", "", `"fs" is not available`},
	} {
		file, inPackage, err := f.Resolve(c.from, c.request)
		if c.err == "" {
			if err != nil || file != c.file || inPackage != strings.Contains(c.file, "node_modules") {
				t.Errorf("%s in %s is %q, %v, %v; want %q", c.request, c.from, file, inPackage, err, c.file)
			}
			continue
		}
		if _, ok := errors.AsType[*NotFoundError](err); !ok || !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s in %s: error %v, want %q", c.request, c.from, err, c.err)
		}
	}
}

// A request that one of its candidates is created for can be resolved.
func TestCandidates(t *testing.T) {
	t.Parallel()
	for _, request := range []string{"./x", "../lib/x", "./x.js", "pkg", "@s/pkg", "@s/pkg/sub"} {
		candidates := Candidates("a/b.js", request)
		if len(candidates) == 0 || !slices.ContainsFunc(candidates, fs.ValidPath) {
			t.Errorf("%s: %q", request, candidates)
		}
		for _, file := range candidates {
			if strings.HasSuffix(file, "package.json") { // needs another file beside it
				continue
			}
			f := newFolder(t, map[string]string{"a/b.js": "", file: ""})
			if _, _, err := f.Resolve("a/b.js", request); err != nil {
				t.Errorf("%s with %s: %v", request, file, err)
			}
		}
	}
	if c := Candidates("a.js", "../../x"); c != nil {
		t.Errorf("outside the folder: %q", c)
	}
}
