package runtime

import (
	"strconv"
	"strings"
	"testing"
)

// TestBackground checks that a key of a password is made beside the turns, so that messages are answered
// meanwhile, and that what the callback throws is reported.
func TestBackground(t *testing.T) {
	r, log := newRuntime(t, map[string]string{"test.js": `
		const crypto = require('crypto');
		exports.Module = function(){ };
		exports.Module.prototype.onData = function(data, connection) {
			if (data === 'ping') return connection.send('pong');
			crypto.pbkdf2('p', 's', +data, 8, 'sha1', (error, key) => {
				Promise.resolve().then(() => connection.send('key ' + key.length));
				throw new Error('thrown by the callback');
			});
		};`})
	_, s := connect(t, r, "test")
	// On a busy machine a key may be there before the test goes on.
	for rounds, got := 100_000, ""; got != "pong|key 8"; rounds *= 4 {
		if rounds > 10_000_000 {
			t.Fatalf("%q", got)
		}
		s.clear()
		s.deliver(text(strconv.Itoa(rounds)))
		s.deliver(text("ping"))
		eventually(t, "the key", func() bool { return strings.Contains(s.messages(), "key") })
		got = s.messages()
	}
	eventually(t, "the report", func() bool { return strings.Contains(log.text(), "thrown by the callback") })
}
