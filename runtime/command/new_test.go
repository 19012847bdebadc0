package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// TestNew makes modules in an empty folder, and checks and serves them.
func TestNew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"new chat", 0, "modules/chat.js\nmodules/chat.test.js\npublic/chat.html\nmodules/types.d.ts\njsconfig.json\n\nStart "},
		{"new /rooms/[id] --ts", 0, "modules/rooms/[id].ts\nmodules/rooms/[id].test.js\npublic/rooms/id.html\n\nStart "},
		{"new --ts _default", 0, "modules/_default.ts\nmodules/_default.test.js\npublic/index.html\n\nStart "},
		{"new other.ts --public=", 0, "modules/other.ts\n"},
		{"new chat --ts", 1, "node.websocket: modules/chat.js is there; nothing was written\n"},
		{"new chat.js", 1, "node.websocket: modules/chat.js is there; nothing was written\n"},
		{"new rooms/id", 0, "modules/rooms/id.js\nmodules/rooms/id.test.js\npublic/rooms/id.html is there, and was left as it is\n"},
		{"new Chat", 2, "node.websocket: \"Chat\" cannot be the name of a module; names are in lower case, as chat\n"},
		{"new lib/x", 2, "node.websocket: \"lib/x\" cannot be the name of a module; it is made of a-z, 0-9, _, - and ., as in chat, admin/log or rooms/[id], and is not in lib/, hidden or a test\n"},
		{"new ../x", 2, "node.websocket: \"../x\" cannot be"},
		{"new", 2, "node.websocket: new: it takes the name of the module"},
		{"new a b", 2, "node.websocket: \"b\": one argument too many; see --help\n"},
		{"new --help", 0, "node.websocket new: "},
		{"types", 0, ""},
		{"test", 0, "TAP version 14\n"},
		{"check", 0, "5 modules are fine\n"},
	} {
		out, code := commandtest.Run(t, dir, strings.Fields(c.args)...)
		if code != c.code || !strings.HasPrefix(out, c.want) || c.want == "" && out != "" {
			t.Errorf("%s: exit %d\n%s\nwant %s", c.args, code, out, c.want)
		}
	}
	p := commandtest.Start(t, nil, "--modules", filepath.Join(dir, "modules"), "--public", filepath.Join(dir, "public"))
	for _, path := range []string{"/chat", "/rooms/7", "/", "/other"} {
		c := p.Dial(path)
		if got := c.Next(); got != "Welcome. Clients here: 1" {
			t.Errorf("%s: %q", path, got)
		}
		c.SendText("x")
		if got := c.Next(); got != "x" {
			t.Errorf("%s: %q", path, got)
		}
	}
}

// TestWriteTypes checks that types writes its own file again, and no other.
func TestWriteTypes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	types := filepath.Join(dir, "code", "types.d.ts")
	if out, code := commandtest.Run(t, dir, "types", "--modules", "code"); code != 1 || !strings.Contains(out, "there is no folder code here") {
		t.Errorf("no folder: exit %d: %s", code, out)
	}
	commandtest.WriteFile(t, types, strings.SplitN(declarations(), "\n", 2)[0]+"\nof another version\n")
	commandtest.WriteFile(t, filepath.Join(dir, "tsconfig.json"), "{}")
	out, code := commandtest.Run(t, dir, "types", "--modules", "code")
	if code != 0 || out != "code/types.d.ts\n" {
		t.Errorf("an older one, and a tsconfig.json: exit %d: %s", code, out)
	}
	if err := os.Remove(filepath.Join(dir, "tsconfig.json")); err != nil {
		t.Fatal(err)
	}
	out, code = commandtest.Run(t, dir, "types", "--modules", "code")
	if config, err := os.ReadFile(filepath.Join(dir, "jsconfig.json")); code != 0 || out != "jsconfig.json\n" || !strings.Contains(string(config), `["code"]`) {
		t.Errorf("without: exit %d: %s%s %v", code, out, config, err)
	}
	text, err := os.ReadFile(types)
	for _, part := range []string{"  maxMessage?: number;\n", "  origins?: string | string[];\n", "  onSlow?: 'close' | 'drop';\n", "  log: boolean;\n"} {
		if err != nil || !strings.Contains(string(text), part) {
			t.Errorf("it has no line %q (%v)", part, err)
		}
	}
	commandtest.WriteFile(t, types, "mine")
	if out, code := commandtest.Run(t, dir, "types", "--modules", "code"); code != 1 || !strings.Contains(out, "was not written by this command") {
		t.Errorf("another's: exit %d: %s", code, out)
	}
}
