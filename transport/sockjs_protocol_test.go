package transport

import (
	"encoding/json"
	"io"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"node.websocket/transport/sockjs"
	"node.websocket/transport/websocket"
)

// The tests of this file follow SockJS's own (sockjs-protocol.py), after which the subtests are named.

// protocolServer starts a server with the resources and the response limit that those tests need.
func protocolServer(t *testing.T) *web {
	listed := []string{"*", "http://test.com", "null"} // the origins of the tests, whose requests have credentials
	closing := newService(t, Options{}, nil)
	closing.conversation = func() *fakeConversation {
		p := newConversation(t)
		p.onConnected = func(p *fakeConversation) {
			p.session.Close(3000, "Go away!")
			p.session.Flush()
		}
		return p
	}
	s, address := serve(t, Options{Origins: listed, ResponseLimit: 4096, UnclaimedTimeout: limit}, services{
		"echo":  newService(t, Options{}, echo),
		"close": closing,
		"disabled_websocket_echo": newService(t, Options{Origins: listed, ResponseLimit: 4096, UnclaimedTimeout: limit, Transports: []string{
			sockjs.XHRStreaming, sockjs.XHRPolling, sockjs.EventSource, sockjs.HTMLFile, sockjs.JSONPPolling}}, echo),
		"cookie_needed_echo": newService(t, Options{Origins: listed, ResponseLimit: 4096, UnclaimedTimeout: limit, Cookie: true}, echo),
	})
	w := newWeb(t, "http://"+address)
	w.server = s
	return w
}

func wantHeader(t *testing.T, r *http.Response, name, value string) {
	t.Helper()
	if got := r.Header.Get(name); got != value {
		t.Errorf("%s %s: %s is %q, want %q", r.Request.Method, r.Request.URL.Path, name, got, value)
	}
}

func wantNotCached(t *testing.T, r *http.Response) {
	t.Helper()
	wantHeader(t, r, "Cache-Control", "no-store, no-cache, no-transform, must-revalidate, max-age=0")
	wantHeader(t, r, "Expires", "")
	wantHeader(t, r, "Last-Modified", "")
}

func wantCORS(t *testing.T, r *http.Response, origin string) {
	t.Helper()
	if origin == "" {
		wantHeader(t, r, "Access-Control-Allow-Origin", "*")
		wantHeader(t, r, "Access-Control-Allow-Credentials", "")
		return
	}
	wantHeader(t, r, "Access-Control-Allow-Origin", origin)
	wantHeader(t, r, "Access-Control-Allow-Credentials", "true")
}

func (w *web) wantOptions(path, methods string) {
	t := w.t.(*testing.T)
	t.Helper()
	for _, origin := range []string{"http://test.com", "null"} {
		r := w.want("OPTIONS", path, "", 204, "", "Origin: "+origin, "Access-Control-Request-Method: POST")
		wantHeader(t, r, "Cache-Control", "public, max-age=31536000")
		if r.Header.Get("Expires") == "" {
			t.Error("no Expires")
		}
		wantHeader(t, r, "Access-Control-Max-Age", "31536000")
		wantHeader(t, r, "Access-Control-Allow-Methods", methods)
		wantCORS(t, r, origin)
	}
}

