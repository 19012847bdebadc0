package runtime

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"node.websocket/runtime/permission"
)

// fakeRedis answers GET with what its argument names, and everything else with its words.
type fakeRedis struct{}

func (fakeRedis) Send(commands [][]string, take func(int) bool, done func([]any, error)) {
	var replies []any
	for _, words := range commands {
		reply := any([]byte(strings.Join(words, " ")))
		if words[0] == "GET" {
			switch words[1] {
			case "none":
				reply = nil
			case "number":
				reply = int64(7)
			case "status":
				reply = "OK"
			case "list":
				reply = []any{[]byte("a"), nil, int64(1), []any{}, errors.New("ERR in a list")}
			case "error":
				reply = errors.New("WRONGTYPE no")
			case "bytes":
				reply = []byte("\xef\xbb\xbf\xffü")
			case "large":
				if !take(20 << 20) {
					reply = errors.New("too large")
				}
			case "away":
				go done(nil, errors.New("Redis is away"))
				return
			}
		}
		replies = append(replies, reply)
	}
	go done(replies, nil)
}

func (fakeRedis) Subscribe(name string, _ bool, _ func(string, []byte), ready func(error)) func() {
	go ready(map[string]error{"away": errors.New("there is no subscription")}[name])
	return func() {}
}

var redisGranted = permission.Set{Redis: true}

