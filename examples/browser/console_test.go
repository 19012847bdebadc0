package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"node.websocket/runtime/command/commandtest"
)

// copyModules returns a folder with the modules of this repository, which a test may change.
func copyModules(t *testing.T) string {
	t.Helper()
	modules := t.TempDir()
	if err := os.CopyFS(modules, os.DirFS(filepath.Join("..", "..", "modules"))); err != nil {
		t.Fatal(err)
	}
	return modules
}

// openConsole opens the console, and waits until it shows the modules.
func openConsole(t *testing.T, s *server, tab string) *page {
	t.Helper()
	p := open(t, s.page("_console"))
	p.waitState("open")
	p.wait(`document.querySelectorAll('.module').length > 3`)
	p.click("#tab-" + tab)
	return p
}

// TestConsoleShows checks that the console shows connections as they come and go, closes one, and shows the log.
func TestConsoleShows(t *testing.T) {
	s := startServer(t)
	p := openConsole(t, s, "connections")
	p.waitText("#connections [role=status]", "Nobody is connected")

	clock := open(t, s.page("time.html?transport=xhr-polling"))
	clock.wait(`document.querySelector('#raw li.in')`)
	p.waitText("#connections .body .row", "/time")
	p.waitText("#connections .body .row", "xhr-polling")
	p.waitText("#tab-connections .count", "1")
	p.picture("console-connections.png")

	p.click("#connections .body .row")
	p.waitText("#details dl", "127.0.0.1")
	p.write("#details [name=reason]", "from the console")
	s.waitLog("closed from the console", `reason="from the console"`)
	s.waitLog("disconnected", "resource=time", "cause=operator")
	p.waitText("#connections [role=status]", "Nobody is connected")

	p.click("#tab-log")
	p.waitText("#log .lines", "closed from the console")
	p.wait(`document.querySelectorAll('#log li').length > 5`)
	id := eval[string](p, `[...document.querySelectorAll('#log li')].map((e) => /resource=_console .*id=(\w+)/.exec(e.textContent)).find((m) => m)[1]`)
	q := open(t, s.page("_console"))
	q.waitState("open")
	eval[bool](q, `import('/_console/feed.js').then(({ Feed }) => { const f = new Feed(); f.addEventListener('state', (e) => e.detail.state === 'open' && f.close('`+id+`', 1012, 'again')); f.connect() }), true`)
	p.waitText("#log .lines", "reason=again")
	// It is back, and each of four consoles has connected once: the log, which comes again, is not there twice.
	p.wait(`[...document.querySelectorAll('#log li')].filter((e) => / connected .*resource=_console/.test(e.textContent)).length === 4`)
	p.write("#log [name=filter]", "disconnected")
	p.wait(`[...document.querySelectorAll('#log li')].filter((e) => e.checkVisibility()).every((e) => e.textContent.includes('disconnected'))`)
}

// TestConsoleOverlay saves a broken module and mends it.
func TestConsoleOverlay(t *testing.T) {
	modules := copyModules(t)
	s := startServer(t, "--modules", modules)
	p := openConsole(t, s, "connections")
	edit(t, filepath.Join(modules, "time.js"), "new Date()", "new <b>Date(")
	p.wait(`document.getElementById('overlay').open`)
	p.waitText("#overlay h2", "time.js does not load")
	p.waitText("#overlay pre", "new <b>Date(")
	p.picture("console-overlay.png")
	edit(t, filepath.Join(modules, "time.js"), "new <b>Date(", "new Date()")
	p.wait(`!document.getElementById('overlay').open`)
	p.click("#tab-modules")
	p.waitText("#modules", "version 1")
}

// TestConsoleClient sends and receives with the console's client, over a WebSocket and a fallback.
func TestConsoleClient(t *testing.T) {
	s := startServer(t)
	p := openConsole(t, s, "client")
	for _, transport := range []string{"websocket", "xhr-streaming", "jsonp-polling", "htmlfile"} {
		eval[bool](p, fmt.Sprintf(`document.querySelector('#client [name=transport]').value = %q, true`, transport))
		p.click("#client button[name=connect]")
		p.waitText("#client .state", "open over "+transport)
		p.write("#client [name=message]", "<i>hello</i> over "+transport)
		p.waitText("#client .frames li.in:last-child", "<i>hello</i> over "+transport)
		p.click("#client button[name=connect]")
		p.waitText("#client .state", "closed")
	}
	p.click("#client button[name=connect]")
	p.waitText("#client .state", "open over")
	eval[bool](p, `document.querySelector('#client [name=form]').value = 'binary', true`)
	p.write("#client [name=message]", "00 ff 7")
	p.waitText("#client .fault", "hexadecimal")
	p.write("#client [name=message]", "00 ff 7f")
	p.waitText("#client .frames li.in:last-child", "00 ff 7f")
	p.picture("console-client.png")
	before := eval[int](p, `document.querySelectorAll('#client .frames li.in').length`)
	p.click("#client [name=replay]")
	p.wait(fmt.Sprintf(`document.querySelectorAll('#client .frames li.in').length === %d`, before+5))
}

