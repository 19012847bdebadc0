package transport

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

// These tests follow sockjs-protocol.py too, in what differs between the transports.

func TestSockJSXHR(t *testing.T) {
	t.Parallel()
	w := protocolServer(t)
	t.Run("options", func(t *testing.T) {
		w := &web{t: t, base: w.base, client: w.client}
		for _, suffix := range []string{"/xhr", "/xhr_send", "/xhr_streaming"} {
			w.wantOptions("/echo/abc/abc"+suffix, "OPTIONS, POST")
		}
	})
	t.Run("request_headers_cors", func(t *testing.T) {
		for _, headers := range []string{"a, b, c", ""} {
			r := w.want("OPTIONS", "/echo"+newSession()+"/xhr", "", 204, "", "Origin: http://test.com", "Access-Control-Request-Headers: "+headers)
			wantHeader(t, r, "Access-Control-Allow-Headers", headers)
		}
	})
	t.Run("transport", func(t *testing.T) { // of XhrPolling
		u := "/echo" + newSession()
		r := w.want("POST", u+"/xhr", "", 200, "o\n", "Origin: http://test.com")
		wantHeader(t, r, "Content-Type", "application/javascript; charset=UTF-8")
		wantCORS(t, r, "http://test.com")
		wantNotCached(t, r)
		r = w.want("POST", u+"/xhr_send", `["x"]`, 204, "", "Origin: http://test.com")
		wantHeader(t, r, "Content-Type", "text/plain; charset=UTF-8")
		wantCORS(t, r, "http://test.com")
		wantNotCached(t, r)
		r = w.want("POST", u+"/xhr", "", 200, "a[\"x\"]\n")
		wantCORS(t, r, "")
	})
	t.Run("invalid_session", func(t *testing.T) {
		w.want("POST", "/echo"+newSession()+"/xhr_send", `["x"]`, 404, "there is no such session\n")
	})
	t.Run("invalid_json", func(t *testing.T) { // and sending_empty_frame
		u := "/echo" + newSession()
		w.want("POST", u+"/xhr", "", 200, "o\n")
		w.want("POST", u+"/xhr_send", `["x`, 500, "Broken JSON encoding.\n")
		w.want("POST", u+"/xhr_send", `["lost",1]`, 500, "Broken JSON encoding.\n")
		w.want("POST", u+"/xhr_send", "[\"\xff\"]", 500, "Broken JSON encoding.\n")
		w.want("POST", u+"/xhr_send", ``, 500, "Payload expected.\n")
		w.want("POST", u+"/xhr_send", `[]`, 204, "")
		w.want("POST", u+"/xhr_send", ` [ "a" , "b\/" ] `, 204, "")
		w.want("POST", u+"/xhr", "", 200, "a[\"a\",\"b/\"]\n")
	})
	t.Run("content_types", func(t *testing.T) {
		u := "/echo" + newSession()
		w.want("POST", u+"/xhr", "", 200, "o\n")
		types := []string{"text/plain", "T", "application/json", "application/xml", "", "application/json; charset=utf-8", "text/xml"}
		for _, contentType := range types {
			w.want("POST", u+"/xhr_send", `["a"]`, 204, "", "Content-Type: "+contentType)
		}
		w.want("POST", u+"/xhr", "", 200, "a["+strings.Repeat(`,"a"`, len(types))[1:]+"]\n")
	})
	t.Run("streaming", func(t *testing.T) { // transport and response_limit of XhrStreaming
		u := "/echo" + newSession()
		r := w.do("POST", u+"/xhr_streaming", "", "Origin: http://test.com")
		wantHeader(t, r, "Content-Type", "application/javascript; charset=UTF-8")
		wantCORS(t, r, "http://test.com")
		wantNotCached(t, r)
		wantNext(t, r, strings.Repeat("h", 2048)+"\no\n")
		text := strings.Repeat("x", 128)
		for range 31 {
			w.want("POST", u+"/xhr_send", `["`+text+`"]`, 204, "", "Origin: http://test.com")
			wantNext(t, r, `a["`+text+"\"]\n")
		}
		wantOver(t, r)
	})
}

func TestSockJSEventSource(t *testing.T) {
	t.Parallel()
	w := protocolServer(t)
	u := "/echo" + newSession()
	r := w.do("GET", u+"/eventsource", "")
	wantHeader(t, r, "Content-Type", "text/event-stream")
	wantNotCached(t, r)
	wantNext(t, r, "\r\ndata: o\r\n\r\n")
	w.want("POST", u+"/xhr_send", `["x"]`, 204, "")
	wantNext(t, r, "data: a[\"x\"]\r\n\r\n")
	w.want("POST", u+"/xhr_send", `["  \u0000\n\r 100%25"]`, 204, "")
	wantNext(t, r, "data: a[\"  \\u0000\\n\\r 100%2525\"]\r\n\r\n")
	text := strings.Repeat("x", 4096)
	w.want("POST", u+"/xhr_send", `["`+text+`"]`, 204, "")
	wantNext(t, r, "data: a[\""+text+"\"]\r\n\r\n")
	wantOver(t, r)
}

