package clients

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// TestRedisCalls makes the same calls with npm's redis, and with require('redis') in a module. The results must be
// the same.
func TestRedisCalls(t *testing.T) {
	t.Parallel()
	r := newRedis(t).Start()
	script, err := filepath.Abs("testdata/rediscalls.js")
	if err != nil {
		t.Fatal(err)
	}
	calls, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	want := nodeScript(t, conversation+`
const { createClient } = require('redis');
main(async () => {
	const client = createClient({ url: process.argv[1], RESP: 2 });
	await client.connect();
	return require(process.argv[2])(client);
});`, r.URL(), script).([]any)

	p := commandtest.Start(t, map[string]string{
		"lib/calls.js": string(calls),
		"test.js": `const redis = require('redis');
			exports.onData = async (d, c) => { await redis.flushAll(); c.send(JSON.stringify(await require('./lib/calls')(redis))); };`,
	}, "--redis", r.URL())
	c := p.Dial("/test")
	c.SendText("go")
	var got [][2]string
	if err := json.Unmarshal([]byte(c.Next()), &got); err != nil {
		t.Fatal(err)
	}
	if len(want) < 150 || len(got) != len(want) {
		t.Fatalf("%d calls of npm's redis, %d of the module", len(want), len(got))
	}
	for i, w := range want {
		if call := w.([]any); got[i][1] != call[1] {
			t.Errorf("%s\ngives %s\n want %s", call[0], got[i][1], call[1])
		}
	}
}
