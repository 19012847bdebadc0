package runtime

import (
	"strings"
	"testing"
	"time"
)

// What a client sends to an ordinary module is an answer or an error with its place, and the resource
// answers the next message.
func TestHostileMessages(t *testing.T) {
	t.Parallel()
	million := func(s string) string { return strings.Repeat(s, 1_000_000) }
	for _, c := range []struct {
		name, onData, send string
		answer             string   // or else, in the log:
		log                []string // parts of the error
	}{
		{"array-like", `Array.prototype.forEach.call(JSON.parse(data), function(x){})`, `{"length":1e15}`, "", []string{"RangeError: Array.prototype.forEach", "at=modules/test.js:2:"}},
		{"sparse index", `var m = JSON.parse(data), a = []; a[m.i] = 1; a.forEach(function(){})`, `{"i":4294967290}`, "", []string{"RangeError: Array.prototype.forEach", "at=modules/test.js:2:"}},
		{"sparse index in a state that is sent", `var m = JSON.parse(data), state = {cells: []}; state.cells[m.i] = 1; connection.send(JSON.stringify(state))`, `{"i":4294967290}`, "", []string{"RangeError: JSON.stringify"}},
		{"array length", `var a = []; a.length = +data; connection.send(a.map(String).length)`, "4294967295", "", []string{"RangeError: Array.prototype.map"}},
		{"spread", `var a = []; a.length = +data; connection.send(Math.max(...a))`, "4294967295", "", []string{"RangeError: Array.prototype.values"}},
		{"big shift", `connection.send(String((1n << BigInt(data)) > 0n))`, "100000000000", "", []string{"RangeError: a shift"}},
		{"big power", `connection.send(String((10n ** BigInt(data)) > 0n))`, "100000000000", "", []string{"RangeError: **"}},
		{"big width", `connection.send(String(BigInt.asUintN(+data, -1n)).length)`, "1099511627776", "", []string{"RangeError: BigInt.asUintN"}},
		{"big parse", `connection.send(String(BigInt(data) * BigInt(data)).length)`, million("9"), "", []string{"RangeError: BigInt"}},
		{"replace that grows", `var m = JSON.parse(data); connection.send(m.text.replace(new RegExp(m.from, 'g'), m.to).length)`,
			`{"text": "` + million("x")[:500_000] + `", "from": "x", "to": "` + million("y")[:500_000] + `"}`, "", []string{"RangeError: RegExp.prototype.@@replace"}},
		{"nested source", `try { eval('(' + data + ')') } catch (e) { connection.send(e.name) }`, million("("), "SyntaxError", nil},
		{"nested function", `try { new Function(data) } catch (e) { connection.send(e.name) }`, million("["), "SyntaxError", nil},
		{"nested value", `try { JSON.parse(data) } catch (e) { connection.send(e.name) }`, million("["), "RangeError", nil},
		{"backtracking", `connection.send(String(/(?!q)(a|aa)+$|evil/.test(data)))`, strings.Repeat("a", 60) + "b evil", "", []string{"Error: the regular expression /(?!q)(a|aa)+$|evil/ took longer", "at=modules/test.js:2:"}},
		{"caught backtracking", `try { /(?!q)(a|aa)+$|evil/.test(data) } catch (e) { connection.send(e.name) }`, strings.Repeat("a", 60) + "b evil", "Error", nil},
		{"hole", `connection.send(String([,,1].find(Boolean)))`, "x", "1", nil},
		{"recursion", `function f(){ f() } try { f() } catch (e) { connection.send(e.name) } finally { connection.send('finally') }`, "x", "RangeError|finally", nil},
		{"recursion in a list", `var list = null; for (var i = 0; i < +data; i++) list = {next: list}; function n(l){ return l ? 1 + n(l.next) : 0 } try { connection.send(n(list)) } catch (e) { connection.send(e.name) }`, "1000000", "RangeError", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			// The limits have to end these, not the watchdog, which the race detector would bring in.
			r, log := newRuntimeWith(t, module(`if (data === 'ping') return connection.send('pong'); `+c.onData), Options{TurnLimit: 2 * time.Minute})
			conn, s := connect(t, r, "test")
			start := time.Now()
			conn.Receive(text(c.send))
			if got := s.messages(); got != c.answer {
				t.Errorf("answers %q, want %q\n%s", got, c.answer, log.text())
			}
			if c.log != nil {
				log.want(t, c.log...)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
			_, os := connect(t, r, "test")
			if got := answer(os, "ping"); got != "pong" {
				t.Errorf("afterwards %q\n%s", got, log.text())
			}
		})
	}
}
