package clients

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// TestOptionsThroughAShell passes the options of 2009 through a real shell, and checks what the
// module sees.
func TestOptionsThroughAShell(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ command, want string }{
		{`--port='0' --host='127.0.0.1'`, `127.0.0.1 "*"`},
		{`--origins=['http://a.com']`, `localhost "http://a.com"`},
		{`--origins="['http://a.com','http://b.com']"`, `localhost ["http://a.com","http://b.com"]`},
		{`--host "'127.0.0.1'" --origins '*'`, `127.0.0.1 "*"`},
	} {
		t.Run(c.command, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath("sh"); err != nil {
				commandtest.Missing(t, "there is no shell on this machine")
			}
			words, err := exec.Command("sh", "-c", `for a in `+c.command+`; do echo "$a"; done`).Output()
			if err != nil {
				t.Fatal(err)
			}
			p := commandtest.Start(t, map[string]string{"test.js": `var Module = this.Module = function(){ };
				Module.prototype.onData = function(d, c){ c.send(c.server.options.host + ' ' + JSON.stringify(c.server.options.origins)) };`},
				strings.Fields(string(words))...)
			client := p.Dial("/test", "Origin: http://a.com\r\n")
			client.SendText("x")
			if got := client.Next(); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// TestCompletion has real shells complete command lines, and checks what they offer.
func TestCompletion(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	commandtest.WriteFile(t, dir+"/modules/chat.js", "")
	commandtest.WriteFile(t, dir+"/a b.toml", "")
	if err := os.Symlink(commandtest.Command(t.Context()).Path, dir+"/node.websocket"); err != nil {
		t.Fatal(err)
	}
	for shell, script := range map[string]string{
		// These two do not complete without a terminal. So the function is called, as they do.
		"bash": `source <(./node.websocket completion bash)
			complete -p node.websocket >/dev/null || exit
			COMP_WORDS=(./node.websocket "$@"); COMP_CWORD=$#
			compopt() { :; }
			_node_websocket
			printf '%s|' "${COMPREPLY[@]}"`,
		"zsh": `compdef() { registered="$*" }
			source <(./node.websocket completion zsh)
			[[ $registered = '_node_websocket node.websocket' ]] || exit
			compset() { }
			_files() { print -n ":files $*|" }
			_describe() { for c in $candidates; do print -rn -- "${c%%:*}|"; done }
			words=(./node.websocket "$@"); CURRENT=$(($# + 1))
			_node_websocket; true`,
		"fish": `./node.websocket completion fish | source
			for c in (complete -C "./node.websocket $argv[2..]"); printf '%s|' (string split -- \t $c)[1]; end`,
	} {
		if _, err := exec.LookPath(shell); err != nil {
			commandtest.Missing(t, "there is no "+shell+" on this machine")
		}
		cases := map[string]string{"ver": "version|", "--on-sl": "--on-slow|", "--on-slow c": "close|", "--on-slow ": "close|drop|", "logs --fol": "--follow|", "repl ": "chat|"}
		switch shell {
		case "bash":
			cases["--on-slow = c"], cases["--on-slow ="], cases["--config a"], cases["--modules m"] = "close|", "close|drop|", "a b.toml|", "modules|"
		case "zsh":
			cases["--on-slow=c"], cases["--config a"], cases["--modules m"] = "--on-slow=close|", ":files |", ":files -/|"
		case "fish":
			cases["--on-slow=c"], cases["--config a"], cases["--modules m"] = "--on-slow=close|", "a b.toml|", "modules/|"
		}
		for line, want := range cases {
			cmd := exec.Command(shell, append([]string{"-c", script, shell}, strings.Split(line, " ")...)...)
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+dir)
			if out, err := cmd.CombinedOutput(); err != nil || string(out) != want {
				t.Errorf("%s: %s: %q, %v, want %q", shell, line, out, err, want)
			}
		}
	}
}
