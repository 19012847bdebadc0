package runtime

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// params is a module that answers with the parameters of its paths.
const params = `
var Module = this.Module = function(){ };
Module.prototype.onHandshake = function(request){ this.at = JSON.stringify(request.params); };
Module.prototype.onData = function(data, connection){ connection.send(this.at + JSON.stringify(connection.request.params) + connection.server.clients); };
Module.onRequest = function(request){ return JSON.stringify(request.params); };
`

// say opens a connection to a path, sends one message and returns the answer.
func say(t testing.TB, r *Runtime, path string) string {
	t.Helper()
	c, a, err := open(r, strings.ToLower(path), Request{Path: "/" + path, Head: "GET /" + path + " HTTP/1.1\r\nHost: x\r\n"})
	if err != nil || a.Status != 0 {
		return fmt.Sprint(a.Status, errors.Is(err, fs.ErrNotExist))
	}
	s := newFakeSession(c)
	c.Connected(s)
	s.deliver(text("hello")) // where the watcher may have the worker
	return s.messages()
}

func TestParams(t *testing.T) {
	r, log := newRuntime(t, map[string]string{
		"rooms/[id].js": params, "rooms/index.js": params, "[a]/[B]/end.ts": params, "[__proto__]/[constructor]/x.js": params,
	})
	for _, c := range []struct{ path, want string }{
		{"rooms", `{}{}1`},
		{"rooms/42", `{"id":"42"}{"id":"42"}1`},
		{"Rooms/AbC", `{"id":"AbC"}{"id":"AbC"}2`}, // of the same worker
		{`rooms/"é <b>`, `{"id":"\"é <b>"}{"id":"\"é <b>"}3`},
		{"x/Y/END", `{"a":"x","B":"Y"}{"a":"x","B":"Y"}1`},
		{"x/y/x", `{"__proto__":"x","constructor":"y"}{"__proto__":"x","constructor":"y"}1`},
		{"rooms/1/2", "0 true"},
		{`rooms/1\2`, `{"id":"1/2"}{"id":"1/2"}4`},
		{`rooms\1`, "0 true"},
	} {
		if got := say(t, r, c.path); got != c.want {
			t.Errorf("%s: %s, want %s\n%s", c.path, got, c.want, log.text())
		}
	}
	for i := range 1000 {
		path := fmt.Sprint("rooms/n", i)
		res, err := r.Resource(path)
		if err != nil || res.Name() != "rooms/[id]" {
			t.Fatalf("%v %v", res, err)
		}
	}
	if got := ask(t, r, "rooms/z", "GET", ""); got != `0 {"id":"z"}` {
		t.Error(got)
	}
	if len(r.resources) != 4 {
		t.Errorf("%d resources, want 4", len(r.resources))
	}
	log.want(t, "resource=rooms/[id] file=modules/rooms/[id].js")
	if strings.Contains(log.text(), "rooms/n") || strings.Contains(log.text(), "<b>") {
		t.Error("the log names a client's path\n" + log.text())
	}
}

// TestMoreExact adds and deletes files that are more exact than a pattern, or than an index, while the server
// runs.
func TestMoreExact(t *testing.T) {
	for _, watch := range []bool{false, true} {
		r, log := newRuntimeWith(t, map[string]string{"rooms/[id].js": params, "rooms/index.js": params}, Options{Watch: watch})
		dir := r.options.Dir
		exact := strings.ReplaceAll(params, "this.at +", "'exact' +")
		file := filepath.Join(dir, "rooms", "lobby.js")
		if got := say(t, r, "rooms/lobby"); got != `{"id":"lobby"}{"id":"lobby"}1` {
			t.Error(got)
		}
		write(t, file, exact)
		if got := say(t, r, "rooms/lobby"); got != "exact{}1" {
			t.Errorf("%s\n%s", got, log.text())
		}
		if got := say(t, r, "rooms/other"); got != `{"id":"other"}{"id":"other"}2` {
			t.Error(got)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		r.reload(false, time.Minute)
		if got := say(t, r, "rooms/lobby"); got != `{"id":"lobby"}{"id":"lobby"}3` {
			t.Error(got)
		}
		if got := say(t, r, "rooms"); got != "{}{}1" {
			t.Error(got)
		}
		write(t, filepath.Join(dir, "rooms.js"), exact)
		r.reload(false, time.Minute)
		if got := say(t, r, "rooms"); got != "exact{}2" { // the same resource, of another file
			t.Errorf("%s\n%s", got, log.text())
		}
		move(t, filepath.Join(dir, "rooms", "[id].js"), filepath.Join(dir, "gone"))
		if got := say(t, r, "rooms/lobby"); watch && got != `{"id":"lobby"}{"id":"lobby"}4` && got != "0 true" || !watch && got != "0 true" {
			t.Errorf("%s\n%s", got, log.text())
		}
		r.reload(false, time.Minute)
		if got := say(t, r, "rooms/lobby"); got != "0 true" {
			t.Error(got)
		}
		log.want(t, "deleted; version 1 serves its 1 connection on, and new ones go to rooms/[id]")
		log.want(t, "connections on, and new ones are refused")
	}
}

// TestPatternsOfPackages loads a module with parameters that is made of several files and written as an ES
// module, and reloads it.
func TestPatternsOfPackages(t *testing.T) {
	r, log := newRuntime(t, map[string]string{
		"[id].mjs": `import { x } from './lib/x.js'; import y from 'y';
export class Module { onData(data, connection){ connection.send(x + y + connection.request.params.id); } }`,
		"lib/x.js": `exports.x = 'x';`, "node_modules/y/package.json": `{"main": "y.js"}`, "node_modules/y/y.js": `module.exports = 'y';`,
	})
	if got := say(t, r, "ID"); got != "xyID" {
		t.Errorf("%s\n%s", got, log.text())
	}
	write(t, filepath.Join(r.options.Dir, "lib/x.js"), `exports.x = 'X';`)
	r.reload(false, time.Minute)
	if got := say(t, r, "ID"); got != "XyID" {
		t.Errorf("%s\n%s", got, log.text())
	}
}
