package command

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/transport/websocket/websockettest"
)

const bouncer = `var Module = this.Module = function(){};
Module.prototype.onHandshake = async function(request){
	await new Promise(function(resolve){ setTimeout(resolve, 1); });
	switch (request.query.ask) {
	case 'no': return {status: 401, headers: {'WWW-Authenticate': 'Basic', 'Set-Cookie': ['a=1', 'b=2']}, body: 'who are you?'};
	case 'false': return false;
	case 'forge': return {headers: {'X-A': 'a\r\nX-B: b'}};
	case 'forge-protocol': return {protocol: 'v2\r\nX-B: b'};
	case 'forge-name': return {headers: {'X-A: b\nX-B': 'a'}};
	case 'other': return {protocol: 'v3'};
	case 'throw': throw new Error('a secret');
	}
	return {protocol: 'v2', headers: {'Set-Cookie': ['a=1; HttpOnly', 'b=2'], 'X-Saw': [request.cookies.sid, request.origin, request.headers['x-many'], request.query.list].join(' ')}};
};
Module.prototype.onData = function(d, c){ c.send([c.protocol, c.version, c.request.cookies.sid, c.request.query.ask, c.request.headers['user-agent']].join(' ')); };`

// TestOnHandshake checks what onHandshake can do with version 13 and with the drafts of 2010:
// refuse, choose a subprotocol, and set headers.
func TestOnHandshake(t *testing.T) {
	t.Parallel()
	p := commandtest.Start(t, map[string]string{"test.js": bouncer}, "--origins", "['*','http://a.com']") // the page's cookies come along
	ask := func(version, query string) (*http.Response, string, *websockettest.Client) {
		t.Helper()
		c := websockettest.Dial(t, p.Address())
		lines := map[string]string{
			"13":       "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: v1, v2\r\n",
			"hixie-76": "Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nSec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\nSec-WebSocket-Protocol: v2\r\n",
			"hixie-75": "WebSocket-Protocol: v2\r\n",
		}[version]
		fmt.Fprintf(c.Conn, "GET /test?%s HTTP/1.1\r\nHost: localhost\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nOrigin: http://a.com\r\n"+
			"Cookie: sid=s1; x=y\r\nX-Many: 1\r\nX-Many: 2\r\nUser-Agent: test\r\n%s\r\n", query, lines)
		if version == "hixie-76" {
			c.Raw([]byte("^n:ds[4U"))
		}
		r, err := http.ReadResponse(c.In, nil)
		if err != nil {
			t.Fatal(err)
		}
		body := ""
		if r.StatusCode != http.StatusSwitchingProtocols {
			b, err := io.ReadAll(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			body = string(b)
		}
		return r, body, c
	}
	for _, version := range []string{"13", "hixie-76", "hixie-75"} {
		for query, want := range map[string]string{
			"ask=no": "401 who are you?", "ask=false": "403 the module refused the handshake", "ask=throw": "500 the module failed\n",
			"ask=forge": "500 the module failed\n", "ask=forge-name": "500 the module failed\n", "ask=forge-protocol": "500 the module failed\n",
			"ask=other": "500 the module failed\n",
		} {
			r, body, _ := ask(version, query)
			if got := fmt.Sprint(r.StatusCode, " ", body); got != want || r.Header.Get("X-B") != "" {
				t.Errorf("%s, %s: %q %v, want %q", version, query, got, r.Header, want)
			}
			if query == "ask=no" && (len(r.Header["Set-Cookie"]) != 2 || r.Header.Get("Www-Authenticate") != "Basic") {
				t.Errorf("%s: %v", version, r.Header)
			}
		}
		r, _, c := ask(version, "ask=yes&list=1&list=2")
		protocol := "Sec-Websocket-Protocol"
		if version == "hixie-75" {
			protocol = "Websocket-Protocol"
		}
		if r.StatusCode != http.StatusSwitchingProtocols || r.Header.Get(protocol) != "v2" || strings.Join(r.Header["Set-Cookie"], "|") != "a=1; HttpOnly|b=2" ||
			r.Header.Get("X-Saw") != "s1 http://a.com 1, 2 1,2" {
			t.Errorf("%s: %s %v", version, r.Status, r.Header)
		}
		want := "v2 " + version + " s1 yes test"
		if version == "13" {
			c.SendText("x")
			want = "\x81" + string(rune(len(want))) + want
		} else {
			c.Raw([]byte("\x00x\xff"))
			want = "\x00" + want + "\xff"
		}
		if version == "hixie-76" {
			want = "8jKS'y:G*Co,Wxa-" + want
		}
		got := make([]byte, len(want))
		if _, err := io.ReadFull(c.In, got); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v, want %q", version, got, err, want)
		}
	}
}
