package clients

import (
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
