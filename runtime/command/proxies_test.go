package command

import (
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/runtime/command/option"
)

// TestCheckProxies checks where --proxy-protocol may do without --trust-proxy.
func TestCheckProxies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args string
		ok   bool
	}{
		{"--proxy-protocol", true},
		{"--proxy-protocol --host 127.0.0.1", true},
		{"--proxy-protocol --host 127.1.2.3", true},
		{"--proxy-protocol --host ::1", true},
		{"--host 0.0.0.0", true},
		{"--proxy-protocol=false --host 0.0.0.0", true},
		{"--proxy-protocol --host 0.0.0.0 --trust-proxy 10.0.0.1", true},
		{"--proxy-protocol --host 0.0.0.0", false},
		{"--proxy-protocol --host ::", false},
		{"--proxy-protocol --host 192.0.2.1", false},
		{"--proxy-protocol --host example.com", false},
	} {
		set, err := option.Serve.Parse(strings.Fields(c.args))
		if err != nil {
			t.Fatal(err)
		}
		if err := checkProxies(set, option.Host.In(set)); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.args, err)
		}
	}
	out, code := commandtest.Run(t, ".", "--proxy-protocol", "--host", "0.0.0.0", "--port", "0")
	if code != 2 || !strings.Contains(out, "--proxy-protocol: whoever reaches --host 0.0.0.0 could claim any address") || strings.Contains(out, "is at ws") {
		t.Errorf("exit %d: %s", code, out)
	}
}
