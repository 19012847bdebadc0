package runtime

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestForms checks each form in which a file can export its module.
func TestForms(t *testing.T) {
	t.Parallel()
	const handler = "onData(data, connection){ connection.send(data + this.constructor.name) }"
	for name, c := range map[string]struct{ file, source, want string }{
		"this.Module":               {"test.js", "this.Module = class A { " + handler + " }", "xA"},
		"exports.Module":            {"test.js", "exports.Module = class A { " + handler + " }", "xA"},
		"module.exports":            {"test.js", "module.exports = class A { " + handler + " }", "xA"},
		"export class":              {"test.js", "export class Module { " + handler + " }", "xModule"},
		"export default class":      {"test.mjs", "export default class A { " + handler + " }", "xA"},
		"a property of the default": {"test.mjs", "export default { Module: class A { " + handler + " } }", "xA"},
		"an object":                 {"test.js", "exports.Module = { " + handler + " }", "xObject"},
		"an object of the exports":  {"test.js", "module.exports = { " + handler + " }", "xObject"},
		"the exports":               {"test.js", "exports.onData = function " + handler, "xObject"},
		"this":                      {"test.js", "this.onData = function " + handler, "xObject"},
		"the default":               {"test.mjs", "export default { " + handler + " }", "xObject"},
		"a function":                {"test.ts", "export function onData(data: string, connection: any){ connection.send(data + typeof this.onConnect) }\nexport function onConnect(){ }", "xfunction"},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := newRuntime(t, map[string]string{c.file: strings.Replace(c.source, "function onData", "function", 1)})
			if c.file == "test.ts" {
				write(t, filepath.Join(r.options.Dir, c.file), c.source)
			}
			if _, s := connect(t, r, "test"); answer(s, "x") != c.want {
				t.Errorf("answered %q, want %q", s.messages(), c.want)
			}
		})
	}
}

// TestFormHandlers checks that an object gets every handler, with itself as this, and its options.
func TestFormHandlers(t *testing.T) {
	t.Parallel()
	r, log := newRuntime(t, map[string]string{"test.js": `
		const note = (name) => function(...args){ this.heard = (this.heard || '') + name + ' '; if (name == 'onDisconnect') console.log('this', this === exports, this.heard + args[1]); };
		exports.options = { maxMessage: 5 };
		for (const name of ['onHandshake', 'onConnect', 'onDrain', 'onReload', 'onDisconnect', 'onError']) exports[name] = note(name);
		exports.onData = function(data, connection){ if (data == 'throw') throw new Error('thrown'); note('onData').call(this); };`})
	c, s := connect(t, r, "test")
	s.deliver(text("x", "throw"))
	c.Drained()
	r.reload(true, time.Minute)
	c.Disconnected(1000, "")
	eventually(t, "onDisconnect", func() bool { return strings.Contains(log.text(), "this") })
	log.want(t, "this true onHandshake onConnect onData onError onDrain onReload onDisconnect 1000")
	if options, ok := (*r.resources["test"].options.Load()).(map[string]any); !ok || options["maxMessage"] != int64(5) {
		t.Errorf("options %v", options)
	}
}

// TestFormReload checks that what handlers have put on the object stays at a reload, that what the file puts
// there is new, and that a file may change from one form to another.
func TestFormReload(t *testing.T) {
	t.Parallel()
	object := func(v string) string {
		return `module.exports = { v: '` + v + `', onData(data, connection){ this.count = (this.count || 0) + 1; connection.send(this.v + this.count) } };`
	}
	r, _ := newRuntime(t, map[string]string{"test.js": object("a")})
	file := filepath.Join(r.options.Dir, "test.js")
	_, one := connect(t, r, "test")
	_, two := connect(t, r, "test")
	for _, step := range []struct{ source, one, two string }{
		{"", "a1", "a2"},
		{object("b"), "b3", "b4"},
		{`this.Module = class { constructor(){ this.n = 0 } onData(data, connection){ connection.send('class' + ++this.n + this.count) } }`, "class1undefined", "class1undefined"},
		{object("c"), "c1", "c2"},
	} {
		if step.source != "" {
			write(t, file, step.source)
			r.reload(false, time.Minute)
		}
		if got := answer(one, "x"); got != step.one {
			t.Errorf("answered %q, want %q after %s", got, step.one, step.source)
		}
		if got := answer(two, "x"); got != step.two {
			t.Errorf("answered %q, want %q after %s", got, step.two, step.source)
		}
	}
}