func TestSockJSPages(t *testing.T) {
	t.Parallel()
	w := protocolServer(t)
	t.Run("greeting", func(t *testing.T) {
		for _, path := range []string{"/echo", "/echo/"} {
			r := w.want("GET", path, "", 200, "Welcome to SockJS!\n")
			wantHeader(t, r, "Content-Type", "text/plain; charset=UTF-8")
			wantHeader(t, r, "Set-Cookie", "")
		}
	})
	t.Run("notFound", func(t *testing.T) {
		for _, suffix := range []string{"/a", "/a.html", "//", "///", "/a/a", "/a/a/", "/a/"} {
			if r := w.do("GET", "/echo"+suffix, ""); r.StatusCode != 404 {
				t.Errorf("%s: %d", suffix, r.StatusCode)
			}
		}
	})
	page := regexp.MustCompile(`(?s)^<!DOCTYPE html>
<html>
<head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
  <script src="([^"]*)"></script>
  <script>
    document.domain = document.domain;
    SockJS.bootstrap_iframe\(\);
  </script>
</head>
<body>
  <h2>Don't panic!</h2>
  <p>This is a SockJS hidden iframe. It's used for cross domain magic.</p>
</body>
</html>$`)
	t.Run("iframe", func(t *testing.T) { // simpleUrl, versionedUrl, queriedUrl
		for _, suffix := range []string{"", "-a", "-", "-0.1.2", "-0.1.2abc-dirty.2144", "-a?t=1234", "-0.1.2?t=123414"} {
			name, query, _ := strings.Cut(suffix, "?")
			r := w.do("GET", "/echo/iframe"+name+".html?"+query, "")
			body, _ := io.ReadAll(r.Body)
			match := page.FindSubmatch([]byte(strings.TrimSpace(string(body))))
			if r.StatusCode != 200 || match == nil {
				t.Fatalf("%s: %d %s", suffix, r.StatusCode, body)
			}
			wantHeader(t, r, "Content-Type", "text/html; charset=UTF-8")
			wantHeader(t, r, "Cache-Control", "public, max-age=31536000")
			wantHeader(t, r, "Last-Modified", "")
			wantHeader(t, r, "Set-Cookie", "")
			if r.Header.Get("Expires") == "" || r.Header.Get("ETag") == "" {
				t.Error("no Expires, or no ETag")
			}
			script := w.do("GET", path.Join("/echo", string(match[1])), "")
			text, _ := io.ReadAll(script.Body)
			if script.StatusCode != 200 || !strings.Contains(string(text), "bootstrap_iframe") {
				t.Errorf("the script of the page: %d %.100s", script.StatusCode, text)
			}
			wantHeader(t, script, "Cache-Control", "public, max-age=31536000")
		}
	})
	t.Run("invalidUrl", func(t *testing.T) {
		for _, suffix := range []string{"/iframe.htm", "/iframe", "/IFRAME.HTML", "/IFRAME", "/iframe.HTML", "/iframe.xml", "/iframe-/.html"} {
			if r := w.do("GET", "/echo"+suffix, ""); r.StatusCode != 404 {
				t.Errorf("%s: %d", suffix, r.StatusCode)
			}
		}
	})
	t.Run("cacheability", func(t *testing.T) {
		first, second := w.do("GET", "/echo/iframe.html", ""), w.do("GET", "/echo/iframe.html", "")
		if first.Header.Get("ETag") != second.Header.Get("ETag") {
			t.Error("two ETags")
		}
		r := w.want("GET", "/echo/iframe.html", "", 304, "", "If-None-Match: "+first.Header.Get("ETag"))
		wantHeader(t, r, "Content-Type", "")
	})
	t.Run("info", func(t *testing.T) { // basic, entropy, options, options_null_origin, disabled_websocket, JsessionidCookie.basic
		type info struct {
			Websocket    bool     `json:"websocket"`
			CookieNeeded bool     `json:"cookie_needed"`
			Origins      []string `json:"origins"`
			Entropy      *uint32  `json:"entropy"`
		}
		get := func(resource string) info {
			r := w.do("GET", resource+"/info", "", "Origin: http://test.com")
			wantHeader(t, r, "Content-Type", "application/json; charset=UTF-8")
			wantHeader(t, r, "Set-Cookie", "")
			wantNotCached(t, r)
			wantCORS(t, r, "http://test.com")
			var i info
			if err := json.NewDecoder(r.Body).Decode(&i); err != nil || i.Entropy == nil || len(i.Origins) != 1 || i.Origins[0] != "*:*" {
				t.Fatal(i, err)
			}
			return i
		}
		one, two := get("/echo"), get("/echo")
		if !one.Websocket || one.CookieNeeded || *one.Entropy == *two.Entropy {
			t.Error(one, two)
		}
		if get("/disabled_websocket_echo").Websocket || !get("/cookie_needed_echo").CookieNeeded {
			t.Error("options do not show")
		}
		w := &web{t: t, base: w.base, client: w.client}
		w.wantOptions("/echo/info", "OPTIONS, GET")
	})
}

