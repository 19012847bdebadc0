package runtime

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"node.websocket/runtime/permission"
)

// A tryModule evaluates what it is sent as the body of an async function, and answers with what that returns
// or throws.
const tryModule = `
	exports.Module = class {
		async onData(code, connection) {
			try {
				const body = Object.getPrototypeOf(async function(){ }).constructor('require', 'connection', code);
				connection.send(String(await body(require, connection)));
			} catch (error) {
				connection.send((error.code || error.name) + ' ' + error.message);
			}
		}
	};`

// tried returns the answer of a tryModule.
func tried(t *testing.T, s *fakeSession, code string) string {
	t.Helper()
	s.mu.Lock()
	s.sent = nil
	s.mu.Unlock()
	s.deliver(text(code))
	eventually(t, "the answer to "+code, func() bool { return s.messages() != "" })
	return s.messages()
}

func TestFiles(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"data/a.txt": "héllo", "data/b.bin": "\x00\xff", "secret": "no"} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	r, _ := newRuntimeWith(t, map[string]string{"test.js": tryModule}, Options{Permissions: permission.Set{Read: permission.List{Names: []string{dir + "/data"}}}})
	_, s := connect(t, r, "test")
	for code, want := range map[string]string{
		`return (await require('fs/promises').readFile('$D/data/a.txt', 'utf8')).length`:                                                                       "5",
		`return await require('fs').promises.readFile('$D/data/b.bin', {encoding: 'hex'})`:                                                                     "00ff",
		`const b = await require('node:fs/promises').readFile(new URL('file://$D/data/b.bin')); return [Buffer.isBuffer(b), b.length]`:                         "true,2",
		`return new Promise((resolve) => require('fs').readFile('$D/data/a.txt', (e, d) => resolve([e, d.length])))`:                                           ",6",
		`return new Promise((resolve) => require('fs').readFile('$D/data/none', 'utf8', (e, d) => resolve([e.code, e.syscall, e.path, d, e.message])))`:        "ENOENT,open,$D/data/none,,ENOENT: no such file or directory, open '$D/data/none'",
		`return await require('util').promisify(require('fs').readFile)('$D/data/a.txt', 'latin1')`:                                                            "hÃ©llo",
		`return await require('fs/promises').readdir('$D/data')`:                                                                                               "a.txt,b.bin",
		`return (await require('fs/promises').readdir('$D/data', {withFileTypes: true})).map((e) => [e.name, e.isFile(), e.isDirectory(), e.parentPath])`:      "a.txt,true,false,$D/data,b.bin,true,false,$D/data",
		`const s = await require('fs/promises').stat('$D/data/a.txt'); return [s.isFile(), s.size, (s.mode & 0o777).toString(8), s.mtime <= new Date()]`:       "true,6,640,true",
		`return (await require('fs/promises').lstat('$D/data')).isDirectory()`:                                                                                 "true",
		`return await require('fs/promises').realpath('$D/data/../data/a.txt')`:                                                                                "$D/data/a.txt",
		`return await require('fs/promises').access('$D/data/a.txt', 4)`:                                                                                       "undefined",
		`return await require('fs/promises').access('$D/data/a.txt', require('fs').constants.W_OK)`:                                                            "EACCES EACCES: permission denied, access '$D/data/a.txt'",
		`return new Promise((resolve) => require('fs').exists('$D/secret', resolve))`:                                                                          "false",
		`return await require('fs/promises').readFile('$D/secret')`:                                                                                            "ERR_ACCESS_DENIED reading $D/secret is not granted to modules; the server would have to be started with --allow-read=$D/secret",
		`return await require('fs/promises').readFile('$D/data/../secret')`:                                                                                    "ERR_ACCESS_DENIED reading $D/secret is not granted to modules; the server would have to be started with --allow-read=$D/secret",
		`return await require('fs/promises').readFile('$D/data')`:                                                                                              "EISDIR EISDIR: illegal operation on a directory, open '$D/data'",
		`return await require('fs/promises').readFile('$D/data/a.txt\0')`:                                                                                      "ERR_INVALID_ARG_VALUE The argument 'path' must be a string, Uint8Array, or URL without null bytes. Received '$D/data/a.txt\\x00'",
		`return await require('fs/promises').readFile(7)`:                                                                                                      `ERR_INVALID_ARG_TYPE The "path" argument must be of type string or an instance of Buffer or URL. Received type number (7)`,
		`return require('fs').readFile('$D/data/a.txt')`:                                                                                                       `ERR_INVALID_ARG_TYPE The "cb" argument must be of type function. Received type string ('` + (dir + "/data/a.txt")[:25] + `...')`,
		`return require('fs').readFileSync('$D/data/a.txt')`:                                                                                                   "ERR_METHOD_NOT_IMPLEMENTED fs.readFileSync is not available: all connections of the module would wait for the disk; use await fs.promises.readFile(…), or fs.readFile with a callback",
		`return await require('fs/promises').writeFile('$D/data/a.txt', 'x')`:                                                                                  "ERR_METHOD_NOT_IMPLEMENTED fs.writeFile is not available: modules may read files, and not write them",
		`return await require('fs/promises').readFile('$D/data/a.txt', {signal: AbortSignal.abort()})`:                                                         "ABORT_ERR The operation was aborted",
		`const a = new AbortController(), p = require('fs/promises').readFile('$D/data/a.txt', {signal: a.signal}); a.abort(); return await p`:                 "ABORT_ERR The operation was aborted",
		`return [...new Set((await Promise.allSettled(Array.from({length: 5000}, () => require('fs/promises').stat('$D/data')))).map((r) => r.reason?.code))]`: ",EAGAIN",
	} {
		want := strings.ReplaceAll(want, "$D", dir)
		if got := tried(t, s, strings.ReplaceAll(code, "$D", dir)); got != want {
			t.Errorf("%s\n gives %s\n want  %s", code, got, want)
		}
	}
}

// TestFilesNotGranted checks that the error names the flag, and that Module.options cannot grant.
func TestFilesNotGranted(t *testing.T) {
	t.Parallel()
	r, _ := newRuntime(t, map[string]string{"test.js": tryModule + `exports.Module.options = {allowRead: true};`})
	_, s := connect(t, r, "test")
	if got := tried(t, s, `return require('fs')`); !strings.HasPrefix(got, `MODULE_NOT_FOUND "fs" is not available`) || !strings.Contains(got, "--allow-read=PATH") {
		t.Error(got)
	}
}

// TestFileCallbackThrows checks that what a callback throws is reported as other errors are.
func TestFileCallbackThrows(t *testing.T) {
	t.Parallel()
	r, log := newRuntimeWith(t, map[string]string{"test.js": tryModule}, Options{Permissions: permission.Set{Read: permission.List{All: true}}})
	_, s := connect(t, r, "test")
	tried(t, s, `return new Promise((resolve) => require('fs').stat('/', () => { resolve(); throw new Error('of the callback'); }))`)
	eventually(t, "the report", func() bool { return strings.Contains(log.text(), "of the callback") })
	log.want(t, "ERROR Error: of the callback", "in=microtask")
}
