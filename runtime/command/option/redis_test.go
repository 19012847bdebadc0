package option

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestRedisSources checks where the URL of a Redis may stand, and that no message repeats its password.
func TestRedisSources(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		return "@" + name
	}
	private := write("private", "\n redis://:s3cret@127.0.0.1:7001/2\r\n", 0o600)
	group := write("group", "redis://:s3cret@127.0.0.1:7001/2", 0o640)
	open := write("open", "redis://:s3cret@127.0.0.1:7001/2", 0o644)
	wrong := write("wrong", "http://:s3cret@127.0.0.1/", 0o600)
	empty := write("empty", "", 0o600)
	long := write("long", strings.Repeat("s3cret", 1000), 0o600)
	for _, c := range []struct{ args, environment, address, warning, err string }{
		{"", "", "", "", ""},
		{"--redis=redis://:s3cret@127.0.0.1:7001/2", "", "127.0.0.1:7001", "", ""},
		{"", "redis://:s3cret@127.0.0.1:7002", "127.0.0.1:7002", "", ""},
		{"--redis=redis://127.0.0.1:7001", "redis://127.0.0.1:7002", "127.0.0.1:7001", "", ""},
		{"--redis=redis://127.0.0.1:7001", "nonsense", "127.0.0.1:7001", "", ""},
		{"--redis|" + private, "", "127.0.0.1:7001", "", ""},
		{"--redis=" + private, "", "127.0.0.1:7001", "", ""},
		{"--redis|" + group, "", "127.0.0.1:7001", "", ""},
		{"--redis|" + open, "", "127.0.0.1:7001", "--redis: everybody on this machine can read " + open[1:], ""},
		{"", private, "127.0.0.1:7001", "", ""},
		{"", open, "127.0.0.1:7001", "NODE_WEBSOCKET_REDIS: everybody on this machine can read", ""},

		{"--redis=http://:s3cret@127.0.0.1", "", "", "", "--redis: it takes redis://"},
		{"", "http://:s3cret@127.0.0.1", "", "", "NODE_WEBSOCKET_REDIS: it takes redis://"},
		{"--redis|" + wrong, "", "", "", "--redis: it takes redis://"},
		{"--redis|" + empty, "", "", "", "--redis: it takes redis://"},
		{"--redis|" + long, "", "", "", "is too long for one URL"},
		{"--redis|@" + dir + "/none", "", "", "", "none\": no such file"},
		{"--redis|@" + dir, "", "", "", "cannot read the file"},
	} {
		t.Setenv("NODE_WEBSOCKET_REDIS", c.environment)
		for _, table := range []Table{Serve, Logs} {
			set, err := table.Parse(split(c.args))
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "\n") {
					t.Errorf("%s, %s: %v, want %s", c.args, c.environment, err, c.err)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%s, %s: %v", c.args, c.environment, err)
			}
			address := ""
			if server := Redis.In(set); server != nil {
				address = server.String()
			}
			if !strings.Contains(address, c.address) || (address == "") != (c.address == "") {
				t.Errorf("%s, %s: %s, want %s", c.args, c.environment, address, c.address)
			}
			if got := strings.Join(Port.With(set, 1).Warnings(), "|"); !strings.HasPrefix(got, c.warning) || (got == "") != (c.warning == "") {
				t.Errorf("%s, %s: warns %q, want %q", c.args, c.environment, got, c.warning)
			}
		}
	}
}

// TestReadableConfig checks that a configuration file which everybody can read is warned about if it has a password.
func TestReadableConfig(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // permissions are no bits there
	}
	for _, test := range []struct {
		text   string
		mode   os.FileMode
		warned bool
	}{
		{"redis = 'redis://:s3cret@127.0.0.1:7001'", 0o644, true},
		{"redis = 'redis://:s3cret@127.0.0.1:7001'", 0o640, false},
		{"redis = 'redis://127.0.0.1:7001'", 0o644, false},
	} {
		clearEnvironment(t)
		file := writeConfig(t, "node.toml", test.text)
		if err := os.Chmod(file, test.mode); err != nil {
			t.Fatal(err)
		}
		set, err := Serve.Parse([]string{"--config", file})
		if err != nil {
			t.Fatal(err)
		}
		got := set.Warnings()
		if (len(got) == 1 && strings.HasPrefix(got[0], "everybody on this machine can read "+file)) != test.warned || len(got) > 1 {
			t.Errorf("%s, %o: %q", test.text, test.mode, got)
		}
		if strings.Contains(strings.Join(got, ""), "s3cret") {
			t.Errorf("the warning has the password: %q", got)
		}
	}
}
