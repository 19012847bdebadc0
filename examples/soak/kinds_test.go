package soak

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A kind is one kind of hostile client.
type kind struct {
	name string
	// A bound on what its clients do: at of them at once, of which each begins again after every at
	// the earliest.
	at    int
	every time.Duration
	takes time.Duration // of one attack, at most, if the program does as it should
	// attack is one attack; n counts those of the kind, so that they may differ. An error says what
	// the program did wrong. It returns when its context ends, which is no fault of the program.
	attack func(a *attacker, n int) error
}

// kinds are all of them. With -kinds for one after the other, these cost the program the most, in percent
// of a core: calls that are too long 70, the messages of clients.json 15, streams that are not read and
// broadcasts 9, floods 8, deflate bombs and what is not read 7; the honest clients 8.
var kinds = []kind{
	{"messages of clients.json", 1, 300 * time.Millisecond, 20 * time.Second, hostileMessage},
	{"calls that are too long", 1, 9 * time.Second, 30 * time.Second, longCall},
	{"floods of small messages", 2, 200 * time.Millisecond, 5 * time.Second, flood},
	{"broadcasts of 1 MiB", 2, time.Second, 5 * time.Second, loud},
	{"subscriptions without end", 2, 500 * time.Millisecond, 5 * time.Second, subscribe},
	{"nothing is read", 8, 500 * time.Millisecond, 10 * time.Second, neverRead},
	{"a byte a second is read", 8, 500 * time.Millisecond, 12 * time.Second, readSlowly},
	{"nothing is answered", 8, time.Second, 28 * time.Second, silent},
	{"no further poll", 8, time.Second, 12 * time.Second, pollNoMore},
	{"vanished", 2, 100 * time.Millisecond, 2 * time.Second, vanish},
	{"reset", 2, 100 * time.Millisecond, 2 * time.Second, reset},
	{"no request", 8, time.Second, 16 * time.Second, noRequest},
	{"no request, HTTP/2", 8, time.Second, 16 * time.Second, noRequestHTTP2},
	{"half a head", 8, time.Second, 16 * time.Second, halfHead},
	{"half a head, HTTP/2", 4, time.Second, 16 * time.Second, halfHeadHTTP2},
	{"half a frame", 8, time.Second, 12 * time.Second, halfFrame},
	{"half a compressed message", 8, time.Second, 12 * time.Second, halfCompressed},
	{"deflate bombs", 2, 500 * time.Millisecond, 5 * time.Second, bomb},
	{"bad frames", 2, 50 * time.Millisecond, 2 * time.Second, badFrame},
	{"bad frames, hixie", 1, 100 * time.Millisecond, 2 * time.Second, badHixie},
	{"handshakes", 4, 50 * time.Millisecond, 2 * time.Second, handshake},
	{"streams that are not read", 2, 2 * time.Second, 10 * time.Second, manyStreams},
	{"responses in streams, not read", 5, 500 * time.Millisecond, 10 * time.Second, unreadStream},
	{"streams that are reset", 2, 500 * time.Millisecond, 5 * time.Second, resetStreams},
	{"bodies that stall", 8, time.Second, 16 * time.Second, stalledBody},
	{"bodies that stall, HTTP/2", 4, time.Second, 16 * time.Second, stalledStream},
}

// hostileModules are the resources of the hostile clients, ordinary modules, beside those of the cases.
var hostileModules = map[string]string{
	"victim.js": `var Module = this.Module = function(){ };
		Module.prototype.onData = function(data, connection){ connection.send(data); };`,
	"silent.js": `var Module = this.Module = function(){ };
		Module.options = {pingInterval: 1};
		Module.prototype.onData = function(data, connection){ connection.send(data); };`,
	"source.js": `var Module = this.Module = function(){ };
		var text = 'x'.repeat(10000);
		var more = Module.prototype.onDrain = function(connection){ for (var i = 0; i < 90; i++) connection.send(text); };
		Module.prototype.onData = function(data, connection){ more(connection); };`,
	"loud.js": `var Module = this.Module = function(){ };
		Module.prototype.onData = function(data, connection){ connection.server.broadcast(data); };`,
	"topics.js": `var Module = this.Module = function(){ };
		Module.prototype.onData = function(data, connection){
			connection.publish(data, data);
			connection.send(connection.subscribe(data));
		};`,
	"endless.js": `var Module = this.Module = function(){ };
		Module.prototype.onData = function(data, connection){
			while (data === 'for ever');
			connection.send(data);
		};`,
	// The search is in native code, where goja looks at no interrupt, and takes the square of a length.
	"names.js": `var Module = this.Module = function(){ };
		Module.prototype.onData = function(data, connection){
			var m = JSON.parse(data);
			connection.send(m.names.map(Number.bind(null, '1'.repeat(0.7 * m.known.length))).length); // Number does not look for the interrupt
		};`,
}

// A testCase is a case of runtime/testdata/hostile.json, where the tests of runtime explain the
// notation.
type testCase struct {
	Name   string
	OnData string
	Send   string
	Answer string
	number int
}

func readCases(t testing.TB) []testCase {
	cases, err := tryReadCases()
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

func tryReadCases() (cases []testCase, err error) {
	text, err := os.ReadFile("../../runtime/testdata/hostile.json")
	if err == nil {
		err = json.Unmarshal(text, &cases)
	}
	if err == nil && len(cases) == 0 {
		err = fmt.Errorf("there are no cases")
	}
	for i := range cases {
		cases[i].number = i
		cases[i].Send = repeated.ReplaceAllStringFunc(cases[i].Send, func(s string) string {
			n, _ := strconv.Atoi(s[3 : len(s)-1])
			return strings.Repeat(s[1:2], n)
		})
	}
	return cases, err
}

var repeated = regexp.MustCompile(`<.\*\d+>`)

func (c testCase) path() string { return fmt.Sprintf("/case-%d", c.number) }
func (c testCase) file() string { return c.path()[1:] + ".js" }

func (c testCase) module() string {
	return "var Module = this.Module = function(){ };\nModule.prototype.onData = function(data, connection){\n" +
		"if (data === 'ping') return connection.send('pong');\n" + c.OnData + "\n};"
}