func TestSockJSSessions(t *testing.T) {
	t.Parallel()
	w := protocolServer(t)
	t.Run("anyValue", func(t *testing.T) {
		for _, part := range []string{"/a/a", "/_/_", "/1/1", "/abcdefgh_i-j%20/abcdefg_i-j%20"} {
			w.want("POST", "/echo"+part+"/xhr", "", 200, "o\n")
		}
	})
	t.Run("invalidPaths", func(t *testing.T) {
		for _, suffix := range []string{"//", "/a./a", "/a/a.", "/./.", "/", "///"} {
			for _, method := range []string{"GET", "POST"} {
				c := dial(t, strings.TrimPrefix(w.base, "http://")) // net/http's client would clean the path
				c.raw([]byte(method + " /echo" + suffix + "/xhr HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"))
				if r, err := http.ReadResponse(c.in, nil); err != nil || r.StatusCode != 404 {
					t.Errorf("%s %s: %v, error %v", method, suffix, r.Status, err)
				}
			}
		}
	})
	t.Run("ignoringServerId", func(t *testing.T) {
		id := strings.TrimPrefix(newSession(), "/000")
		w.want("POST", "/echo/000"+id+"/xhr", "", 200, "o\n")
		w.want("POST", "/echo/000"+id+"/xhr_send", `["a"]`, 204, "")
		w.want("POST", "/echo/999"+id+"/xhr", "", 200, "a[\"a\"]\n")
	})
	t.Run("simpleSession", func(t *testing.T) {
		u := "/echo" + newSession()
		w.want("POST", u+"/xhr", "", 200, "o\n")
		w.want("POST", u+"/xhr_send", `["a"]`, 204, "")
		w.want("POST", u+"/xhr", "", 200, "a[\"a\"]\n")
		w.want("POST", "/echo/000/bad_session/xhr_send", `["a"]`, 404, "there is no such session\n")
		first := w.do("POST", u+"/xhr_streaming", "")
		wantNext(t, first, xhrPrelude)
		w.want("POST", u+"/xhr", "", 200, "c[2010,\"Another connection still open\"]\n")
	})
	t.Run("closeSession", func(t *testing.T) {
		u := "/close" + newSession()
		w.want("POST", u+"/xhr", "", 200, "o\n")
		w.want("POST", u+"/xhr", "", 200, "c[3000,\"Go away!\"]\n")
		w.want("POST", u+"/xhr", "", 200, "c[3000,\"Go away!\"]\n")
		w.want("POST", u+"/xhr_send", `["a"]`, 404, "there is no such session\n")
	})
	t.Run("close_frame", func(t *testing.T) {
		u := "/close" + newSession()
		r := w.do("POST", u+"/xhr_streaming", "")
		wantNext(t, r, xhrPrelude+"o\nc[3000,\"Go away!\"]\n")
		w.want("POST", u+"/xhr_streaming", "", 200, xhrPrelude+"c[3000,\"Go away!\"]\n")
		wantOver(t, r)
	})
	t.Run("abort", func(t *testing.T) { // close_request, abort_xhr_streaming, abort_xhr_polling
		for _, transport := range []string{"/xhr", "/xhr_streaming"} {
			u := "/echo" + newSession()
			r := w.do("POST", u+transport, "")
			prelude := ""
			if transport == "/xhr" {
				wantNext(t, r, "o\n")
				wantOver(t, r)
			} else {
				prelude = xhrPrelude
				wantNext(t, r, prelude+"o\n")
				r.Body.Close()
			}
			if transport == "/xhr" { // one that waits, and is given up
				c := dial(t, strings.TrimPrefix(w.base, "http://"))
				c.raw([]byte("POST " + u + "/xhr HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nUser-Agent: Go-http-client/1.1\r\n\r\n"))
				waitFor(t, func() bool {
					r, _ := w.server.relays.find(strings.Replace(u[1:], "/000/", "/", 1), false)
					r.mu.Lock()
					defer r.mu.Unlock()
					return r.receiver != nil
				})
				w.want("POST", u+"/xhr", "", 200, "c[2010,\"Another connection still open\"]\n")
				c.conn.Close()
			}
			waitFor(t, func() bool {
				r := w.do("POST", u+transport, "")
				body, _ := io.ReadAll(r.Body)
				if string(body) == prelude+frameBusy+"\n" {
					return false
				}
				if string(body) != prelude+"c[1002,\"Connection interrupted\"]\n" {
					t.Fatalf("%q", body)
				}
				return true
			})
		}
	})
}

