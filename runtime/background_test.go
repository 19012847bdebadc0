package runtime

import (
	"strings"
	"testing"
)

// A key of a password is made beside the turns: messages are answered meanwhile, and what the callback
// throws is reported.
func TestBackground(t *testing.T) {
	r, log := newRuntime(t, map[string]string{"test.js": `
		const crypto = require('crypto');
		exports.Module = function(){ };
		exports.Module.prototype.onData = function(data, connection) {
			if (data !== 'key') return connection.send('pong ');
			crypto.pbkdf2('p', 's', 100000, 8, 'sha1', (error, key) => {
				Promise.resolve().then(() => connection.send('key ' + key.length));
				throw new Error('thrown by the callback');
			});
		};`})
	_, s := connect(t, r, "test")
	s.deliver(text("key"))
	s.deliver(text("ping"))
	eventually(t, "the key", func() bool { return strings.Contains(s.messages(), "key") })
	if got := s.messages(); !strings.HasPrefix(got, "pong") || !strings.HasSuffix(got, "key 8") {
		t.Error(got)
	}
	eventually(t, "the report", func() bool { return strings.Contains(log.text(), "thrown by the callback") })
}