// TestRedis runs programs one after the other.
func TestRedis(t *testing.T) {
	r, _ := newRuntimeWith(t, map[string]string{"test.js": strings.ReplaceAll(programs, "storage", "redis")}, Options{Redis: fakeRedis{}, Permissions: redisGranted})
	_, s := connect(t, r, "test")
	const needs = "an argument must be a string, a number or a Buffer, and not "
	for _, p := range []struct{ program, want string }{
		{`return await Promise.all(['none', 'number', 'status', 'bytes'].map(function(k){ return redis.get(k) }))`, "[null,7,\"OK\",\"\ufeff\ufffdü\"]"},
		{`var r = await redis.get('list'); return [r, r[4] instanceof redis.ErrorReply, r[4].message]`, `[["a",null,1,[],{}],true,"ERR in a list"]`},
		{`var r = await redis.withTypeMapping({[redis.RESP_TYPES.BLOB_STRING]: Buffer}).get('bytes'); return [Buffer.isBuffer(r), r.toString('hex')]`, `[true,"efbbbfffc3bc"]`},
		{`await redis.get('error')`, `"ErrorReply: WRONGTYPE no"`},
		{`await redis.get('away')`, `"Error: redis: GET: Redis is away"`},
		{`return [await redis.sendCommand(['ZADD', 'z', 1.5, Infinity, -0, 10n, Buffer.from('ü'), '\ud800']), await redis.hset('h', {a: 1, b: 'c'}), await redis.HSET('h', 'a', 1), await redis.hSet('h', [['a', 1]])]`,
			"[\"ZADD z 1.5 +inf 0 10 ü \ufffd\",\"HSET h a 1 b c\",\"HSET h a 1\",\"HSET h a 1\"]"},
		{`return [await redis.set('a', 'b', {EX: 5, NX: true}), await redis.set('a', 'b', {expiration: {type: 'PX', value: 5}, condition: 'XX', GET: true}), await redis.expireAt('a', new Date(5000), 'GT')]`,
			`["SET a b EX 5 NX","SET a b PX 5 XX GET","EXPIREAT a 5 GT"]`},
		{`return await redis.multi().set('a', 1).get('number').addCommand(['X', 'y']).exec()`, `"TypeError: replies.map is not a function"`}, // the fake knows no EXEC
		{`return await redis.multi().set('a', 1).get('number').addCommand(['X', 'y']).execAsPipeline()`, `["SET a 1",7,"X y"]`},
		{`try { await redis.multi().get('number').get('error').execAsPipeline() } catch (e) { return [e.name, e.message, e.errorIndexes, e.replies[0]] }`,
			`["MultiErrorReply","1 commands failed, see .replies and .errorIndexes for more information",[1],7]`},
		{`return await redis.multi().exec()`, `[]`},
		{`return redis.get('none').then(function(){ return redis.multi().get('none').execAsPipeline() }).then(function(){ return local.getStore() })`, `"c1"`},
		{`return [redis.get.name, redis.hgetall === redis.hGetAll, Object.keys(redis).join(), await redis.connect() === redis, redis.isReady, redis.createClient() instanceof redis.constructor]`,
			`["get",true,"RESP_TYPES,ErrorReply,MultiErrorReply",true,true,true]`},

		{`return [typeof await redis.subscribe('x', function(){ }), typeof await redis.PSUBSCRIBE(['x*', 'y*'], function(){ }), typeof await redis.punsubscribe()]`, `["undefined","undefined","undefined"]`},
		{`await redis.subscribe('away', function(){ })`, `"Error: redis: SUBSCRIBE: there is no subscription"`},
		{`await redis.subscribe('x')`, `"TypeError: redis: the listener must be a function of the message and the channel"`},
		{`await redis.subscribe([7], function(){ })`, `"TypeError: redis: the name of a channel must be a string"`},
		{`var names = Array.from({length: 10000}, function(_, i){ return 'x' + i }), f = function(){ }, refused = await redis.subscribe(names, f).catch(function(e){ return e.message });
			await redis.unsubscribe(names[0], f); await redis.subscribe('one', f); await redis.unsubscribe(); await redis.subscribe(names.slice(1), f); return refused`, `"redis: one worker has more than 10000 subscriptions"`},
		{`await redis.get(undefined)`, `"TypeError: redis: get: ` + needs + `undefined"`},
		{`await redis.get(null)`, `"TypeError: redis: get: ` + needs + `null"`},
		{`await redis.set('a', {})`, `"TypeError: redis: set: ` + needs + `object"`},
		{`await redis.sAdd('a', [true])`, `"TypeError: redis: sAdd: ` + needs + `boolean"`},
		{`await redis.sendCommand('GET a')`, `"TypeError: redis: sendCommand takes an array: the name of the command and its arguments"`},
		{`redis.createClient({url: 'redis://elsewhere'})`, `"Error: redis: leave url out: modules use the Redis of --redis"`},
		{`await redis.sendCommand(['subscribe', 'a'])`, `"Error: redis: SUBSCRIBE is not available: use subscribe, pSubscribe, unsubscribe and pUnsubscribe of the client"`},
		{`await redis.sendCommand([Buffer.from('Monitor')])`, `"Error: redis: MONITOR is not available: it would take the connection that all modules share"`},
		{`await redis.multi().addCommand(['SHUTDOWN', 'NOSAVE'])`, `"Error: redis: SHUTDOWN is not available: it would stop Redis, or what others use of it"`},
		{`await redis.sendCommand(['client', 'reply', 'off'])`, `"Error: redis: CLIENT is not available: of it there are GETNAME, HELP, ID, INFO, KILL, LIST"`},
		{`return await redis.sendCommand(['client', 'id'])`, `"client id"`},
		{`await redis.xRead({key: 'block', id: '0'}, {BLOCK: 0})`, `"Error: redis: XREAD WITH BLOCK is not available: it would keep the connection that all modules share waiting; ask again after a while, or subscribe"`},
		{`return await redis.sendCommand(['XREADGROUP', 'GROUP', 'block', 'block', 'STREAMS', 'block', '>'])`, `"XREADGROUP GROUP block block STREAMS block \u003e"`},
		{`return await redis.sendCommand(['toString'])`, `"toString"`},

		{`return (await Promise.allSettled([1, 2, 3, 4].map(function(){ return redis.get('large') }))).map(function(r){ return r.value ? 'read' : r.reason.message }).sort()`, `["read","read","read","too large"]`},
		{`return await redis.get('large')`, `"GET large"`}, // what was taken has been given back
		{`await redis.multi().get('large').get('large').execAsPipeline()`, `"MultiErrorReply: 1 commands failed, see .replies and .errorIndexes for more information"`},
		{`function many(n){ var m = redis.multi(); while (n--) m.addCommand(['GET', 'number']); return m.execAsPipeline().then(function(r){ return r.length }, function(e){ return e.message }) }
			return await Promise.all([many(6000), many(4001), many(4000)])`, `[6000,"redis: too many commands wait for Redis: 10000 commands or 64 MiB in one worker; await their promises",4000]`},
		{`var x = 'x'.repeat(1 << 20), all = []; for (var i = 0; i < 70; i++) all.push(redis.set('a', x).then(function(){ return 0 }, function(e){ return /too many commands wait/.test(e.message) ? 1 : 2 }));
			return (await Promise.all(all)).reduce(function(a, b){ return a + b })`, `7`},
		{`var x = 'x'.repeat(1 << 20), all = []; for (var i = 0; i < 70; i++) all.push(x); await redis.del(all)`, `"GoError: redis: the arguments have more than 64 MiB"`},
	} {
		s.clear()
		s.deliver(text(p.program))
		eventually(t, p.program, func() bool { return s.messages() != "" })
		if got := s.messages(); got != strings.ReplaceAll(p.want, `\u003e`, ">") {
			t.Errorf("%s\n got %s\nwant %s", p.program, got, p.want)
		}
	}
}

// slowRedis answers nothing before it is told to.
type slowRedis struct {
	mu   sync.Mutex
	done []func([]any, error) // guarded by mu
}

func (s *slowRedis) Subscribe(string, bool, func(string, []byte), func(error)) func() {
	panic("not used")
}

func (s *slowRedis) Send(_ [][]string, _ func(int) bool, done func([]any, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = append(s.done, done)
}

// wireRedis carries what is published, at once and to exact names only.
type wireRedis struct {
	fakeRedis
	mu        sync.Mutex
	listeners map[*func(string, []byte)]string // guarded by mu
}

func (w *wireRedis) Subscribe(name string, _ bool, listen func(string, []byte), ready func(error)) func() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.listeners == nil {
		w.listeners = map[*func(string, []byte)]string{}
	}
	w.listeners[&listen] = name
	go ready(nil)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.listeners, &listen)
	}
}

