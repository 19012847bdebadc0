package command

import (
	"slices"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// TestComplete checks what is offered for the last word of command lines. examples/clients asks real shells.
func TestComplete(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"chat.js", "rooms/[id].ts", "chat.test.js", "lib/x.js", "rooms/index.js", "node_modules/a/index.js", "types.d.ts"} {
		commandtest.WriteFile(t, dir+"/modules/"+name, "")
	}
	t.Chdir(dir)
	for _, c := range []struct{ line, want string }{
		{"", "check completion connect logs new repl test types version"}, {"co", "completion connect"}, {"nosuch", ""}, {"--por", "--port"}, {"--port 80 --tl", "--tls --tls-cert --tls-key --tls-client-ca"},
		{"--on-slow ", "close drop"}, {"--on-slow d", "drop"}, {"--on-slow=", "--on-slow=close --on-slow=drop"}, {"--on-slow =", "close drop"}, {"--on-slow = c", "close"}, {"--tls ", "true false"}, {"--port ", ""},
		{"--config ", ":files"}, {"--config=a", ":files"}, {"--modules x", ":folders"}, {"logs --level w", "warn"}, {"logs --tls", ""}, {"logs x", ""},
		{"repl ", "chat rooms/[id] rooms"}, {"connect r", "rooms/[id] rooms"}, {"connect chat --transport xhr-s", "xhr-streaming"}, {"connect --insecure c", "chat"}, {"connect --header ", ""}, {"completion ", "bash fish zsh"},
		{"--log = d", "debug"}, {"check --modules ", ":folders"}, {"types --port", ""},
	} {
		got := complete(strings.Split(c.line, " "))
		for i, candidate := range got {
			got[i], _, _ = strings.Cut(candidate, "\t")
		}
		if !slices.Equal(got, strings.Fields(c.want)) {
			t.Errorf("%q: %q, want %q", c.line, got, c.want)
		}
	}
}

// TestCompletion checks the command: the scripts, and what they ask for.
func TestCompletion(t *testing.T) {
	t.Parallel()
	for _, shell := range shellNames {
		if out, err, code := pipe(t, nil, "completion", shell); code != 0 || !strings.Contains(out, "completion words") || err != "" {
			t.Errorf("%s: exit %d\n%s%s", shell, code, out, err)
		}
	}
	if out, err, code := pipe(t, strings.NewReader("logs\n--fol"), "completion", "words"); code != 0 || out != "--follow\tgo on with what is appended, until ^C\n" {
		t.Errorf("exit %d\n%s%s", code, out, err)
	}
	for _, args := range [][]string{{"completion"}, {"completion", "nosuch"}} {
		if _, err, code := pipe(t, nil, args...); code != 2 || err != "node.websocket: completion: it takes the name of a shell: bash, fish, zsh\n" {
			t.Errorf("%v: exit %d: %s", args, code, err)
		}
	}
}
