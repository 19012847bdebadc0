package source

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/dop251/goja"
	"github.com/evanw/esbuild/pkg/api"

	"node.websocket/runtime/environment"
)

// A Bundle is a package of node_modules and all that it requires, as one CommonJS file. Packages
// are written for the resolution of Node and of bundlers (exports, browser, main …), which esbuild
// implements and require here does not.
type Bundle struct {
	name            string // in messages
	code, sourceMap []byte
	Inputs          Inputs // the files that it was made of

	mu      sync.Mutex
	version int           // guarded by mu: of program
	program *goja.Program // guarded by mu: of the last Compile; or nil
}

// Bundle returns the bundle of what require(request) means in the directory dir of the folder. If
// it fails, the Bundle has no code, but the Inputs read until then.
//
// Bundles are kept until one of their files changes, or they get too many. They are made one at a time, because each
// takes all processors for a moment.
func (f *Folder) Bundle(dir, request string) (*Bundle, error) {
	key := dir + "\x00" + request
	f.bundling.Lock()
	defer f.bundling.Unlock()
	if made := f.bundles[key]; made != nil {
		return made, nil
	}
	made, err := f.bundle(dir, request)
	if err == nil {
		size := len(made.code)
		for _, other := range f.bundles {
			size += len(other.code)
		}
		if size > maxBundled {
			clear(f.bundles)
		}
		f.bundles[key] = made
	}
	return made, err
}

// maxBundled bounds the bytes of code in the bundles that are kept.
const maxBundled = 64 << 20

// ForgetBundles drops the bundles that were made of file when it had another hash.
func (f *Folder) ForgetBundles(file string, hash uint64) {
	f.bundling.Lock()
	defer f.bundling.Unlock()
	maps.DeleteFunc(f.bundles, func(_ string, made *Bundle) bool {
		was, has := made.Inputs[file]
		return has && was != hash
	})
}

// ClearBundles drops all bundles.
func (f *Folder) ClearBundles() {
	f.bundling.Lock()
	defer f.bundling.Unlock()
	clear(f.bundles)
}

// bundle makes a bundle. It reads files through the root of the folder, so that a symbolic link
// that leaves it (a workspace, npm link) fails with a clear error.
func (f *Folder) bundle(dir, request string) (*Bundle, error) {
	abs, err := filepath.Abs(f.dir)
	if err != nil {
		return &Bundle{}, err
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	var read filesRead
	options := api.BuildOptions{
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
		Banner:         map[string]string{"js": wrapperHead},
		Footer:         map[string]string{"js": wrapperFoot},
		Define:         map[string]string{"process.env.NODE_ENV": `"production"`},
		LogLevel:       api.LogLevelSilent,
		Plugins:        []api.Plugin{f.confine(abs, &read)},
	}
	result := api.Build(options)
	if len(result.Errors) > 0 && len(read.inputs) == 0 {
		// Nothing was read: the package may be for import alone, by the conditions of its exports.
		options.Stdin.Contents = "import * as all from " + quoteJS(request) + "; module.exports = all"
		options.Conditions = nil
		if imported := api.Build(options); len(imported.Errors) == 0 {
			result = imported
		}
	}
	if len(result.Errors) > 0 {
		m := result.Errors[0]
		at := ""
		if missing, ok := strings.CutPrefix(m.Text, "Could not resolve "); ok {
			if name, err := strconv.Unquote(missing); err == nil && environment.Refusal(name) != "" {
				m.Text = environment.Refusal(name)
			}
		}
		if m.Location != nil {
			at = fmt.Sprintf(" (%s:%d)", m.Location.File, m.Location.Line)
		}
		err := fmt.Errorf("cannot bundle the package %q: %s%s", request, m.Text, at)
		if strings.HasPrefix(m.Text, "Could not resolve") { // something that the package requires
			err = &NotFoundError{err}
		}
		return &Bundle{name: f.Show("bundle"), Inputs: read.inputs}, err
	}
	b := &Bundle{name: f.Show("bundle"), Inputs: read.inputs}
	for _, out := range result.OutputFiles {
		if strings.HasSuffix(out.Path, ".map") {
			b.sourceMap = out.Contents
		} else {
			b.code = out.Contents
		}
	}
	return b, nil
}

// confine is the esbuild plugin that leaves built-in modules to require, and reads files through
// the root of the folder only.
func (f *Folder) confine(abs string, read *filesRead) api.Plugin {
	return api.Plugin{Name: "confine", Setup: func(b api.PluginBuild) {
		b.OnResolve(api.OnResolveOptions{Filter: `^(node:)?[a-z_/]+$`}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
			if environment.IsBuiltin(a.Path, f.permissions) {
				return api.OnResolveResult{Path: a.Path, External: true}, nil
			}
			return api.OnResolveResult{}, nil
		})
		b.OnLoad(api.OnLoadOptions{Filter: `.*`, Namespace: "file"}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
			rel, err := filepath.Rel(abs, a.Path)
			if err != nil || !filepath.IsLocal(rel) {
				return api.OnLoadResult{}, fmt.Errorf("%s is outside of %s, and nothing there is read; install the package itself, not a link to it", a.Path, f.shown)
			}
			if read.leavesOut(f, filepath.ToSlash(rel)) {
				empty := ""
				return api.OnLoadResult{Contents: &empty, Loader: api.LoaderJS}, nil
			}
			data, err := f.Read(rel)
			if err != nil {
				return api.OnLoadResult{}, err
			}
			read.add(f, filepath.ToSlash(rel), data)
			text := string(data)
			if err := environment.CheckNesting(text); err != nil {
				return api.OnLoadResult{}, err
			}
			loader := api.LoaderDefault
			switch path.Ext(filepath.ToSlash(rel)) {
			case ".cjs", ".mjs", ".js":
				loader = api.LoaderJS
			}
			return api.OnLoadResult{Contents: &text, Loader: loader, ResolveDir: filepath.Dir(a.Path)}, nil
		})
	}}
}

// Compile makes a program of the bundle for a version, or returns the last one if that was for the same: modules
// that require the same package share it. Its value is a function as [Compile] describes.
func (b *Bundle) Compile(version int) (*goja.Program, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.program != nil && b.version == version {
		return b.program, nil
	}
	program, err := compileCode(fmt.Sprintf("%s@%d", b.name, version), "", b.code, b.mapFor(version))
	if err != nil {
		return nil, err
	}
	b.version, b.program = version, program
	return program, nil
}

// Hash returns the hash of the bundle's code.
func (b *Bundle) Hash() uint64 { return Hash(b.code) }

// mapFor returns the source map with the version in the names of its sources, for stack traces.
func (b *Bundle) mapFor(version int) []byte {
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

// quoteJS returns s as a JavaScript string literal.
func quoteJS(s string) string {
	q, _ := json.Marshal(s) // cannot fail for a string
	return string(q)
}
