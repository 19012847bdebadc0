package runtime

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

const testedModules = `
exports.Module = class {
	onHandshake(request){ if (request.query.no) return { status: 403, body: 'no\n' }; return request.headers['sec-websocket-protocol'] ? { protocol: 'v1' } : undefined }
	onConnect(c){ c.send('hello ' + c.request.params.id + ' ' + c.request.origin + ' ' + c.request.headers['x-a']) }
	async onData(data, c){ if (data == 'throw') throw new Error('of the module'); if (data == 'close') return c.close(4000, 'so'); if (data == 'cut') return c.terminate(); await null; c.send(data); c.server.last = data }
	onDisconnect(c, code, reason){ c.server.publish('gone', code + ' ' + reason) }
}`

const askedModule = `
exports.Module = { onData(data, c){ if (data == 'throw') throw new Error('secret'); const reply = c.reply || c.send.bind(c); if (data != 'keep') reply(data) } };
exports.Module.options = { requests: true };`

// runTests runs a file with tests, and returns what was reported, one a line.
func runTests(t *testing.T, files map[string]string, limit time.Duration, o Options) (lines string, err error) {
	t.Helper()
	r, _ := newRuntimeWith(t, files, o)
	var b strings.Builder
	err = r.Test(context.Background(), "a.test.js", limit, func(result TestResult) {
		_, at, _ := strings.Cut(result.At, "a.test.js")
		fmt.Fprintf(&b, "%s: %s %s\n", result.Name, result.Message, at)
	})
	return b.String(), err
}

// TestTests runs tests that pass, among them of all that connect can do.
func TestTests(t *testing.T) {
	t.Parallel()
	lines, err := runTests(t, map[string]string{"rooms/[id].js": testedModules, "asked.js": askedModule, "lib/x.js": "exports.one = 1", "a.test.js": `
		const { one } = require('./lib/x');
		test('a connection', async () => {
			const client = await connect('/Rooms/7', { origin: 'http://a.com', headers: { 'X-A': 'b' }, protocols: ['v1'] });
			expect(client.protocol).toBe('v1');
			expect(await client.receive()).toBe('hello 7 http://a.com b');
			expect((await (await connect('/rooms/a%2Fb')).receive()).startsWith('hello a/b ')).toBe(true);
			client.send('a'); client.send(new Uint8Array([1, 2])); client.send('ü');
			expect([await client.receive(), await client.receive(), await client.receive()]).toEqual(['a', new Uint8Array([1, 2]), 'ü']);
			for (let i = 0; i < 100; i++) client.send(String(i));
			for (let i = 0; i < 100; i++) expect(await client.receive()).toBe(String(i));
		});
		test('closes', async () => {
			for (const [send, want] of [['close', { code: 4000, reason: 'so' }], ['cut', { code: 1006, reason: '' }]]) {
				const client = await connect('/rooms/1');
				client.send(send);
				expect(await client.closed).toEqual(want);
				await client.receive();
				await client.receive().then(() => { throw new Error('no') }, (error) => expect(error.message).toContain('closed with ' + want.code));
			}
			const client = await connect('/rooms/1');
			expect(await client.close(1000, 'bye')).toEqual({ code: 1000, reason: 'bye' });
			expect(await (await connect('/rooms/1')).close()).toEqual({ code: 1005, reason: '' });
		});
		test('refusals', async () => {
			for (const [path, status] of [['/rooms/1?no=1', 403], ['/nosuch', 404], ['/a.test', 404]]) {
				const error = await connect(path).then(() => null, (error) => error);
				expect(error.status).toBe(status);
			}
			expect(String(await connect('rooms').catch((error) => error))).toMatch(/no path/);
		});
		test('requests', async () => {
			const client = await connect('/asked');
			client.send('\0a');
			expect([await client.receive(), await client.request('\0b'), await client.request(new Uint8Array([0, 7]))]).toEqual(['\0a', '\0b', new Uint8Array([0, 7])]);
			expect((await client.request('throw').catch((error) => error)).message).toBe('the module has failed');
			const open = client.request('keep');
			await client.close();
			for (const request of [open, client.request('x')]) expect((await request.catch((error) => error)).message).toMatch(/^the connection was closed with 1005, and no reply c/);
		});
		test('matchers', () => {
			expect(NaN).toBe(NaN); expect(0).not.toBe(-0); expect({ a: [1] }).toEqual({ a: [1] }); expect('abc').toMatch(/b/); expect('abc').toMatch('b');
			expect([1, 2]).toContain(2); expect('ab').toContain('a'); expect(1).toBeTruthy(); expect(0).not.toBeTruthy();
			expect(() => { throw new Error('x') }).toThrow('x'); expect(() => { }).not.toThrow(); expect(one).toBe(1);
		});`}, 20*time.Second, Options{})
	if want := "a connection:  \ncloses:  \nrefusals:  \nrequests:  \nmatchers:  \n"; err != nil || lines != want {
		t.Errorf("%v\n%s", err, lines)
	}
}

// TestFailingTests checks what is said of each kind of failure, and that the other tests run.
func TestFailingTests(t *testing.T) {
	t.Parallel()
	lines, err := runTests(t, map[string]string{"rooms/[id].js": testedModules, "a.test.js": `
test('is', () => expect(1).toBe(2));
test('throws', () => { null.x });
test('rejects', async () => { await null; throw new Error('later') });
test('never', () => new Promise(() => { }));
test('loops', () => { for (;;); });
test('in a timer', async () => { setTimeout(() => { throw new Error('lost') }, 0); await new Promise((done) => setTimeout(done, 50)); });
test('unhandled', async () => { Promise.reject(new Error('lost')); });
test('closed', async () => { const c = await connect('/rooms/1'); await c.receive(); c.close(); await c.receive(); });
test('matches', () => expect({ a: 1 }).not.toEqual({ a: 1 }));
test('passes', () => { });`}, 3*time.Second, Options{TurnLimit: time.Second})
	want := `is: AssertionError: expected 1 to be 2 :2:`
	for _, part := range []string{
		"is: AssertionError: expected 1 to be 2 :2:", "throws: TypeError: ", ":3:", "rejects: Error: later :4:", "never: it took longer than 3s; perhaps it waits", "loops: ran longer than the limit of 1s",
		"in a timer: an error was not handled", "unhandled: an error was not handled", "closed: Error: the connection was closed with 1005, and no message came", "matches: AssertionError: expected { a: 1 } not to equal { a: 1 } :10:", "passes:  \n",
	} {
		if !strings.Contains(lines, part) {
			t.Errorf("it does not say %q", part)
		}
	}
	if err != nil || !strings.HasPrefix(lines, want) {
		t.Errorf("%v\n%s", err, lines)
	}
	for source, want := range map[string]string{"}": "Unexpected", "\nnosuch()": "ReferenceError: nosuch is not defined", "test('x')": "TypeError: test takes a name and a function"} {
		_, err := runTests(t, map[string]string{"a.test.js": source}, 20*time.Second, Options{})
		if e, ok := err.(*TestError); !ok || !strings.Contains(e.Message, want) || e.At == "" || e.Detail == "" {
			t.Errorf("%s: %+v", source, err)
		}
	}
}