func TestSockJSWebSocket(t *testing.T) {
	t.Parallel()
	w := protocolServer(t)
	address := strings.TrimPrefix(w.base, "http://")
	t.Run("httpMethod", func(t *testing.T) {
		w.want("GET", "/echo/0/0/websocket", "", 400, "Can \"Upgrade\" only to \"WebSocket\".\n")
	})
	t.Run("invalidConnectionHeader", func(t *testing.T) {
		c := dial(t, address)
		c.raw([]byte("GET /echo/0/0/websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: WebSocket\r\nConnection: close\r\n\r\n"))
		if r, err := http.ReadResponse(c.in, nil); err != nil || r.StatusCode != 400 {
			t.Error(r, err)
		}
	})
	t.Run("invalidMethod", func(t *testing.T) {
		for _, head := range []string{"Upgrade: WebSocket\r\nConnection: Upgrade\r\n", ""} {
			c := dial(t, address)
			c.raw([]byte("POST /echo/0/0/websocket HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n" + head + "\r\n"))
			r, err := http.ReadResponse(c.in, nil)
			if err != nil || r.StatusCode != 405 || r.ContentLength != 0 || r.Header.Get("Content-Type") != "" || r.Header.Get("Allow") == "" {
				t.Error(r, err)
			}
		}
	})
	t.Run("transport", func(t *testing.T) { // transport, headersSanity, empty_frame, reuseSessionId
		u := "/echo" + newSession() + "/websocket"
		for range 2 {
			one, two := dial(t, address).open(u), dial(t, address).open(u)
			one.want(websocket.Text, "o")
			two.want(websocket.Text, "o")
			one.send(websocket.Text, "")
			one.send(websocket.Text, "[]")
			one.send(websocket.Text, `["a","ü\n"]`)
			two.send(websocket.Text, `"b"`)
			one.want(websocket.Text, `a["a"]`)
			one.want(websocket.Text, `a["ü\n"]`)
			two.want(websocket.Text, `a["b"]`)
			one.close(1000, "")
			one.want(websocket.Text, `c[1000,""]`)
			one.wantClose(1000)
			two.close(3001, "")
			two.want(websocket.Text, `c[3001,""]`)
			two.wantClose(3001)
		}
	})
	t.Run("close", func(t *testing.T) {
		c := dial(t, address).open("/close" + newSession() + "/websocket")
		c.want(websocket.Text, "o")
		c.want(websocket.Text, `c[3000,"Go away!"]`)
		c.wantClose(3000)
	})
	t.Run("broken_json", func(t *testing.T) {
		for _, text := range []string{`["a`, `[1]`, `x`, `["a"]]`, `[["AAAA"]]`} {
			c := dial(t, address).open("/echo" + newSession() + "/websocket")
			c.want(websocket.Text, "o")
			c.send(websocket.Text, `["b"]`)
			c.send(websocket.Text, text)
			c.want(websocket.Text, `a["b"]`)
			c.wantClose(1002)
		}
	})
	t.Run("raw", func(t *testing.T) { // RawWebsocket.transport, close
		c := dial(t, address).open("/echo/websocket")
		c.send(websocket.Text, "Hello world!\uffff")
		c.want(websocket.Text, "Hello world!\uffff")
		dial(t, address).open("/close/websocket").wantClose(3000)
	})
	t.Run("disabled", func(t *testing.T) {
		for _, path := range []string{"", "/websocket", "/0/0/websocket"} {
			c := dial(t, address)
			c.raw([]byte(handshake("/disabled_websocket_echo" + path)))
			if r, err := http.ReadResponse(c.in, nil); err != nil || r.StatusCode != 404 {
				t.Error(path, r, err)
			}
		}
	})
}

