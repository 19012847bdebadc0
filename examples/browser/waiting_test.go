package browser

import (
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// TestCloseWhileWaiting has pages that close their connection, or are closed, while onData waits for a promise that never settles
// and a message is behind it. The module hears of it all the same, over each transport of client.js, and the
// page of its close.
func TestCloseWhileWaiting(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	commandtest.WriteFile(t, dir+"/modules/wait.js", `var Module = this.Module = function(){ };
		Module.prototype.onData = function(d, c){ console.log('waits ' + c.transport + ' ' + d); return new Promise(function(){ }); };
		Module.prototype.onDisconnect = function(c, code, reason){ console.log('gone ' + c.transport + ' ' + code + ' ' + reason); };`)
	commandtest.WriteFile(t, dir+"/public/wait.html", `<!doctype html><title>wait</title><body><script src="/client.js"></script>`)
	commandtest.WriteFile(t, dir+"/public/favicon.ico", "")
	s := startServer(t, "--modules", dir+"/modules", "--public", dir+"/public")
	for _, transport := range clientTransports {
		t.Run(transport, func(t *testing.T) {
			p := newPage(t)
			p.navigate(s.page("wait.html"))
			begin := func() {
				eval[string](p, `window.result = '';
					window.socket = new Socket('/wait', {transports: '`+transport+`'});
					socket.onopen = function(){ socket.send('one'); socket.send('two') };
					socket.onclose = function(event){ window.result = [event.code, event.wasClean].join(' ') }; ''`)
			}
			begin()
			s.waitTimes("waits "+transport+" one", 1)
			eval[string](p, `socket.send('three'); socket.close(4001, 'bye'); ''`)
			s.waitLog("gone "+transport, "4001 bye")
			p.wait(`window.result`)
			if got := eval[string](p, `window.result`); got != "4001 true" {
				t.Errorf("the page was told %s", got)
			}
			begin()
			s.waitTimes("waits "+transport+" one", 2)
		}) // which closes the tab
		s.Wait("the end of the page", func() bool { return strings.Count(s.Text(), "gone "+transport) == 2 })
		if n := s.lines("waits " + transport); n != 2 {
			t.Errorf("%s: %d messages were delivered, want 2", transport, n)
		}
	}
}
