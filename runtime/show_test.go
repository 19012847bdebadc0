package runtime

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestShow checks what console.log prints of a connection and of connection.server: what tells them from
// others, and what modules put there, without calling a getter.
func TestShow(t *testing.T) {
	t.Parallel()
	r, log := newRuntime(t, module(`
		connection.name = 'Ada';
		connection.server.topic = 'tea';
		Object.defineProperty(connection, 'costly', {enumerable: true, get: function(){ throw new Error('called') }});
		connection.other = connection.server.last = {of: connection};
		console.log(connection);
		console.log(connection.server);
		console.log([[[connection]]], Object.keys(connection).length, Object.getOwnPropertySymbols(connection).length);
		console.log('prototype', Object.getPrototypeOf(connection));
		connection.send('done');`))
	_, s := connect(t, r, "test")
	if answer(s, "x") != "done" {
		t.Fatal(log.text())
	}
	log.want(t, "INFO Connection {\n  id: 'c1',\n  remoteAddress: '192.0.2.1',\n  transport: 'websocket',\n  readyState: 1,\n  name: 'Ada',\n  costly: [Getter],\n  other: <ref *1> {\n    of: Connection {")
	log.want(t, "INFO Server {\n  clients: 1,\n  topic: 'tea',\n  last: <ref *1> {\n    of: Connection {")
	log.want(t, "INFO [ [ [ [Connection] ] ] ] 3 0")
	log.want(t, "INFO prototype {}")
}

// TestSendObject checks that a module that sends an object is warned, once for each version of the file.
func TestSendObject(t *testing.T) {
	t.Parallel()
	files := module("connection.send({a: 1}); connection.send([1, 2]); connection.send(new Date(0) && {toString: function(){ return 'own' }});\nconnection.server.broadcast({});")
	r, log := newRuntime(t, files)
	_, s := connect(t, r, "test")
	s.deliver(text("x", "y"))
	warning := func(n int) {
		t.Helper()
		log.want(t, "WARN send was given an object, and sends the text [object Object]; use JSON.stringify(data)", "at=modules/test.js:2:")
		if got := strings.Count(log.text(), "WARN"); got != n {
			t.Errorf("%d warnings, want %d:\n%s", got, n, log.text())
		}
	}
	warning(1)
	if got := s.messages(); !strings.HasPrefix(got, "[object Object]|1,2|own") {
		t.Errorf("sent %q", got)
	}
	write(t, filepath.Join(r.options.Dir, "test.js"), files["test.js"]+"\n")
	r.reload(false, time.Minute)
	s.deliver(text("x"))
	warning(2)
}
