package runtime

import (
	"testing"
	"time"
)

const timed = `
let late = 0;
setInterval(() => { late++; }, 600000);                         // while it loads
exports.Module = class {
	onConnect(c){ this.timer = setInterval(() => c.send('tick ' + new Date().toISOString()), 1000); }
	async onData(data, c){
		if (data == 'wait') await new Promise((done) => setTimeout(done, 500));
		if (data == 'late') data = late;
		if (data == 'busy') for (let i = 0; i < 300000; i++);
		setTimeout(() => setTimeout(() => c.send('chained ' + data + ' ' + Date.now()), 100), 100);
		setImmediate(() => c.send('now ' + data));
	}
	onDisconnect(){ clearInterval(this.timer) }
}`

// TestClock runs tests in which time goes on by tick alone.
func TestClock(t *testing.T) {
	t.Parallel()
	lines, err := runTests(t, map[string]string{"rooms.js": timed, "a.test.js": `
		const start = Date.UTC(2030, 0, 1), day = 86400000;
		test('timers and dates', async () => {
			clock.install({ now: new Date(start) });
			const c = await connect('/rooms');
			expect(Date.now()).toBe(start);
			const began = performance.now();
			await clock.tick(2500);
			expect(Math.round(performance.now() - began)).toBe(2500);
			expect([await c.receive(), await c.receive()]).toEqual(['tick 2030-01-01T00:00:01.000Z', 'tick 2030-01-01T00:00:02.000Z']);
			expect(Date.now()).toBe(start + 2500);
			c.send('x');
			expect(await c.receive()).toBe('now x');
			await clock.tick(199);
			await clock.tick(1);
			expect(await c.receive()).toBe('chained x ' + (start + 2700));
			let mine = 0;
			setTimeout(() => { mine = Date.now() }, 10);
			await clock.tick(10);
			expect(mine).toBe(start + 2710);
		});
		test('what was sent before has arrived', async () => {
			clock.install({ now: start });
			const c = await connect('/rooms');
			for (let i = 0; i < 50; i++) c.send('x' + i);
			await clock.tick(200);
			for (let i = 0; i < 50; i++) expect(await c.receive()).toBe('now x' + i);
			for (let i = 0; i < 50; i++) expect(await c.receive()).toBe('chained x' + i + ' ' + (start + 200));
			c.send('wait'); c.send('y');                               // waits for the promise of the one before
			await clock.tick(500);
			expect(await c.receive()).toBe('now wait');
			expect(await c.receive()).toBe('now y');
		});
		test('a busy module gets it, too', async () => {
			clock.install({ now: start });
			const c = await connect('/rooms'), other = await connect('/rooms');
			for (let i = 0; i < 4; i++) {
				other.send('busy'); c.send('x');
				await clock.tick(200);
				expect(await c.receive()).toBe('now x');
				expect(await c.receive()).toMatch('chained x');
			}
		});
		test('the timers of a module that has been loaded', async () => {
			clock.install();
			const c = await connect('/rooms');
			await clock.tick(600000);
			c.send('late');
			await clock.tick(200);
			clock.uninstall();
			expect(Math.abs(Date.now() - new Date()) < 5000).toBe(true);
			for (let m = ''; !m.startsWith('chained 1'); ) m = await c.receive();
		});
		test('time is real again', async () => {
			const c = await connect('/rooms');
			c.send('x');
			expect(await c.receive()).toBe('now x');
			expect(await c.receive()).toMatch('chained x');
			expect(() => clock.install({ now: 'x' })).toThrow('clock.install takes');
			expect(() => clock.tick(-1)).toThrow('clock.tick takes');
			expect(String(await clock.tick(1).catch((e) => e))).toMatch('call clock.install() before');
			clock.install();
			expect(() => clock.install()).toThrow('it is installed');
		});`}, 30*time.Second, Options{})
	if want := "timers and dates:  \nwhat was sent before has arrived:  \na busy module gets it, too:  \nthe timers of a module that has been loaded:  \ntime is real again:  \n"; err != nil || lines != want {
		t.Errorf("%v\n%s", err, lines)
	}
	lines, err = runTests(t, map[string]string{"a.test.js": `
		test('a tick without an end', async () => {
			clock.install();
			setInterval(() => { }, 1);
			await clock.tick(1e11);
		});
		test('the next', async () => { clock.install(); await clock.tick(5) });`}, 2*time.Second, Options{})
	if want := "a tick without an end: it took longer than 2s; perhaps it waits for a message that does not come \nthe next:  \n"; err != nil || lines != want {
		t.Errorf("%v\n%s", err, lines)
	}
}