func (w *wireRedis) publish(name, message string) (heard int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for listen, of := range w.listeners {
		if of == name {
			heard++
			(*listen)(name, []byte(message))
		}
	}
	return heard
}

func (w *wireRedis) count(name string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, of := range w.listeners {
		if of == name {
			n++
		}
	}
	return n
}

// listening subscribes while it loads, and for each connection.
const listening = `var Module = this.Module = function(){ }, redis = require('redis');
	redis.subscribe('news', function(message, channel){ module.server.broadcast('VERSION ' + channel + ' ' + message) });
	Module.prototype.onConnect = function(c){
		this.own = function(message){ c.send('own ' + message) };
		redis.subscribe(['a', 'b'], this.own).then(function(){ c.send('ready') });
	};
	Module.prototype.onData = async function(d, c){ await redis.unsubscribe(d, this.own); c.send('left ' + d) };`

// TestRedisSubscriptions publishes before and after a reload. Each message must be heard once, and by the version that serves.
func TestRedisSubscriptions(t *testing.T) {
	wire := &wireRedis{}
	version := func(n string) string { return strings.ReplaceAll(listening, "VERSION", n) }
	r, _ := newRuntimeWith(t, map[string]string{"test.js": version("1")}, Options{Redis: wire, Permissions: redisGranted})
	_, s := connect(t, r, "test")
	want := func(text string) {
		t.Helper()
		eventually(t, text, func() bool { return s.messages() != "" && s.messages() == text })
		s.clear()
	}
	want("ready")
	wire.publish("news", "x")
	want("1 news x")
	for i := range 3 {
		wire.publish("a", string(rune('x'+i)))
	}
	want("own x|own y|own z")
	save(t, r, "test.js", version("2"))
	eventually(t, "the end of the old", func() bool { return wire.count("news") == 1 })
	wire.publish("news", "z")
	want("2 news z")
	wire.publish("b", "y")
	want("own y") // a handler's stays
	s.deliver(text("b"))
	want("left b")
	eventually(t, "the end of b", func() bool { return wire.count("b") == 0 })
	if wire.publish("a", "z") != 1 {
		t.Error("another subscription has ended")
	}
	want("own z")
	if err := r.Close(context.Background()); err != nil {
		t.Error(err)
	}
	eventually(t, "the end of all", func() bool { return wire.count("a")+wire.count("news") == 0 })
}

// TestRedisUnheard keeps a worker busy while more is published than waits for it. What is left out must be counted.
func TestRedisUnheard(t *testing.T) {
	wire := &wireRedis{}
	r, log := newRuntimeWith(t, map[string]string{"test.js": `var Module = this.Module = function(){ }, n = 0;
		require('redis').subscribe('a', function(){ n++ });
		Module.prototype.onData = function(d, c){ c.send(String(n)) };`}, Options{Redis: wire, Permissions: redisGranted})
	_, s := connect(t, r, "test")
	w, err := r.Resource("test")
	if err != nil {
		t.Fatal(err)
	}
	w.all()[0].do(func() { // keeps the turn
		for range maxHeard + 7 {
			wire.publish("a", "x")
		}
	})
	eventually(t, "the line", func() bool { return strings.Contains(log.text(), "messages=7") })
	s.clear()
	s.deliver(text("x"))
	eventually(t, "the rest", func() bool { return s.messages() == "10000" })
}

// TestRedisWaits checks that a worker goes on while Redis is slow, and that replies that come after its
// end reach nobody.
func TestRedisWaits(t *testing.T) {
	slow := &slowRedis{}
	r, _ := newRuntimeWith(t, map[string]string{"test.js": `
		var Module = this.Module = function(){ }, redis = require('redis');
		Module.prototype.onData = function(d, c){ redis.get(d).then(function(v){ c.send(d + v) }); c.send(d) };`}, Options{Redis: slow, Permissions: redisGranted})
	_, s := connect(t, r, "test")
	s.deliver(text("a", "b"))
	eventually(t, "two commands", func() bool { return s.messages() == "a|b" })
	slow.done[1]([]any{int64(2)}, nil)
	eventually(t, "a reply", func() bool { return s.messages() == "a|b|b2" })
	if err := r.Close(context.Background()); err != nil {
		t.Error(err)
	}
	slow.done[0]([]any{int64(1)}, nil)
	if s.messages() != "a|b|b2" {
		t.Error(s.messages())
	}
}

// TestNoRedis requires the module where --redis was not given.
func TestNoRedis(t *testing.T) {
	r, log := newRuntime(t, map[string]string{"test.js": `require('redis')`})
	if _, err := r.Resource("test"); err == nil {
		t.Error("it has loaded")
	}
	log.want(t, "--redis URL")
}
