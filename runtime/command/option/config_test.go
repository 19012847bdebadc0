package option

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// clearEnvironment hides the variables that the tests were started with.
func clearEnvironment(t *testing.T) {
	t.Helper()
	for _, r := range Serve.all() {
		t.Setenv(r.variable(), "")
		if r.Variable != "" {
			t.Setenv(r.Variable, "")
		}
	}
}

// writeConfig writes a configuration file and returns its name.
func writeConfig(t *testing.T, name, text string) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestPrecedence checks that a flag comes before the environment, that before the file, and that before the
// default.
func TestPrecedence(t *testing.T) {
	const toml, json = "# the port\nport = 4\n", "\uFEFF{\n\"port\": 4}"
	for _, c := range []struct {
		args, variable, other, name, file, want string
	}{
		{"", "", "", "", "", "8080"},
		{"", "", "", "node.toml", toml, "4"},
		{"", "", "", "node.JSON", json, "4"},
		{"", "", "", "node.json", "null", "8080"},
		{"", "", "", "node.json", `{"port": null}`, "8080"},
		{"", "", "", "node.toml", "port = '0x10'", "16"},
		{"", "", "3", "node.toml", toml, "3"},
		{"", "2", "3", "node.toml", toml, "2"},
		{"", "'2'", "", "", "", "2"},
		{"--port=1", "2", "3", "node.toml", toml, "1"},
		{"--port=1", "x", "y", "", "", "1"},
		{"--help", "x", "", "node.toml", "x", "8080"},
		{"--version", "x", "", "node.toml", "x", "8080"},
	} {
		clearEnvironment(t)
		t.Setenv("NODE_WEBSOCKET_PORT", c.variable)
		t.Setenv("PORT", c.other)
		args := split(c.args)
		if c.name != "" {
			args = append(args, "--config", writeConfig(t, c.name, c.file))
		}
		for _, table := range []Table{Serve, Logs} {
			if c.args == "--version" && table.find("version") == nil {
				continue
			}
			set, err := table.Parse(args)
			if got := fmt.Sprint(Port.In(set)); err != nil || got != c.want {
				t.Errorf("%+v: %s, %v", c, got, err)
			}
		}
	}
}

// TestVariables checks the names of the variables, among them that of the file.
func TestVariables(t *testing.T) {
	clearEnvironment(t)
	for name, value := range map[string]string{
		"NODE_WEBSOCKET_MAX_MESSAGE": "4096", "NODE_WEBSOCKET_LOG_KEY": "mine", "NODE_WEBSOCKET_PING_INTERVAL": "7",
		"NODE_WEBSOCKET_ORIGINS": "['http://a.com','http://b.com']", "NODE_WEBSOCKET_TLS": "true",
		"NODE_WEBSOCKET_CONFIG":   writeConfig(t, "node.toml", "max-queue = 2048\nmaxMessage = 1\nlogKey = 'other'"),
		"NODE_WEBSOCKET_MAXQUEUE": "4096", "NODE_WEBSOCKET_HELP": "true", "NODE_WEBSOCKET_ELSE": "1",
	} {
		t.Setenv(name, value)
	}
	set, err := Serve.Parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(MaxMessage.In(set), LogKey.In(set), PingInterval.In(set), Origins.In(set), TLS.In(set), MaxQueue.In(set), Help.In(set))
	if want := "4096mine7s [http://a.com http://b.com] true 2048 false"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if want := "[NODE_WEBSOCKET_MAXQUEUE: there is no such option; NODE_WEBSOCKET_MAX_QUEUE is one]"; fmt.Sprint(set.Warnings()) != want {
		t.Errorf("%q, want %q", set.Warnings(), want)
	}
	seen := map[string]string{"PORT": "port"}
	for _, r := range Serve.all() {
		if other := seen[r.variable()]; other != "" || strings.ToUpper(r.variable()) != r.variable() {
			t.Errorf("--%s and --%s have the variable %s", r.Name, other, r.variable())
		}
		seen[r.variable()] = r.Name
	}
}

