package command

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// TestJSONLog checks that with --log-format json whatever the server prints is lines of JSON, which do no harm to
// a terminal.
func TestJSONLog(t *testing.T) {
	t.Parallel()
	public := t.TempDir()
	commandtest.WriteFile(t, filepath.Join(public, "bad/index.html"), "a page")
	p := commandtest.Start(t, map[string]string{
		"talk.js": `this.Module = function(){ this.onData = function(d, c){ c.log(d, 'error'); c.send('ok') } };`,
		"bad.js":  `}`,
	}, "--log-format", "json", "--logKey", "mine", "--public", public)
	c := p.Dial("/talk")
	c.SendText("two\nlines \u009b31m \u202e")
	c.Next()
	if code := p.Stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit %d", code)
	}
	lines := map[string]map[string]any{}
	for line := range strings.Lines(p.Text()) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil || strings.ContainsAny(line, "\u009b\u202e") {
			t.Errorf("%q: %v", line, err)
			continue
		}
		message, _ := entry["message"].(string)
		lines[message] = entry
	}
	for message, want := range map[string]map[string]any{
		"serving":                                {"level": "INFO", "modules": "/bad(!) /talk", "broken": filepath.Join(p.Dir, "bad.js"), "both": "/bad"},
		"--logKey has no effect without --redis": {"level": "WARN"},
		"two\nlines \u009b31m \u202e":            {"level": "ERROR", "resource": "talk"},
		"stopped":                                {"level": "INFO"},
	} {
		for key, value := range want {
			if got := lines[message][key]; got != value {
				t.Errorf("%q: %s is %v, want %v", message, key, got, value)
			}
		}
	}
	out, code := commandtest.Run(t, t.TempDir(), "--log-format=json", "--port", "0", "--modules", "nosuch")
	var entry struct{ Level, Message, Error string }
	if err := json.Unmarshal([]byte(out), &entry); err != nil || code != 1 || entry.Level != "ERROR" || !strings.HasPrefix(entry.Error, "there is no folder nosuch here") {
		t.Errorf("without modules: exit %d, %s", code, out)
	}
}

// TestBanner checks that people are told which paths are a page and a module, and which modules are broken.
func TestBanner(t *testing.T) {
	t.Parallel()
	public := t.TempDir()
	for _, page := range []string{"index.html", "bad/index.html", "other.html"} {
		commandtest.WriteFile(t, filepath.Join(public, page), "a page")
	}
	p := commandtest.Start(t, map[string]string{
		"_default.js": `this.Module = function(){ this.onData = function(){} };`, "bad.js": `}`, "chat.js": `this.Module = function(){ this.onData = function(){} };`,
	}, "--public", public)
	for _, want := range []string{
		"\n    modules   / /bad(!) /chat\n", "\n    broken    " + filepath.Join(p.Dir, "bad.js") + ": see above\n",
		"\n    both      / /bad: a GET gets the page, a WebSocket the module\n",
	} {
		if !strings.Contains(p.Text(), want) {
			t.Errorf("the banner has no %q:\n%s", want, p.Text())
		}
	}
}