// xhrPrelude is the beginning of a streaming response of xhr.
var xhrPrelude = strings.Repeat("h", 2048) + "\n"

// sockJSHead is the beginning that SockJS prescribes for htmlfile, with the callback "callback".
const sockJSHead = `<!doctype html>
<html><head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
</head><body><h2>Don't panic!</h2>
  <script>
    document.domain = document.domain;
    var c = parent.callback;
    c.start();
    function p(d) {c.message(d);};
    window.onload = function() {c.stop();};
  </script>`

func TestSockJSHTMLFile(t *testing.T) {
	t.Parallel()
	w := protocolServer(t)
	u := "/echo" + newSession()
	r := w.do("GET", u+"/htmlfile?c=%63allback", "")
	wantHeader(t, r, "Content-Type", "text/html; charset=UTF-8")
	wantNotCached(t, r)
	head := sockJSHead
	wantNext(t, r, head+strings.Repeat(" ", 1024-len(head))+"\r\n\r\n<script>\np(\"o\");\n</script>\r\n")
	w.want("POST", u+"/xhr_send", `["x"]`, 204, "")
	wantNext(t, r, "<script>\np(\"a[\\\"x\\\"]\");\n</script>\r\n")
	w.want("POST", u+"/xhr_send", `["</script>\u2028"]`, 204, "")
	wantNext(t, r, "<script>\np(\"a[\\\"\\u003c/script>\\\\u2028\\\"]\");\n</script>\r\n")
	text := strings.Repeat("x", 4096)
	w.want("POST", u+"/xhr_send", `["`+text+`"]`, 204, "")
	wantNext(t, r, "<script>\np(\"a[\\\""+text+"\\\"]\");\n</script>\r\n")
	wantOver(t, r)
}

func TestSockJSCallback(t *testing.T) {
	t.Parallel()
	w := protocolServer(t)
	for _, path := range []string{"/echo/a/a/htmlfile", "/echo/a/a/jsonp"} {
		w.want("GET", path, "", 500, "\"callback\" parameter required\n")
		w.want("GET", path+"?c=", "", 500, "\"callback\" parameter required\n")
		for _, callback := range []string{"%20", "*", "abc(", "abc%28", "alert(1)//", "a%0ab", "%3Cscript", "ü", strings.Repeat("a", 129)} {
			r := w.want("GET", path+"?c="+callback, "", 500, "invalid \"callback\" parameter\n")
			wantHeader(t, r, "X-Content-Type-Options", "nosniff")
		}
	}
	w.want("GET", "/echo"+newSession()+"/jsonp?callback=_jp.a-1", "", 200, "/**/_jp.a-1(\"o\");\r\n")
}

func TestSockJSJSONP(t *testing.T) {
	t.Parallel()
	w := protocolServer(t)
	const form = "Content-Type: application/x-www-form-urlencoded"
	u := "/echo" + newSession()
	r := w.want("GET", u+"/jsonp?c=%63allback", "", 200, "/**/callback(\"o\");\r\n")
	wantHeader(t, r, "Content-Type", "application/javascript; charset=UTF-8")
	wantNotCached(t, r)
	r = w.want("POST", u+"/jsonp_send", "d=%5B%22x%22%5D", 200, "ok", form)
	wantHeader(t, r, "Content-Type", "text/plain; charset=UTF-8")
	wantNotCached(t, r)
	w.want("GET", u+"/jsonp?c=callback", "", 200, "/**/callback(\"a[\\\"x\\\"]\");\r\n")

	// invalid_json, content_types, sending_empty_frame
	for body, answer := range map[string]string{"d=%5B%22x": "Broken JSON encoding.\n", "d=%5": "Broken JSON encoding.\n", "d=%zz": "Broken JSON encoding.\n",
		"": "Payload expected.\n", "d=": "Payload expected.\n", "p=p": "Payload expected.\n"} {
		w.want("POST", u+"/jsonp_send", body, 500, answer, form)
	}
	w.want("POST", u+"/jsonp_send", "d=%5B%5D", 200, "ok", form)
	w.want("POST", u+"/jsonp_send", "i=1&d=%5B%22a+b%22%5D&x", 200, "ok", form+"; charset=UTF-8")
	w.want("POST", u+"/jsonp_send", `["%61bc</"]`, 200, "ok", "Content-Type: text/plain")
	w.want("GET", u+"/jsonp?c=x", "", 200, "/**/x(\"a[\\\"a b\\\",\\\"%61bc\\u003c/\\\"]\");\r\n")

	u = "/close" + newSession()
	w.want("GET", u+"/jsonp?c=x", "", 200, "/**/x(\"o\");\r\n")
	for range 2 {
		w.want("GET", u+"/jsonp?c=x", "", 200, "/**/x(\"c[3000,\\\"Go away!\\\"]\");\r\n")
	}
}