// TestBadConfig checks that an error names the file, and the line where there is one.
func TestBadConfig(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a.toml", "\n# x\nport = 99999\n", `a.toml:3: port: "99999" is not accepted; it takes a number from 0 to 65535`},
		{"a.toml", "\nprot = 1\n", `a.toml:2: prot: no such option for a file; port is one`},
		{"a.toml", "maxMessage = 1\n'max-message' = 1\n", `a.toml:2: max-message: line 1 has it already`},
		{"a.toml", "heartbeat = 1\nping-interval = 1\n", `a.toml:2: ping-interval: line 1 has it already`},
		{"a.toml", "host = 'a'\nport = 1\nport = 2\n", `a.toml:3: not TOML: `},
		{"a.toml", "host = 'a'\nport = \n", `a.toml:2: not TOML: `},
		{"a.toml", "host = '''\na\n'''\ntls = 1\n", `a.toml:4: tls: "1" is not accepted; it takes true or false`},
		{"a.toml", "[tls]\ncert = 'x'\n", `a.toml:1: options are in no table`},
		{"a.toml", "\n[[tls]]\ncert = 'x'\n", `a.toml:2: options are in no table`},
		{"a.toml", "port = 1\ntls.cert = 'x'\n", `a.toml:2: options are in no table`},
		{"a.toml", "log = 2020-01-01\n", `a.toml:1: log: "\"2020-01-01\"" is not accepted; it takes true, false`},
		{"a.toml", "log = {a = 1}\n", `a.toml:1: log: "{\"a\":1}" is not accepted; it takes true, false`},
		{"a.toml", "log = nan\n", `a.toml:1: log: "" is not accepted; it takes true, false`},
		{"a.toml", "origins = ['http://a.com', 1]\n", `a.toml:1: origins: "[\"http://a.com\",1]" is not accepted; it takes '*'`},
		{"a.toml", "redis = 'http://:s3cret@127.0.0.1'\n", `a.toml:1: redis: it takes redis://`},
		{"a.toml", "port = 'http://:s3cret@127.0.0.1'\n", `a.toml:1: port: "http://…@127.0.0.1" is not accepted`},
		{"a.toml", "port = 'redis+sentinel://h/m?sentinel_password=s3cret&a=b'\n", `a.toml:1: port: "redis+sentinel://h/m?sentinel_password=…&a=b" is not accepted`},
		{"a.toml", "help = true", "a.toml:1: help: no such option for a file"},
		{"a.toml", "config = 'a.toml'", "a.toml:1: config: no such option for a file"},
		{"a.json", "{\n\"port\": 1,\n}", "a.json:3: not JSON: "},
		{"a.json", "{\n\"port\":\n\n 99999}", `a.json:2: port: "99999" is not accepted`},
		{"a.json", "{\"host\": \"\\n\",\n\"port\": 1, \"port\": 2}", `a.json:2: port: line 2 has it already`},
		{"a.json", "[1]", `a.json:1: it takes one object, as in {"port": 8080}`},
		{"a.json", "{\n\"tls\": {\"cert\": 1}}", `a.json:2: tls: "{\"cert\":1}" is not accepted`},
		{"a.json", "", "a.json:1: not JSON: "},
		{"a.json", strings.Repeat(" ", mostConfig+1), "has more than 1 MiB"},
		{"a.yaml", "port: 1", "it takes the name of a file that ends in .toml or .json"},
	} {
		clearEnvironment(t)
		file := writeConfig(t, c.name, c.text)
		for _, args := range [][]string{{"--config", file}, {"--config", file, "--port=1"}} { // which hides some
			_, err := Serve.Parse(args)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.ContainsAny(err.Error(), "\n") || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%s %q: %v, want %s", c.name, c.text, err, c.want)
			}
		}
	}
	if _, err := Serve.Parse([]string{"--config=none.toml"}); err == nil || !strings.Contains(err.Error(), `--config: cannot read the file "none.toml": no such file`) {
		t.Errorf("no file: %v", err)
	}
	t.Setenv("NODE_WEBSOCKET_LOG_MAX", "x")
	if _, err := Serve.Parse(nil); err == nil || !strings.HasPrefix(err.Error(), `NODE_WEBSOCKET_LOG_MAX: "x" is not accepted`) {
		t.Errorf("a variable: %v", err)
	}
}

// TestPrintConfig checks that what is printed, read as a file, means the same, and tells where values come from.
func TestPrintConfig(t *testing.T) {
	clearEnvironment(t)
	t.Setenv("NODE_WEBSOCKET_RATE_LIMIT", "5, 100")
	t.Setenv("PORT", "81")
	file := writeConfig(t, "node.json", `{"host": "a\nb", "pingInterval": 2.5, "protocols": ["v1", "v2"], "maxQueue": 2048}`)
	set, err := Serve.Parse([]string{"--origins=['http://a.com','http://b.com']", "--public=", "--log", "--logKey", "x'y\"z", "--allow-read",
		"--trust-proxy=10.0.0.0/8", "--redis=redis://u:s3cret@127.0.0.1/1", "--console=long-s3cret-token", "--config", file})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Serve.PrintConfig(&b, set); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"port = 81  # PORT", "# tls = false", "# acme-cache: node.websocket in your cache folder", "log = true  # --log", "max-queue = 2048  # " + file + ":1",
		"# redis = 'redis://…@127.0.0.1/1'  # --redis, without the password", "# console = '…'  # --console, without the token", "rate-limit = '5, 100'  # NODE_WEBSOCKET_RATE_LIMIT",
	} {
		if !strings.Contains(b.String(), line+"\n") {
			t.Errorf("it has no line %s", line)
		}
	}
	if strings.Contains(b.String(), "s3cret") {
		t.Error("it has the password")
	}
	// The defaults, too, are what an option takes: without their # the file is read as well.
	all := strings.NewReplacer("# redis = ", "## redis = ", "# console = ", "## console = ").Replace(b.String())
	uncommented := ""
	for line := range strings.Lines(all) {
		if rest, ok := strings.CutPrefix(line, "# "); ok && strings.Contains(rest, " = ") {
			line = rest
		}
		uncommented += line
	}
	clearEnvironment(t)
	for _, text := range []string{b.String(), uncommented} {
		again, err := Serve.Parse([]string{"--config", writeConfig(t, "again.toml", text)})
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		for _, r := range Serve.all() {
			if got, want := fmt.Sprint(r.show(again)), fmt.Sprint(r.show(set)); got != want && r != Redis.row && r != Console.row && r != Config.row {
				t.Errorf("%s: %s, want %s", r.Name, got, want)
			}
		}
	}
}
