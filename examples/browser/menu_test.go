package browser

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// force selects a transport in the page's menu.
func (p *page) force(transport string) {
	p.t.Helper()
	eval[string](p, `(() => { const menu = document.getElementById('transport'); menu.value = '`+transport+`'; menu.dispatchEvent(new Event('change')); return ''; })()`)
}

// TestMenu checks that the pages' menu forces a transport, and that the links to other pages keep
// it.
func TestMenu(t *testing.T) {
	s := startServer(t)
	p := open(t, s.page("echo.html"))
	p.waitState("open")
	p.waitText("#detail", "/echo by websocket")
	for _, transport := range clientTransports {
		p.force(transport)
		p.waitText("#detail", "/echo by "+transport)
		p.write("#text", "by "+transport)
		p.waitText("#log li:first-child.in", "by "+transport)
	}
	// A transport that was forced is not remembered as the one that works.
	p.force("any transport")
	p.waitText("#detail", "/echo by websocket")
	p.force("jsonp-polling")
	p.waitText("#detail", "/echo by jsonp-polling")
	if search := eval[string](p, `location.search`); search != "?transport=jsonp-polling" {
		t.Errorf("the page is at %s", search)
	}

	// One chat polls, the other does not.
	p.click(`nav a[href*="chat.html"]`)
	p.do("following a link", chromedp.WaitReady(chromedp.CSS("#nick")))
	p.waitText("#detail", "/chat by jsonp-polling")
	join(p, "ann")
	other := open(t, s.page("chat.html?transport=xhr-polling"))
	join(other, "bob")
	users(p, "ann", "bob")
	other.write("#entry", "hello from a poll")
	p.waitText("#log .message:last-child", "hello from a poll")
	p.write("#entry", "and from a script")
	other.waitText("#log .message:last-child", "and from a script")
}