// TestSockJSEncoding sends the characters that SockJS wants the server to escape, and all others.
func TestSockJSEncoding(t *testing.T) {
	t.Parallel()
	w := protocolServer(t)
	u := "/echo" + newSession()
	w.want("POST", u+"/xhr", "", 200, "o\n")
	var raw, escaped strings.Builder
	for _, list := range [][2]rune{{0x200c, 0x200f}, {0x2028, 0x202f}, {0x2060, 0x206f}, {0xfff0, 0xffff}} {
		for r := list[0]; r <= list[1]; r++ {
			raw.WriteRune(r)
			escaped.WriteString(`\u` + strconv.FormatInt(int64(r)+1<<16, 16)[1:])
		}
	}
	if n := strings.Count(escaped.String(), `\u`); n != 4+8+16+16 {
		t.Fatal(n, "characters are escaped")
	}
	w.want("POST", u+"/xhr_send", `["`+raw.String()+`"]`, 204, "")
	w.want("POST", u+"/xhr", "", 200, `a["`+escaped.String()+"\"]\n")

	// What the client has escaped comes back as the same characters, except for half a surrogate pair.
	var all []string
	for r := range rune(65536) {
		all = append(all, `\u`+strconv.FormatInt(int64(r)+1<<16, 16)[1:])
	}
	for part := range 64 {
		text := `["` + strings.Join(all[part*1024:(part+1)*1024], "x") + `"]`
		w.want("POST", u+"/xhr_send", text, 204, "")
		r := w.do("POST", u+"/xhr", "")
		body, _ := io.ReadAll(r.Body)
		var want, got []string
		if json.Unmarshal([]byte(text), &want) != nil || json.Unmarshal(body[1:], &got) != nil || want[0] != got[0] {
			t.Fatalf("characters from %x are changed", part*1024)
		}
	}
	w.want("POST", u+"/xhr_send", `["\ud83d\ude00 \ude00\ud83d 😀"]`, 204, "")
	w.want("POST", u+"/xhr", "", 200, "a[\"😀 \\ufffd\\ufffd 😀\"]\n")
}

// TestSockJSHixie76 is Websocket.haproxy: a proxy may hold back the eight bytes after the head
// until it has seen the head of the answer. SockJS then goes on in the frames of that version.
func TestSockJSHixie76(t *testing.T) {
	t.Parallel()
	w := protocolServer(t)
	address := strings.TrimPrefix(w.base, "http://")
	c := dial(t, address)
	u := "/echo" + newSession() + "/websocket"
	c.raw([]byte("GET " + u + " HTTP/1.1\r\nHost: " + address + "\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\nOrigin: http://" + address + "\r\n" +
		"Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nSec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n\r\n"))
	r, err := http.ReadResponse(c.in, nil)
	if err != nil || r.StatusCode != 101 || r.Header.Get("Sec-WebSocket-Location") != "ws://"+address+u || r.Header.Get("Sec-WebSocket-Origin") != "http://"+address {
		t.Fatal(r, err)
	}
	c.raw([]byte("aaaaaaaa"))
	c.raw([]byte("\x00[\"a\"]\xff"))
	want := "\xca4\x00\xd8\xa5\x08G\x97,\xd5qZ\xba\xbfC{" + "\x00o\xff" + "\x00a[\"a\"]\xff"
	p := make([]byte, len(want))
	if n, err := io.ReadFull(c.in, p); err != nil || string(p) != want {
		t.Errorf("%q, error %v, want %q", p[:n], err, want)
	}
}
