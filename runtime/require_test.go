package runtime

import (
	"strings"
	"testing"
)

// TestRequire answers in each case with the value of an expression of the module, and checks the
// answer.
func TestRequire(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"lib/a.js":                          "exports.name = 'a'; exports.b = require('./b'); exports.done = true;",
		"lib/b.js":                          "var a = require('./a'); exports.saw = a.name + a.done; exports.again = function(){ return a.done };",
		"lib/n.js":                          "exports.n = (exports.n || 0) + 1; this.self = this === exports && exports === module.exports;",
		"lib/f.js":                          "exports.where = __filename + ' ' + __dirname; exports.id = module.id; exports.loaded = module.loaded;",
		"lib/esm.mjs":                       "export default 'd'; export const x = 'x';",
		"lib/t.ts":                          "export const t: string = 't';",
		"lib/d/index.js":                    "module.exports = 'index'",
		"lib/p/package.json":                `{"main": "./m"}`,
		"lib/p/m.js":                        "module.exports = 'main'",
		"lib/bom.json":                      "\ufeff[7]",
		"data.json":                         `{"a": [1, 2], "__proto__": 5}`,
		"lib/throws.js":                     "exports.x = 1; throw new Error('once')",
		"node_modules/one/package.json":     `{"name": "one", "main": "lib/one.js"}`,
		"node_modules/one/lib/one.js":       "exports.two = require('two').v; exports.env = process.env.NODE_ENV",
		"node_modules/two/package.json":     `{"name": "two", "exports": {".": {"import": "./i.mjs", "require": "./r.js"}, "./sub": "./s.js"}}`,
		"node_modules/two/r.js":             "exports.v = 'cjs'",
		"node_modules/two/i.mjs":            "export const v = 'esm'",
		"node_modules/two/s.js":             "module.exports = 'sub'",
		"node_modules/@s/p/package.json":    `{"name": "@s/p", "module": "m.mjs"}`,
		"node_modules/@s/p/m.mjs":           "export default 'scoped'; export const named = 'n'",
		"node_modules/events/index.js":      "exports.mine = 'yes'",
		"node_modules/uses-events/index.js": "exports.on = typeof require('node:events').once; exports.mine = require('events/').mine; require('events').EventEmitter.name",
		"deep/node_modules/one/index.js":    "exports.two = 'deep'",
		"deep/lib/uses.js":                  "module.exports = require('one').two",
	}
	for _, c := range []struct{ expression, want string }{
		{"require('./lib/a').b.saw", "aundefined"},
		{"require('./lib/a').b.again()", "true"},
		{"require('./lib/a') === require('./lib/a.js')", "true"},
		{"require('./lib/n').n + require('./lib/../lib/n.js').n", "2"},
		{"require('./lib/n').self", "true"},
		{"require('./lib/f').where", "lib/f.js lib"},
		{"require('./lib/f').loaded", "false"},
		{"require('./lib/esm').default + require('./lib/esm.mjs').x", "dx"},
		{"require('./lib/t').t", "t"},
		{"require('./lib/d')", "index"},
		{"require('./lib/p')", "main"},
		{"require('./data').a[1]", "2"},
		{"require('./lib/bom')[0]", "7"},
		{"require('./data.json') === require('./data')", "true"},
		{"require('one').two + require('one').env", "cjsproduction"},
		{"require('two/sub')", "sub"},
		{"require('@s/p').named", "n"},
		{"require('./deep/lib/uses')", "deep"},
		{"typeof require('events').once + require('events/').mine", "functionyes"},
		{"require('uses-events').on + require('uses-events').mine", "functionyes"},
		{"tryRequire('./lib/throws') + tryRequire('./lib/throws')", "onceonce"},
		{"tryRequire('./nosuch')", "MODULE_NOT_FOUND"},
		{"tryRequire('../../etc/passwd')", "MODULE_NOT_FOUND"},
		{"tryRequire(5)", "require takes the name of a module, a string"},
	} {
		files["test.js"] = "function tryRequire(n){ try { require(n) } catch(e) { return e.code || e.message } }\n" +
			"var v = " + c.expression + ";\nthis.Module = function(){ this.onData = function(d, c){ c.send(v) } };"
		r, log := newRuntime(t, files)
		conn, s := connect(t, r, "test")
		conn.Receive(text("x"))
		if s.messages() != c.want {
			t.Errorf("%s: %q, want %q\n%s", c.expression, s.messages(), c.want, log.text())
		}
	}
}

