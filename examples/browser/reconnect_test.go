package browser

import (
	"strconv"
	"strings"
	"testing"
)

// TestReconnect stops the server and starts it again: the pages say so, and their buttons connect
// them again.
func TestReconnect(t *testing.T) {
	first := startServer(t)
	clock := open(t, first.page("time.html"))
	chat := open(t, first.page("chat.html"))
	clock.wait(`document.querySelector('#raw li.in')`)
	join(chat, "ann")
	chat.write("#entry", "before")
	chat.waitText("#log", "before")

	first.stop()
	for _, p := range []*page{clock, chat} {
		p.waitState("closed")
		if detail := p.text("#detail"); !strings.HasPrefix(detail, "1001, ") {
			t.Errorf("closed with %q, want 1001", detail)
		}
	}

	startServer(t, "--port", strconv.Itoa(first.Port))
	for _, p := range []*page{clock, chat} {
		if label := p.text("#toggle"); label != "Reconnect" {
			t.Errorf("the button says %q", label)
		}
		p.click("#toggle")
		p.waitState("open")
	}
	count := clock.text("#count")
	clock.wait(`document.getElementById('count').textContent !== '` + count + `'`)

	// The chat asks for the name it had.
	chat.wait(`document.getElementById('room').dataset.joined === 'yes'`)
	chat.write("#entry", "after")
	chat.waitText("#log .message:last-child", "after")
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
