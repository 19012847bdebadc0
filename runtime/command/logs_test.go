package command

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/runtime/command/option"
	"node.websocket/runtime/redis"
)

func TestLogKey(t *testing.T) {
	for want, args := range map[string][]string{
		"node.websocket.example.org.81":    {"--host", "example.org", "--port=81"},
		"my:mine":                          {"--logKey", "mine", "--redis-prefix", "my:"},
		"my:node.websocket.localhost.8080": {"--redis-prefix", "my:"},
	} {
		set, err := option.Serve.Parse(args)
		if got := logKey(set); err != nil || got != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
}

// TestLogsJSON checks that any entry, which may come from anywhere, becomes one line of valid JSON
// that does no harm to a terminal.
func TestLogsJSON(t *testing.T) {
	for raw, want := range map[string]string{
		`{"message":"plain ü 猫"}`: `{"message":"plain ü 猫"}`, ` { "a" : 1 } `: `{"a":1}`,
		"{\"message\":\"\u009b31m \u202e \x7f \U000e0001 \xff\"}": `{"message":"\u009b31m \u202e \u007f \udb40\udc01 ` + "\ufffd" + `"}`,
		"\x1b[31m\u202e\n": `{"level":"INFO","message":"\u001b[31m\u202e\n"}`, `{"a":`: `{"level":"INFO","message":"{\"a\":"}`,
	} {
		var b bytes.Buffer
		if err := showJSON(&b)(redis.Entry{Raw: raw, Message: raw}); err != nil || b.String() != want+"\n" || !json.Valid(b.Bytes()) {
			t.Errorf("%q is %q, %v", raw, b.String(), err)
		}
	}
}

// TestLogInRedis checks that the log goes to Redis and that logs shows it. examples/clients tests
// more, with redis-server.
func TestLogInRedis(t *testing.T) {
	t.Parallel()
	url := "redis://" + miniredis.RunT(t).Addr()
	p := commandtest.Start(t, map[string]string{"talk.js": `this.Module = function(){ this.onData = function(d, c){ c.log(d, 'error'); c.send('ok') } };`},
		"--redis", url, "--redis-prefix", "my:")
	c := p.Dial("/talk")
	c.SendText("it \x1b[31m happened")
	c.Next()
	logs := func(more ...string) (string, int) {
		return commandtest.Run(t, ".", append([]string{"logs", "--redis", url, "--redis-prefix=my:", "--port", strconv.Itoa(p.Port)}, more...)...)
	}
	line := regexp.MustCompile(`(?m)^[-0-9]{10} [:.0-9]{12} ERROR it \\x1b\[31m happened  resource=talk client=127.0.0.1 id=\S+ version=1\n\z`)
	p.Wait("the line", func() bool {
		out, code := logs("--level", "error")
		return code == 0 && line.MatchString(out)
	})
	if out, code := logs("--json", "--level", "error", "--tail", "1"); code != 0 || !json.Valid([]byte(out)) || !strings.Contains(out, `\u001b[31m`) {
		t.Errorf("as JSON: exit %d, %q", code, out)
	}
	if out, code := logs("--logKey", "none"); code != 1 || !strings.Contains(out, "there is no log my:none in Redis") {
		t.Errorf("no such log: exit %d, %q", code, out)
	}
}