// TestConsoleToken opens the console with its token, over TLS and HTTP/2.
func TestConsoleToken(t *testing.T) {
	s := startServer(t, "--console", "correct-horse-battery", "--tls")
	at := "https://" + s.Address() + "/_console"
	p := open(t, at)
	p.wait(`document.getElementById('token').open`)
	p.write("#token input", "wrong-horse-battery")
	s.waitLog("a console was refused")
	p.wait(`document.getElementById('token').open`)
	p.write("#token input", "correct-horse-battery")
	p.waitState("open")

	q := open(t, at+"#correct-horse-battery")
	q.waitState("open")
	q.wait(`document.querySelectorAll('.module').length > 3`)
	if now := eval[string](q, "location.href"); now != at {
		t.Errorf("the address is still %s", now)
	}
}

// TestConsoleMany checks that the list of many connections has elements only for what is seen of it, and shows any part.
func TestConsoleMany(t *testing.T) {
	const many = 150
	s := startServer(t)
	for range many {
		c, err := s.Connect("/echo")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Conn.Close() })
	}
	p := openConsole(t, s, "connections")
	p.waitText("#connections [role=status]", fmt.Sprint(many))
	p.wait(`document.querySelectorAll('#connections .body .row').length > 10`)
	p.do("going to the last row", chromedp.Focus(chromedp.CSS("#connections .grid")), chromedp.KeyEvent(kb.End))
	p.wait(fmt.Sprintf(`document.querySelector('#connections .row[data-chosen]').ariaRowIndex === '%d'`, many+1))
	p.wait(`[...document.querySelectorAll('#connections .body .row')].some((e) => { const r = e.getBoundingClientRect(), g = e.closest('.grid').getBoundingClientRect(); return e.ariaRowIndex === '151' && r.top >= g.top && r.bottom <= g.bottom + 1 })`)
	if n := eval[int](p, `document.querySelectorAll('#connections .body .row').length`); n > 100 {
		t.Errorf("%d rows are on the page", n)
	}
	p.do("closing it", chromedp.KeyEvent(kb.Delete))
	p.wait(`document.querySelector('#connections .row[data-ending][data-chosen]')`) // until the client answers
	s.waitLog("closed from the console")
}

// TestConsoleLook checks that the console fits phones and a desktop, light and dark, and that axe-core finds no serious
// fault.
func TestConsoleLook(t *testing.T) {
	axe, err := os.ReadFile(filepath.Join("..", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		commandtest.Missing(t, "npm's axe-core is not installed: run npm ci in examples")
	}
	modules := copyModules(t)
	s := startServer(t, "--modules", modules)
	chat := s.Dial("/chat")
	chat.SendText("NICK ann")
	s.Dial("/time")
	p := openConsole(t, s, "modules")
	eval[bool](p, string(axe)+";true")
	paper := map[string]string{}
	check := func(what string) {
		for _, c := range []struct {
			width        int64
			scheme, rule string
		}{{1280, "light", ""}, {360, "dark", "'color-contrast'"}} {
			p.look(c.width, 800, c.scheme)
			paper[c.scheme] = eval[string](p, `getComputedStyle(document.body).backgroundColor`)
			if over := eval[int](p, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
				t.Errorf("%s: at %d px the page is %d px too wide", what, c.width, over)
			}
			options := ""
			if c.rule != "" {
				options = "{runOnly: [" + c.rule + "]}"
			}
			eval[bool](p, `window.faults = null, axe.run(`+options+`).then((r) => { window.faults = r.violations.filter((v) => ['serious', 'critical'].includes(v.impact)).flatMap((v) => v.nodes.map((n) => v.id + ': ' + n.html.slice(0, 200))) }), true`)
			p.wait(`window.faults`)
			for _, fault := range eval[[]string](p, `window.faults`) {
				t.Errorf("%s, %d px, %s: %s", what, c.width, c.scheme, fault)
			}
			p.picture(fmt.Sprintf("console-%s-%d-%s.png", what, c.width, c.scheme))
		}
	}
	for _, tab := range []string{"modules", "connections", "topics", "log", "client"} {
		p.click("#tab-" + tab)
		switch tab {
		case "connections", "topics":
			p.wait(`document.querySelector('#` + tab + ` .body .row')`)
		case "client":
			p.click("#client button[name=connect]")
			p.waitText("#client .state", "open over")
			p.write("#client [name=message]", "hello")
			p.wait(`document.querySelector('#client .frames li.in')`)
		}
		check(tab)
	}
	p.click("#tab-connections")
	p.wait(`document.querySelector('#connections .body .row')`)
	p.click("#connections .body .row")
	p.wait(`document.getElementById('details').open`)
	check("details")
	p.click("#details .dismiss")
	edit(t, filepath.Join(modules, "chat.js"), "function(data, connection){", "function(data, connection{")
	p.wait(`document.getElementById('overlay').open`)
	check("overlay")
	if paper["light"] == paper["dark"] {
		t.Errorf("light and dark have the same paper, %s", paper["light"])
	}
}
