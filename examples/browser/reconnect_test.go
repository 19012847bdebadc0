package browser

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// TestReconnect stops the server and starts it again: the pages say so, connect again by themselves, and go on.
func TestReconnect(t *testing.T) {
	port := strconv.Itoa(commandtest.FreePort(t))
	first := startServer(t, "--port", port)
	clock := open(t, first.page("time.html"))
	chat := open(t, first.page("chat.html"))
	t.Cleanup(func() { // at the end, because the browser reports as late as it likes
		clock.forgive("Failed to load resource: net::ERR_CONNECTION_REFUSED")
		chat.forgive("Failed to load resource: net::ERR_CONNECTION_REFUSED")
	})
	clock.wait(`document.querySelector('#raw li.in')`)
	join(chat, "ann")
	chat.write("#entry", "before")
	chat.waitText("#log", "before")
	for _, p := range []*page{clock, chat} {
		eval[string](p, `window.details = []; new MutationObserver(() => details.push(document.getElementById('detail').textContent))
			.observe(document.getElementById('detail'), {childList: true}); ''`)
	}

	first.stop()
	for _, p := range []*page{clock, chat} {
		p.wait(`details.some((text) => text.startsWith('1001, ') && text.endsWith('; trying again'))`)
		p.wait(`details.some((text) => text.startsWith('nobody answers at ') && text.endsWith('; trying again'))`)
		if label := p.text("#toggle"); label != "Reconnect" {
			t.Errorf("the button says %q", label)
		}
	}

	startServer(t, "--port", port)
	for _, p := range []*page{clock, chat} {
		p.waitState("open")
	}
	count := clock.text("#count")
	clock.wait(`document.getElementById('count').textContent !== '` + count + `'`)

	// The chat asks for the name it had.
	chat.wait(`document.getElementById('room').dataset.joined === 'yes'`)
	chat.write("#entry", "after")
	chat.waitText("#log .message:last-child", "after")
}

// TestRefused checks that a page says why it was not connected.
func TestRefused(t *testing.T) {
	dir := t.TempDir()
	commandtest.WriteFile(t, filepath.Join(dir, "broken.js"), "this is no module")
	commandtest.WriteFile(t, filepath.Join(dir, "shy.js"), `this.Module = function(){ this.onHandshake = function(){ return false }; this.onData = function(){} };`)
	commandtest.WriteFile(t, filepath.Join(dir, "closed.js"), `this.Module = function(){ this.onData = function(){} }; this.Module.options = {origins: 'http://else.example'};`)
	s := startServer(t, "--modules", dir)
	p := open(t, s.page(""))
	for _, c := range [][2]string{
		{"nosuch", "HTTP status 404: there is no such module on the server"},
		{"broken", "HTTP status 500: the module cannot be loaded: the server’s terminal shows its line"},
		{"closed", "HTTP status 403: the server does not accept pages from " + strings.TrimSuffix(s.page(""), "/") + ", see its option --origins"},
		{"shy", "the module refused the connection, or a proxy does not let it through"},
	} {
		p.write("#resource", c[0])
		p.write("#line", "hello")
		p.wait(fmt.Sprintf("document.getElementById('detail').textContent === %q", c[1]))
		p.waitState("closed")
	}
	p.forgive("Failed to load resource", "WebSocket connection to", "MIME type")
}

// TestDisconnect checks that the button Disconnect closes the connection, after which nothing ticks.
func TestDisconnect(t *testing.T) {
	s := startServer(t)
	p := open(t, s.page("time.html"))
	p.wait(`document.querySelector('#raw li.in')`)
	p.click("#toggle")
	p.waitState("closed")
	if detail := p.text("#detail"); !strings.HasPrefix(detail, "1000, ") {
		t.Errorf("closed with %q, want 1000", detail)
	}
}
