package runtime

import (
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/evanw/esbuild/pkg/api"
)

// A bundle is a package of node_modules and all that it requires, as one CommonJS file: packages are written for
// Node's resolution (exports, browser, main …), which esbuild knows and require need not.
type bundle struct {
	code, sourceMap []byte
	inputs          []string // the files that went into it, relative to the folder of the modules
}

// bundles keeps the bundles that were made, by the file that was asked for. A bundle stays until forget.
type bundles struct {
	mu     sync.Mutex
	byName map[string]*bundle // guarded by mu
}

// bundlePackage bundles what require(request) means in a folder. Files are read through the root, so that a symbolic
// link out of it (a workspace, npm link) fails with a clear error.
func (r *Runtime) bundlePackage(dir, request string) (*bundle, error) {
	key := dir + "\x00" + request
	r.bundles.mu.Lock()
	defer r.bundles.mu.Unlock() // one at a time: each uses all processors for a moment
	if b := r.bundles.byName[key]; b != nil {
		return b, nil
	}
	abs, err := filepath.Abs(r.options.Dir)
	if err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	result := api.Build(api.BuildOptions{
		Stdin: &api.StdinOptions{
			Contents:   "module.exports = require(" + quoteJS(request) + ")",
			ResolveDir: filepath.Join(abs, filepath.FromSlash(dir)),
			Sourcefile: "require",
		},
		AbsWorkingDir:  abs,
		Bundle:         true,
		Write:          false,
		Outfile:        filepath.Join(abs, "bundle.js"),
		Format:         api.FormatCommonJS,
		Platform:       api.PlatformBrowser,
		Conditions:     []string{"require"},
		Target:         api.ESNext,
		Supported:      lowered,
		Sourcemap:      api.SourceMapExternal,
		SourcesContent: api.SourcesContentExclude,
		Metafile:       true,
		Banner:         map[string]string{"js": wrapperHead},
		Footer:         map[string]string{"js": wrapperFoot},
		Define:         map[string]string{"process.env.NODE_ENV": `"production"`},
		LogLevel:       api.LogLevelSilent,
		Plugins:        []api.Plugin{r.confine(abs)},
	})
	if len(result.Errors) > 0 {
		m := result.Errors[0]
		at := ""
		if m.Location != nil {
			at = fmt.Sprintf(" (%s:%d)", m.Location.File, m.Location.Line)
		}
		return nil, fmt.Errorf("cannot bundle the package %q: %s%s", request, m.Text, at)
	}
	b := &bundle{}
	for _, f := range result.OutputFiles {
		if strings.HasSuffix(f.Path, ".map") {
			b.sourceMap = f.Contents
		} else {
			b.code = f.Contents
		}
	}
	var meta struct {
		Inputs map[string]json.RawMessage `json:"inputs"`
	}
	if err := json.Unmarshal([]byte(result.Metafile), &meta); err != nil {
		return nil, fmt.Errorf("bundle the package %q: %w", request, err)
	}
	for input := range meta.Inputs {
		if input != "require" && !strings.Contains(input, ":") {
			b.inputs = append(b.inputs, path.Clean(input))
		}
	}
	if r.bundles.byName == nil {
		r.bundles.byName = map[string]*bundle{}
	}
	r.bundles.byName[key] = b
	return b, nil
}

// confine is the esbuild plugin that leaves Node's built-in modules to our own require, and reads files through the
// root alone.
func (r *Runtime) confine(abs string) api.Plugin {
	return api.Plugin{Name: "confine", Setup: func(b api.PluginBuild) {
		b.OnResolve(api.OnResolveOptions{Filter: `^(node:)?[a-z_/]+$`}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
			// An installed package of that name (events, buffer, util) goes before the built-in one.
			if isBuiltin(a.Path) && a.PluginData == nil {
				found := b.Resolve(a.Path, api.ResolveOptions{ResolveDir: a.ResolveDir, Kind: a.Kind, PluginData: true})
				if len(found.Errors) > 0 || found.External {
					return api.OnResolveResult{Path: a.Path, External: true}, nil
				}
			}
			return api.OnResolveResult{}, nil
		})
		b.OnLoad(api.OnLoadOptions{Filter: `.*`, Namespace: "file"}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
			rel, err := filepath.Rel(abs, a.Path)
			if err != nil || !filepath.IsLocal(rel) {
				return api.OnLoadResult{}, fmt.Errorf("%s is outside of %s, and nothing there is read; install the package itself, not a link to it", a.Path, r.shown)
			}
			data, err := r.root.ReadFile(rel)
			if err != nil {
				return api.OnLoadResult{}, err
			}
			text := string(data)
			loader := api.LoaderDefault
			switch path.Ext(filepath.ToSlash(rel)) {
			case ".cjs", ".mjs", ".js":
				loader = api.LoaderJS
			}
			return api.OnLoadResult{Contents: &text, Loader: loader, ResolveDir: filepath.Dir(a.Path)}, nil
		})
	}}
}

// mapFor is the source map with the version in the names of its sources, as stack traces have it.
func (b *bundle) mapFor(version int) []byte {
	var m map[string]any
	if json.Unmarshal(b.sourceMap, &m) != nil {
		return b.sourceMap
	}
	sources, _ := m["sources"].([]any)
	for i, s := range sources {
		sources[i] = fmt.Sprintf("%v@%d", s, version)
	}
	out, err := json.Marshal(m)
	if err != nil {
		return b.sourceMap
	}
	return out
}

func quoteJS(s string) string {
	q, _ := json.Marshal(s) // a string always has a JSON form, and JSON's strings are JavaScript's
	return string(q)
}