func TestSockJSCookie(t *testing.T) {
	t.Parallel()
	w := protocolServer(t)
	for _, request := range []string{"POST /xhr", "POST /xhr_streaming", "GET /eventsource", "GET /htmlfile?c=x", "GET /jsonp?c=x"} {
		method, path, _ := strings.Cut(request, " ")
		wantHeader(t, w.do(method, "/cookie_needed_echo"+newSession()+path, ""), "Set-Cookie", "JSESSIONID=dummy; Path=/")
		wantHeader(t, w.do(method, "/cookie_needed_echo"+newSession()+path, "", "Cookie: x=y; JSESSIONID=abcdef"), "Set-Cookie", "JSESSIONID=abcdef; Path=/")
		wantHeader(t, w.do(method, "/echo"+newSession()+path, ""), "Set-Cookie", "")
	}
	u := "/cookie_needed_echo" + newSession()
	w.want("GET", u+"/jsonp?c=x", "", 200, "/**/x(\"o\");\r\n")
	wantHeader(t, w.want("POST", u+"/jsonp_send", `["x"]`, 200, "ok"), "Set-Cookie", "JSESSIONID=dummy; Path=/")
}

// TestSockJSHTTP is Http10 and Http11: synchronous, streaming.
func TestSockJSHTTP(t *testing.T) {
	t.Parallel()
	w := protocolServer(t)
	address := strings.TrimPrefix(w.base, "http://")
	for _, version := range []string{"1.0", "1.1"} {
		c := dial(t, address)
		for range 2 {
			c.raw([]byte("GET /echo HTTP/" + version + "\r\nHost: localhost\r\nConnection: Keep-Alive\r\n\r\n"))
			r, err := http.ReadResponse(c.in, nil)
			if err != nil || r.StatusCode != 200 || r.ContentLength != 19 || r.TransferEncoding != nil {
				t.Fatal(version, r, err)
			}
			if body, _ := io.ReadAll(r.Body); string(body) != "Welcome to SockJS!\n" {
				t.Errorf("%q", body)
			}
		}
		c = dial(t, address)
		c.raw([]byte("POST /close" + newSession() + "/xhr_streaming HTTP/" + version + "\r\nHost: localhost\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n"))
		head := ""
		for !strings.HasSuffix(head, "\r\n\r\n") {
			line, err := c.in.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			head += line
		}
		if strings.Contains(head, "Content-Length") || strings.Contains(head, "Transfer-Encoding: chunked") != (version == "1.1") {
			t.Errorf("%s: %s", version, head)
		}
		parts := []string{xhrPrelude, "o\n", "c[3000,\"Go away!\"]\n"}
		if version == "1.1" {
			for i, part := range parts {
				parts[i] = fmt.Sprintf("%x\r\n%s\r\n", len(part), part) // each a chunk of its own
			}
			parts = append(parts, "0\r\n\r\n")
		}
		want := strings.Join(parts, "")
		p := make([]byte, len(want))
		if n, err := io.ReadFull(c.in, p); err != nil || string(p) != want {
			t.Fatalf("%s: %q, error %v", version, p[:n], err)
		}
		if version == "1.0" {
			c.wantEnd()
		}
	}
}

// TestSockJSChunkedBody sends a body in chunks, without its length.
func TestSockJSChunkedBody(t *testing.T) {
	t.Parallel()
	w := protocolServer(t)
	u := "/echo" + newSession()
	w.want("POST", u+"/xhr", "", 200, "o\n")
	c := dial(t, strings.TrimPrefix(w.base, "http://"))
	c.raw([]byte("POST " + u + "/xhr_send HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Go-http-client/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" +
		"2\r\n[\"\r\n4\r\nab\"]\r\n0\r\n\r\n"))
	r, err := http.ReadResponse(bufio.NewReader(c.conn), nil)
	if err != nil || r.StatusCode != 204 {
		t.Fatal(r, err)
	}
	w.want("POST", u+"/xhr", "", 200, "a[\"ab\"]\n")
}

// TestSockJSCookieSecure checks that with TLS, also a proxy's, pages of other origins send the
// cookie too.
func TestSockJSCookieSecure(t *testing.T) {
	t.Parallel()
	_, address := serve(t, Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}, services{"a": newService(t, Options{Cookie: true}, nil)})
	w := newWeb(t, "http://"+address)
	r := w.want("POST", "/a/0/s/xhr", "", 200, "o\n", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https")
	wantHeader(t, r, "Set-Cookie", "JSESSIONID=dummy; Path=/; Secure; SameSite=None")
}