// TestPackageLeavesFilesOut checks that a file which a package excludes from browsers is empty,
// whether it is required with or without its extension.
func TestPackageLeavesFilesOut(t *testing.T) {
	r, log := newRuntime(t, map[string]string{
		"node_modules/p/package.json": `{"name": "p", "main": "index.js", "browser": {"./node.js": false, "./lib/disk.js": false, "./dot.js": "./undot.js"}}`,
		"node_modules/p/index.js":     "exports.keys = Object.keys(require('./node.js')).length + Object.keys(require('./lib/disk')).length + require('./dot').v",
		"node_modules/p/node.js":      "exports.v = require('fs')",
		"node_modules/p/lib/disk.js":  "exports.v = require('net')",
		"node_modules/p/undot.js":     "exports.v = 'undot'",
		"node_modules/q/index.js":     "exports.v = require('child_process')",
		"test.js": "var why; try { require('q') } catch (e) { why = e.message }\n" +
			"this.Module = function(){ this.onData = function(d, c){ c.send(require('p').keys + why) } };",
	})
	conn, s := connect(t, r, "test")
	conn.Receive(text("x"))
	const want = `0undotcannot bundle the package "q": "child_process" is not available: modules run programs only if the server is started with --allow-run=PROGRAM, or --allow-run for all (node_modules/q/index.js:1)`
	if s.messages() != want {
		t.Errorf("%q\n%s", s.messages(), log.text())
	}
}

func TestImport(t *testing.T) {
	r, log := newRuntime(t, map[string]string{
		"test.mjs": "import d, { x } from './lib/esm.mjs';\nimport * as all from './lib/c.js';\nimport pkg from '@s/p';\n" +
			"export default class { async onData(data, c){ const m = await import('./lib/esm.mjs'); c.send(d + x + all.y + pkg + m.x) } }",
		"lib/esm.mjs":                    "export default 'd'; export const x = 'x';",
		"lib/c.js":                       "exports.y = 'y'",
		"node_modules/@s/p/package.json": `{"name": "@s/p", "type": "module", "exports": "./m.js"}`,
		"node_modules/@s/p/m.js":         "export default 'scoped'",
	})
	conn, s := connect(t, r, "test")
	conn.Receive(text("x"))
	eventually(t, "an answer", func() bool { return s.messages() != "" || strings.Contains(log.text(), "ERROR") })
	if s.messages() != "dxyscopedx" {
		t.Errorf("%q\n%s", s.messages(), log.text())
	}
}

// TestWorkersAreApart checks that workers share no state, even if they require the same file.
func TestWorkersAreApart(t *testing.T) {
	const user = "var n = require('./lib/n'); this.Module = function(){ this.onData = function(d, c){ c.send(++n.n); x = 1 + (globalThis.x || 0); c.send(x) } };"
	r, _ := newRuntime(t, map[string]string{"a.js": user, "b.js": user, "lib/n.js": "exports.n = 0"})
	for _, name := range []string{"a", "b"} {
		c, s := connect(t, r, name)
		c.Receive(text("x"))
		if s.messages() != "1|1" {
			t.Errorf("%s: %q", name, s.messages())
		}
	}
}

// TestByteOrderMark checks that JSON, like code, may begin with a byte order mark.
func TestByteOrderMark(t *testing.T) {
	r, _ := newRuntime(t, map[string]string{"test.js": "\ufeff" + module("connection.send(require('./data').v)")["test.js"], "data.json": "\ufeff{\"v\": \"json\"}"})
	_, s := connect(t, r, "test")
	if got := answer(s, "x"); got != "json" {
		t.Error(got)
	}
}
