package command

import (
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"node.websocket/runtime/command/commandtest"
)

// redisUser uses Redis in a module: it stores and reads, subscribes, and publishes.
const redisUser = `
	const redis = require('redis');
	redis.subscribe('news', (message) => module.server.broadcast('heard ' + message));
	export class Module {
		async onData(d, c){
			const [verb, ...rest] = d.split(' ');
			const run = {
				store: (key, value) => redis.multi().set(key, value).get(key).exec(),
				read: (key) => redis.get(key),
				publish: (text) => redis.publish('news', text),
				ready: () => redis.subscribe('ready', () => {}),
			}[verb];
			c.send(verb + ' ' + JSON.stringify(await run(...rest).catch((e) => e.message)));
		}
	}`

// TestRedisOfModules has two programs with one Redis, which goes away and comes back.
func TestRedisOfModules(t *testing.T) {
	server := miniredis.RunT(t)
	files := map[string]string{"test.js": redisUser}
	a := commandtest.Start(t, files, "--redis", "redis://"+server.Addr()).Dial("/test")
	other := commandtest.Start(t, files, "--redis", "redis://"+server.Addr())
	b := other.Dial("/test")
	says := func(name, text, want string, c interface {
		SendText(string)
		Next() string
	}) {
		t.Helper()
		c.SendText(text)
		if got := c.Next(); got != want {
			t.Errorf("%s: %s answers %s, want %s", name, text, got, want)
		}
	}
	says("a", "ready", "ready undefined", a)
	says("b", "ready", "ready undefined", b)
	says("a", "store key 7", `store ["OK","7"]`, a)
	says("b", "read key", `read "7"`, b)
	b.SendText("publish hello")
	if got := a.Next(); got != "heard hello" {
		t.Error(got)
	}
	answers := b.Next() + b.Next()
	if !strings.Contains(answers, "heard hello") || !strings.Contains(answers, "publish 2") {
		t.Error(answers)
	}
	server.Close()
	b.SendText("read key")
	if got := b.Next(); !strings.Contains(got, "redis: GET: Redis at redis://") || !strings.Contains(got, "carried out") {
		t.Error(got)
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	says("b", "read key", `read "7"`, b)
	other.Wait("the subscriptions", func() bool { return strings.Contains(other.Text(), "the subscriptions of modules in Redis work again") })
}

// TestRedisIsGranted requires the module without --redis.
func TestRedisIsGranted(t *testing.T) {
	p := commandtest.Start(t, map[string]string{"test.js": redisUser})
	p.Wait("the refusal", func() bool { return strings.Contains(p.Text(), "only if the server is started with --redis URL") })
}

// TestRedisOfCommands checks that the commands check and test let modules use the Redis that they are given.
func TestRedisOfCommands(t *testing.T) {
	t.Parallel()
	address := miniredis.RunT(t).Addr()
	dir := t.TempDir()
	commandtest.WriteFile(t, dir+"/modules/uses.js", redisUser)
	commandtest.WriteFile(t, dir+"/modules/uses.test.js", `test('stores', async () => {
		const c = await connect('/uses');
		c.send('store key 7');
		expect(await c.receive()).toBe('store ["OK","7"]');
	});`)
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"check --redis redis://" + address, 0, "1 module is fine\n"},
		{"test --redis redis://" + address, 0, "ok 1 - stores\n"},
		{"check", 1, `"redis" is not available`},
		{"test", 1, "not ok 1 - stores\n"},
	} {
		if out, code := commandtest.Run(t, dir, strings.Fields(c.args)...); code != c.code || !strings.Contains(out, c.want) {
			t.Errorf("%s: exit %d\n%s", c.args, code, out)
		}
	}
}
