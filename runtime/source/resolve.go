package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"node.websocket/runtime/environment"
)

// Resolve returns the file that require(request) means in the file from, as Node does for CommonJS.
// Relative names may lack their extension, or be directories with a package.json or an index. Any
// other name is a package, searched for in node_modules beside the file and above, up to the folder
// of the modules and no further; for a package, file is a key for its bundle, not always a file.
// The error is a *NotFoundError.
func (f *Folder) Resolve(from, request string) (file string, inPackage bool, err error) {
	if file, inPackage, err = f.resolve(from, request); err != nil {
		if refusal := environment.Refusal(request); refusal != "" {
			err = errors.New(refusal)
		}
		return "", false, &NotFoundError{err}
	}
	return file, inPackage, nil
}

// A NotFoundError says that require found no file. JavaScript sees it with the code
// MODULE_NOT_FOUND, which packages look for.
type NotFoundError struct{ error }

func (f *Folder) resolve(from, request string) (file string, inPackage bool, err error) {
	if strings.HasPrefix(request, "./") || strings.HasPrefix(request, "../") || request == "." || request == ".." {
		target := path.Join(path.Dir(from), request)
		if target == ".." || strings.HasPrefix(target, "../") {
			return "", false, fmt.Errorf("cannot find %q: it is outside of %s, and nothing there is read", request, f.shown)
		}
		if found, ok := f.fileOrFolder(target); ok {
			return found, false, nil
		}
		if to, is := f.link(target); is {
			return "", false, fmt.Errorf("cannot read %q: it is a link to %s, which is not a file in %s; nothing outside of it is read", request, to, f.shown)
		}
		return "", false, fmt.Errorf("cannot find %q; tried %s and %s/index.js in %s", request,
			path.Base(target)+"{"+strings.Join(requireExtensions, ",")+"}", path.Base(target), f.Show(path.Dir(target)))
	}
	if path.IsAbs(request) || strings.Contains(request, "\\") {
		return "", false, fmt.Errorf("cannot find %q: a file is required by a relative name, such as './lib/name.js'", request)
	}
	for dir := path.Dir(from); ; dir = path.Dir(dir) {
		if path.Base(dir) != "node_modules" {
			if found, ok := f.packageFile(path.Join(dir, "node_modules"), request); ok {
				return found, true, nil
			}
		}
		if dir == "." {
			break
		}
	}
	return "", false, fmt.Errorf("cannot find the package %q; install it below %s, or write './%s' for a file of your own", request, f.shown, request)
}

// requireExtensions are the endings that require adds to a name, in order.
var requireExtensions = []string{"", ".js", ".mjs", ".cjs", ".ts", ".json"}

// fileOrFolder returns the file that a relative name means, and reports whether there is one.
func (f *Folder) fileOrFolder(target string) (string, bool) {
	for _, ext := range requireExtensions {
		if info, err := f.root().Stat(target + ext); err == nil && info.Mode().IsRegular() {
			return target + ext, true
		}
	}
	if name, ok := strings.CutSuffix(target, ".js"); ok { // TypeScript's way to import a .ts file
		if info, err := f.root().Stat(name + ".ts"); err == nil && info.Mode().IsRegular() {
			return name + ".ts", true
		}
	}
	if main := f.packageMain(target); main != "" {
		for _, m := range []string{path.Join(target, main), path.Join(target, main, "index")} {
			for _, ext := range requireExtensions {
				if info, err := f.root().Stat(m + ext); err == nil && info.Mode().IsRegular() {
					return m + ext, true
				}
			}
		}
	}
	for _, ext := range requireExtensions[1:] {
		if info, err := f.root().Stat(path.Join(target, "index"+ext)); err == nil && info.Mode().IsRegular() {
			return path.Join(target, "index"+ext), true
		}
	}
	return "", false
}

// Candidates returns files of which one will probably appear if a request that could not be
// resolved is to work later. It lists what people create, not each name that would do.
func Candidates(from, request string) (files []string) {
	target := path.Join(path.Dir(from), request)
	switch {
	case !fs.ValidPath(target):
	case strings.HasPrefix(request, "."):
		for _, ext := range requireExtensions {
			files = append(files, target+ext)
		}
		if name, ok := strings.CutSuffix(target, ".js"); ok {
			files = append(files, name+".ts")
		}
		files = append(files, path.Join(target, "package.json"), path.Join(target, "index.js"))
	default:
		name := packageName(request)
		for dir := path.Dir(from); ; dir = path.Dir(dir) {
			files = append(files, path.Join(dir, "node_modules", name, "package.json"), path.Join(dir, "node_modules", name, "index.js"))
			if dir == "." {
				break
			}
		}
	}
	return files
}

// packageName returns the part of a request that names the package: two segments if it has a scope.
func packageName(request string) string {
	parts := strings.SplitN(request, "/", 3)
	if strings.HasPrefix(parts[0], "@") && len(parts) > 1 {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

// packageMain returns "main" of the package.json in dir, or "".
func (f *Folder) packageMain(dir string) string {
	data, err := f.Read(path.Join(dir, "package.json"))
	if err != nil {
		return ""
	}
	var p struct {
		Main string `json:"main"`
	}
	if json.Unmarshal(data, &p) != nil || !fs.ValidPath(path.Join(dir, p.Main)) {
		return ""
	}
	return p.Main
}

// packageFile reports whether the package of a request is installed in a node_modules directory. It
// returns the directory of the package, or the path in it that was requested. Which file that means
// is for esbuild to find, because package.json has many ways to say it.
func (f *Folder) packageFile(nodeModules, request string) (string, bool) {
	request = strings.TrimSuffix(request, "/")
	if !fs.ValidPath(request) {
		return "", false
	}
	name := packageName(request)
	if info, err := f.root().Stat(path.Join(nodeModules, name)); err != nil || !info.IsDir() {
		return "", false
	}
	return path.Join(nodeModules, request), true
}
