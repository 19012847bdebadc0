package browser

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// countModule publishes 300 numbers or more, texts and now and then bytes, while it cuts the connections of subscribers every 100 ms, at
// least three times. It waits for a client that is away for long.
const countModule = `var Module = this.Module = function(){ };
Module.options = { history: {'count/*': 1000} };
Module.prototype.onConnect = function(c){ c.subscribe('count/' + c.transport); };
Module.prototype.onData = function(d, c){
	var server = c.server, topic = 'count/' + c.transport, n = 0, cuts = 0, away = 0;
	var cutting = setInterval(function(){ for (const c of server.connections) if (c.isSubscribed(topic)) { c.terminate(); cuts++; } }, 100);
	if (d === 'start') var publishing = setInterval(function(){
		away = server.subscriberCount(topic) ? 0 : away + 1;
		if (away > 20) return;
		for (var i = 0; i < 3; i++) server.publish(topic, n % 7 ? 'n' + n++ : new Uint8Array([0, n >> 8, n++ & 255]));
		if (n < 300 || cuts < 3) return;
		clearInterval(publishing);
		clearInterval(cutting);
		server.publish(topic, 'end');
	}, 10);
	else { // forget
		clearInterval(cutting);
		c.terminate();
		server.publish(topic, 'lost');
	}
};`

const countPage = `<!doctype html><meta charset="utf-8"><title>count</title><body><script src="/client.js"></script><script>
function count(transport, wait, first) {
	var got = [], told = {true: 0, false: 0}, opened = 0;
	window.socket = new Socket('/count', {transports: transport, reconnect: {min: wait, max: wait}});
	socket.binaryType = 'arraybuffer';
	socket.onopen = function () { if (!opened++) socket.send(first); };
	socket.onrecovery = function (event) { told[event.recovered]++; if (event.topic !== 'count/' + transport) got.push(event.topic); };
	socket.onmessage = function (event) {
		var data = event.data, bytes = new Uint8Array(data);
		got.push(typeof data === 'string' ? data : 'n' + (bytes[1] << 8 | bytes[2]));
	};
	window.state = function () { return { got: got, opened: opened, recovered: told[true], lost: told[false] }; };
}
</script>`

type countState struct {
	Got                     []string
	Opened, Recovered, Lost int
}

// TestClientRecovery cuts client.js off again and again, on each of its transports, while something is published: it gets
// every message once, in order. If it stays away for longer than the window, it is told.
func TestClientRecovery(t *testing.T) {
	needBrowser(t)
	dir := t.TempDir()
	commandtest.WriteFile(t, filepath.Join(dir, "modules", "count.js"), countModule)
	commandtest.WriteFile(t, filepath.Join(dir, "public", "talk.html"), countPage)
	folders := []string{"--modules", filepath.Join(dir, "modules"), "--public", filepath.Join(dir, "public")}
	s := startServer(t, folders...)
	for _, transport := range clientTransports {
		t.Run(transport, func(t *testing.T) {
			p := openTalk(t, s.Address())
			eval[string](p, `count('`+transport+`', 50, 'start'); ''`)
			p.wait(`state().got.indexOf('end') >= 0`)
			got := eval[countState](p, `state()`)
			numbers, want := got.Got[:len(got.Got)-1], 0
			if len(numbers) < 300 || got.Got[len(numbers)] != "end" {
				t.Errorf("%d messages: %q", len(got.Got), got.Got)
			}
			for _, text := range numbers {
				if text != fmt.Sprint("n", want) {
					t.Fatalf("%q, want %q, in %q", text, fmt.Sprint("n", want), got.Got)
				}
				want++
			}
			if got.Opened < 3 || got.Recovered < 1 || got.Lost > 0 {
				t.Errorf("opened %d times, recovered %d times, not so %d times", got.Opened, got.Recovered, got.Lost)
			}
		})
	}
	short := startServer(t, append(folders, "--recovery-window", "1")...)
	p := openTalk(t, short.Address())
	eval[string](p, `count('websocket', 9000, 'forget'); ''`)
	p.wait(`state().opened === 2 && state().recovered + state().lost > 0`)
	if got := eval[countState](p, `state()`); got.Lost != 1 || len(got.Got) > 0 {
		t.Errorf("after the window: %+v", got)
	}
}

// roomsModule does what its clients say, in JavaScript, as often as they connect.
const roomsModule = `var Module = this.Module = function(){ }, first = {};
Module.options = { history: 10 };
Module.prototype.onConnect = function(c){ c.subscribe('room/*'); };
Module.prototype.onData = function(code, c){ new Function('c', 'server', code)(c, c.server); };`

const roomsPage = `<!doctype html><meta charset="utf-8"><title>rooms</title><body><script src="/client.js"></script><script>
var said = [], opened = 0, socket = new Socket('/rooms', {transports: 'websocket', reconnect: {min: 50, max: 100}});
socket.onopen = function () { opened++; };
socket.onrecovery = function (event) { said.push(event.topic + (event.recovered ? ': all' : ': not all')); };
socket.onmessage = function (event) { said.push(event.data); };
</script>`

// TestClientRecoveryOfWildcards checks what client.js gets of the topics of a wildcard, also of those that begin while it is away,
// and that it gets nothing of what it had unsubscribed from.
func TestClientRecoveryOfWildcards(t *testing.T) {
	needBrowser(t)
	dir := t.TempDir()
	commandtest.WriteFile(t, filepath.Join(dir, "modules", "rooms.js"), roomsModule)
	commandtest.WriteFile(t, filepath.Join(dir, "public", "talk.html"), roomsPage)
	s := startServer(t, "--modules", filepath.Join(dir, "modules"), "--public", filepath.Join(dir, "public"))
	p := openTalk(t, s.Address())
	p.wait(`opened === 1`)
	for i, step := range []struct{ code, want string }{
		{`server.publish('room/1', 'one'); c.subscribe('news'); server.publish('news', 'old'); c.unsubscribe('news'); c.send('\0zero')`, "one|old|\x00zero"},
		{`c.terminate(); server.publish('room/1', 'two'); server.publish('room/2', 'begun'); server.publish('news', 'missed')`,
			"room/1: all|room/2: all|begun|two"},
		{`c.subscribe('news'); c.send('no news')`, "no news"},
		{`c.terminate(); for (var i = 0; i < 12; i++) server.publish('room/2', i)`, "room/1: all|room/2: not all|2|3|4|5|6|7|8|9|10|11"},
		{`server.publish('room/2', 'last')`, "last"},
	} {
		eval[string](p, `said = []; socket.send(`+strconv.Quote(step.code)+`); ''`)
		want := strings.Split(step.want, "|")
		p.wait(fmt.Sprintf(`socket.readyState === 1 && said.length >= %d`, len(want)))
		got := eval[[]string](p, `said`)
		if i == 1 { // the order of topics is not fixed
			slices.Sort(got)
			slices.Sort(want)
		}
		if !slices.Equal(got, want) {
			t.Errorf("step %d: %q, want %q", i, got, want)
		}
	}
}
