package command

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/transport/websocket"
	"node.websocket/transport/websocket/websockettest"
)

// A consoleMessage is a message to a console, as far as these tests look at it.
type consoleMessage struct {
	Need    string
	Modules []struct{ Resource string }
	Log     []struct{ Message string }
	Table   *struct {
		Total, Matching, Offset int
		Rows                    []struct {
			ID, Resource            string
			MessagesIn, MessagesOut int
			Topic                   string
			Subscribers             int
		}
	}
}

// until reads messages of a console until one is wanted, and returns it.
func until(t *testing.T, c *websockettest.Client, wanted func(m consoleMessage) bool) consoleMessage {
	t.Helper()
	for {
		var m consoleMessage
		if err := json.Unmarshal([]byte(c.Next()), &m); err != nil {
			t.Fatal(err)
		}
		if wanted(m) {
			return m
		}
	}
}

// TestConsole checks that a console shows modules, the log, connections and topics, and closes a connection.
func TestConsole(t *testing.T) {
	const source = `exports.Module = class { onConnect(c){ c.subscribe('news'); } onData(data, c){ c.send(data); } };`
	p := commandtest.Start(t, map[string]string{"a.js": source})
	if status, body := get(t, "http://"+p.Address()+"/_console"); status != http.StatusOK || !strings.Contains(body, "_console/main.js") {
		t.Errorf("the page: %d %s", status, body)
	}
	if status, _ := get(t, "http://"+p.Address()+"/_console/console.html"); status != http.StatusNotFound {
		t.Errorf("the page under another name: %d", status)
	}
	console := p.Dial("/_console")
	until(t, console, func(m consoleMessage) bool { return len(m.Modules) == 1 && m.Modules[0].Resource == "/a" })

	clients := []*websockettest.Client{p.Dial("/a"), p.Dial("/a"), p.Dial("/a")}
	clients[1].SendText("hello")
	clients[1].Want(websocket.Text, "hello")
	console.SendText(`{"query":{"table":"connections","sort":"in","down":true,"offset":0,"limit":2,"filter":"/A"}}`)
	m := until(t, console, func(m consoleMessage) bool {
		return m.Table != nil && m.Table.Matching == 3 && m.Table.Rows[0].MessagesIn == 1
	})
	if m.Table.Total != 3 || len(m.Table.Rows) != 2 || m.Table.Rows[0].MessagesOut != 1 || m.Table.Rows[0].Resource != "/a" {
		t.Errorf("%+v", m.Table)
	}
	console.SendText(`{"close":{"id":"` + m.Table.Rows[0].ID + `","code":4001,"reason":"enough"}}`)
	clients[1].WantClose(4001)
	console.SendText(`{"query":{"table":"topics","limit":9}}`)
	until(t, console, func(m consoleMessage) bool {
		return m.Table != nil && len(m.Table.Rows) == 1 && m.Table.Rows[0].Topic == "news" && m.Table.Rows[0].Subscribers == 2
	})
	p.Wait("the line", func() bool { return strings.Contains(p.Text(), "cause=operator code=4001") })
}

// TestConsoleAccess checks who gets a console, and how many there are.
func TestConsoleAccess(t *testing.T) {
	p := commandtest.Start(t, map[string]string{"a.js": farewell})
	for name, lines := range map[string][]string{
		"a page of another site": {"Origin: http://example.com\r\n"}, "a proxy": {"X-Forwarded-For: 192.0.2.1\r\n"},
	} {
		if c, err := p.Connect("/_console", lines...); err == nil {
			_ = c.Conn.Close()
			t.Errorf("%s gets a console", name)
		}
	}
	if c, err := p.Connect("/_console/main.js"); err == nil {
		_ = c.Conn.Close()
		t.Error("a script is a console")
	}
	for range 8 {
		until(t, p.Dial("/_console"), func(m consoleMessage) bool { return len(m.Modules) == 1 })
	}
	p.Dial("/_console").WantClose(1013) // the ninth

	p = commandtest.Start(t, map[string]string{"a.js": farewell}, "--console=false")
	if status, _ := get(t, "http://"+p.Address()+"/_console"); status != http.StatusNotFound {
		t.Errorf("a console that is off: %d", status)
	}
	p = commandtest.Start(t, map[string]string{"a.js": farewell}, "--trust-proxy=127.0.0.1", "--console")
	_, token, _ := strings.Cut(p.Text(), "/_console#")
	token, _, _ = strings.Cut(token, "\n")
	for sent, code := range map[string]int{token: 0, "wrong": 4403} {
		c := p.Dial("/_console", "X-Forwarded-For: 192.0.2.1\r\n", "X-Forwarded-Proto: http\r\n")
		until(t, c, func(m consoleMessage) bool { return m.Need == "token" })
		c.SendText(`{"query":{"table":"connections","limit":1},"token":"` + sent + `"}`)
		if code == 0 {
			until(t, c, func(m consoleMessage) bool { return m.Table != nil })
		} else if got, err := c.AwaitClose(); got != code {
			t.Errorf("a wrong token: %d, %v", got, err)
		}
	}
	p = commandtest.Start(t, map[string]string{"a.js": farewell}, "--trust-proxy=127.0.0.1", "--console", "--log-format=json")
	p.Wait("the token", func() bool { return strings.Contains(p.Text(), `/_console#`) })
	p = commandtest.Start(t, map[string]string{"a.js": farewell}, "--console") // for a proxy that does not tell of its clients
	p.Wait("the token", func() bool { return strings.Contains(p.Text(), `/_console#`) })
	until(t, p.Dial("/_console"), func(m consoleMessage) bool { return m.Need == "token" })
	p = commandtest.Start(t, map[string]string{"a.js": farewell}, "--trust-proxy=127.0.0.1")
	if status, _ := get(t, "http://"+p.Address()+"/_console"); status != http.StatusNotFound {
		t.Errorf("a console behind a proxy that nobody asked for: %d", status)
	}
}

// TestConsoleElsewhere checks that clients from elsewhere close a console that needs no token.
func TestConsoleElsewhere(t *testing.T) {
	for name, line := range map[string]string{"page": "Origin: https://example.com\r\n", "proxy": "Via: 1.1 proxy\r\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := commandtest.Start(t, map[string]string{"a.js": `exports.Module = class { onHandshake(r){ return r.query.ok == 'yes' } onData(){ } }`})
			console := p.Dial("/_console")
			p.Dial("/a?ok=yes", "Origin: http://localhost:3000\r\n")
			p.Dial("/a?ok=yes", "Origin: null\r\n")
			if _, err := p.Connect("/a?ok=no", line); err == nil {
				t.Fatal("the module has accepted it")
			}
			until(t, console, func(m consoleMessage) bool { return len(m.Modules) == 1 })
			p.Dial("/_console")
			p.Dial("/a?ok=yes", line)
			if code, err := console.AwaitClose(); code != 4403 {
				t.Errorf("closed with %d, %v", code, err)
			}
			if status, _ := get(t, "http://"+p.Address()+"/_console"); status != http.StatusForbidden {
				t.Errorf("the console is still there: %d", status)
			}
			p.Wait("the line", func() bool {
				return strings.Contains(p.Text(), "the console is closed, because clients of other machines reach this server")
			})
		})
	}
}
