package runtime

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"node.websocket/runtime/storage"
)

// programs is a module that runs the body of an async function that it is sent, and sends what that
// returns, or throws, as JSON.
const programs = `
	var storage = require('storage'), tell;
	var hooks = require('async_hooks'), local = new hooks.AsyncLocalStorage();
	var Module = this.Module = function(){ };
	Module.prototype.onData = async function(d, c){
		var result;
		try { result = await local.run(c.id, new Function('storage', 'local', 'c', 'return (async function(){ ' + d + ' })()'), storage, local, c); }
		catch (e) { result = e.name + ': ' + e.message; }
		c.send(JSON.stringify(result) || 'undefined');
	};`

func newStorage(t testing.TB) *storage.Store {
	store := storage.NewMemory(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { // after the runtime
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// TestStorage runs programs one after the other, with one storage.
func TestStorage(t *testing.T) {
	r, _ := newRuntimeWith(t, map[string]string{"test.js": programs}, Options{Storage: newStorage(t)})
	_, s := connect(t, r, "test")
	for _, p := range []struct{ program, want string }{
		{`return await storage.get('a')`, `undefined`},
		{`return [await storage.set('a', {b: [1, 'ü', null]}), await storage.get('a')]`, `[null,{"b":[1,"ü",null]}]`},
		{`return [await storage.delete('a'), await storage.delete('a'), typeof await storage.get('a')]`, `[true,false,"undefined"]`},
		{`return [await storage.increment('n'), await storage.increment('n', 5), await storage.increment('n', -7), await storage.get('n')]`, `[1,6,-1,-1]`},
		{`await storage.set('n', '7'); return await storage.increment('n')`, `"Error: storage: increment of \"n\": the value is not a whole number"`},
		{`return [await storage.compareAndSet('c', undefined, 1), await storage.compareAndSet('c', undefined, 2), await storage.compareAndSet('c', 1, {x: 1}),
			await storage.compareAndSet('c', {x: 1}, undefined), typeof await storage.get('c')]`, `[true,false,true,true,"undefined"]`},
		{`for (var i = 0; i < 5; i++) storage.set('list/' + i, i); return await storage.list({prefix: 'list/', limit: 2, after: 'list/1'})`,
			`[{"key":"list/2","value":2},{"key":"list/3","value":3}]`},
		{`return (await storage.list()).map(function(e){ return e.key })`, `["list/0","list/1","list/2","list/3","list/4","n"]`},
		{`var order = [], all = []; for (var i = 0; i < 100; i++) all.push(storage.increment('order').then(function(n){ order.push(n) }));
			await Promise.all(all); return order.every(function(n, i){ return n == i + 1 })`, `true`},
		{`await storage.set('__proto__', 1); return await storage.list({prefix: '__'})`, `[{"key":"__proto__","value":1}]`},
		{`await storage.set('p', JSON.parse('{"__proto__": 1}')); return Object.keys(await storage.get('p'))`, `["__proto__"]`},
		{`var deep = JSON.parse('['.repeat(1999) + ']'.repeat(1999)); await storage.set('deep', deep); return (await storage.list({prefix: 'deep'})).length`, `1`},
		{`await storage.set('ttl', 1, {ttl: 0.001}); while (await storage.get('ttl') !== undefined); return 'gone'`, `"gone"`},
		{`await storage.set('a', 1); return local.getStore()`, `"c1"`},
		{`return storage.get('a').then(function(){ return local.getStore() })`, `"c1"`},
		{`return [storage.get.name, storage.set.length, Object.keys(storage).length]`, `["get",2,6]`},

		{`await storage.get()`, `"TypeError: storage: the key must be a string"`},
		{`await storage.get('')`, `"TypeError: storage: the key is empty"`},
		{`await storage.get('x'.repeat(1025))`, `"TypeError: storage: the key has 1025 bytes, more than 1024"`},
		{`await storage.get('\ud800')`, `"TypeError: storage: the key is not well-formed text"`},
		{`await storage.set('a')`, `"TypeError: storage: the value has no JSON text, because it is undefined, a function or a symbol"`},
		{`await storage.set('a', function(){ })`, `"TypeError: storage: the value has no JSON text, because it is undefined, a function or a symbol"`},
		{`await storage.compareAndSet('a', Symbol(), 1)`, `"TypeError: storage: the value has no JSON text, because it is undefined, a function or a symbol"`},
		{`await storage.set('a', 1n)`, `"TypeError: Do not know how to serialize a BigInt"`},
		{`await storage.set('a', {toJSON: function(){ throw new RangeError('mine') }})`, `"RangeError: mine"`},
		{`await storage.set('a', 'x'.repeat(1048574)); await storage.set('a', 'x'.repeat(1048575))`, `"TypeError: storage: the value's JSON text has more than 1048576 bytes"`},
		{`await storage.set('a', 'ü'.repeat(600000))`, `"TypeError: storage: the value's JSON text has 1200002 bytes, more than 1048576"`},
		{`await storage.set('a', 1, 60)`, `"TypeError: storage: the options must be an object: {ttl: seconds}"`},
		{`await storage.set('a', 1, {ttl: 0})`, `"TypeError: storage: ttl must be a number of seconds above 0, at most 3153600000"`},
		{`await storage.set('a', 1, {ttl: NaN})`, `"TypeError: storage: ttl must be a number of seconds above 0, at most 3153600000"`},
		{`await storage.set('a', 1, {ttl: '60'})`, `"TypeError: storage: ttl must be a number of seconds above 0, at most 3153600000"`},
		{`await storage.increment('a', 0.5)`, `"TypeError: storage: by must be a whole number from -9007199254740991 to 9007199254740991"`},
		{`await storage.list('a')`, `"TypeError: storage: the options must be an object: {prefix, limit, after}"`},
		{`await storage.list({limit: 1001})`, `"TypeError: storage: limit must be a whole number from 1 to 1000"`},
		{`var refused = 0, all = []; for (var i = 0; i < 10100; i++) all.push(storage.get('n').catch(function(e){ refused++; }));
			await Promise.all(all); return refused`, `100`},
	} {
		s.clear()
		s.deliver(text(p.program))
		eventually(t, p.program, func() bool { return s.messages() != "" })
		if got := s.messages(); got != p.want {
			t.Errorf("%s\n got %s\nwant %s", p.program, got, p.want)
		}
	}
}

// TestStorageIsShared stores in one resource what another, with several workers, reads.
func TestStorageIsShared(t *testing.T) {
	r, _ := newRuntimeWith(t, map[string]string{
		"a.js": `import storage, {increment} from 'storage'; export class Module { async onData(d, c){ await storage.set('a', d); c.send('stored ' + await increment('n')) } }`,
		"b.js": strings.Replace(shared, "c.send(", "require('storage').get('a').then(function(v){ c.send(v) }); if (false) c.send(", 1),
	}, Options{Storage: newStorage(t)})
	_, a := connect(t, r, "a")
	a.deliver(text("hello"))
	eventually(t, "it is stored", func() bool { return a.messages() == "stored 1" })
	for range 3 {
		_, b := connect(t, r, "b")
		b.deliver(text("x"))
		eventually(t, "it is read", func() bool { return b.messages() == "hello" })
	}
}

// slowStorage does nothing before it is told to.
type slowStorage struct {
	mu      sync.Mutex
	batches [][]storage.Operation
	done    []func([]storage.Result)
}

func (s *slowStorage) Do(ops []storage.Operation, done func([]storage.Result)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches, s.done = append(s.batches, ops), append(s.done, done)
}

// next returns the last batch, and a function that answers the first n of it. It waits until there are
// that many batches.
func (s *slowStorage) next(t *testing.T, batches int) (keys string, answer func(n int)) {
	eventually(t, fmt.Sprint(batches, " batches"), func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.batches) == batches
	})
	for _, op := range s.batches[batches-1] {
		keys += op.Key
	}
	return keys, func(n int) { s.done[batches-1](make([]storage.Result, n)) }
}

// TestStorageWaits checks that a worker goes on while the storage is slow, that what it asks for meanwhile
// comes together and in order, and that a stop loses none of it.
func TestStorageWaits(t *testing.T) {
	slow := &slowStorage{}
	r, _ := newRuntimeWith(t, map[string]string{"test.js": `
		var Module = this.Module = function(){ }, storage = require('storage');
		Module.prototype.onData = function(d, c){ storage.set(d, d).then(function(){ c.send(d) }); };`}, Options{Storage: slow})
	_, s := connect(t, r, "test")
	s.deliver(text("a"))
	_, first := slow.next(t, 1)
	s.deliver(text("b", "c"))
	s.deliver(text("d", "e"))
	first(1)
	keys, second := slow.next(t, 2)
	if keys != "bcde" {
		t.Errorf("asked for %s", keys)
	}
	s.deliver(text("f"))
	second(2)
	keys, third := slow.next(t, 3)
	if keys != "def" || s.messages() != "a|b|c" {
		t.Errorf("asked for %s, sent %s", keys, s.messages())
	}
	s.deliver(text("g", "h"))
	if err := r.Close(context.Background()); err != nil {
		t.Error(err)
	}
	third(3)
	keys, last := slow.next(t, 4)
	last(1)
	rest, end := slow.next(t, 5)
	if end(1); keys != "gh" || rest != "h" || s.messages() != "a|b|c" {
		t.Errorf("asked for %s and %s, sent %s", keys, rest, s.messages())
	}
}

// TestNoStorage requires the module where there is no storage.
func TestNoStorage(t *testing.T) {
	r, log := newRuntime(t, map[string]string{"test.js": `require('storage')`})
	if _, err := r.Resource("test"); err == nil {
		t.Error("it has loaded")
	}
	log.want(t, "storage")
}
