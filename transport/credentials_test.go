package transport

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"node.websocket/transport/websocket/websockettest"
)

func TestBringsCookies(t *testing.T) {
	t.Parallel()
	any, listed, both := []string{"*"}, []string{"http://a.com"}, []string{"*", "http://a.com"}
	for _, test := range []struct {
		allowed []string
		origins []string
		host    string
		secure  bool
		referer string
		want    bool
	}{
		{any, nil, "s.com", false, "", true},
		{any, []string{"http://s.com"}, "s.com", false, "", true},
		{any, []string{"http://s.com"}, "S.com:80", false, "", true},
		{any, []string{"HTTP://s.com:80"}, "s.com", false, "", true},
		{any, []string{"https://s.com"}, "s.com", true, "", true},
		{any, []string{"https://s.com"}, "s.com:443", true, "", true},
		{any, []string{"https://s.com:8443"}, "s.com:8443", true, "", true},
		{any, []string{"http://[::1]:8080"}, "[::1]:8080", false, "", true},

		{any, []string{"http://a.com"}, "s.com", false, "", false},
		{any, []string{"http://s.com"}, "s.com", true, "", false}, // anybody on the way may have made the page
		{any, []string{"https://s.com"}, "s.com", false, "", false},
		{any, []string{"http://s.com:8080"}, "s.com", false, "", false},
		{any, []string{"http://s.com.a.com"}, "s.com", false, "", false},
		{any, []string{"http://sub.s.com"}, "s.com", false, "", false},
		{any, []string{"null"}, "s.com", false, "", false},
		{any, []string{""}, "s.com", false, "", false},
		{any, []string{""}, "", false, "", false},
		{any, []string{"nonsense"}, "nonsense", false, "", false},
		{any, []string{"http://s.com", "http://s.com"}, "s.com", false, "", false},

		{both, []string{"http://a.com"}, "s.com", false, "", true},
		{both, []string{"http://b.com"}, "s.com", false, "", false},
		{both, []string{"http://s.com"}, "s.com", false, "", true},
		{listed, []string{"http://a.com"}, "s.com", false, "", true},
		{[]string{"*", "null"}, []string{"null"}, "s.com", false, "", true},

		{any, []string{"http://s.com"}, "s.com", false, "http://s.com/chat/iframe.html", false},
		{any, []string{"http://s.com"}, "s.com", false, "http://s.com/chat/iframe-1.6.1.html", false},
		{any, []string{"http://s.com"}, "s.com", false, "http://s.com/chat.html", true},
		{[]string{"*", "http://s.com"}, []string{"http://s.com"}, "s.com", false, "http://s.com/chat/iframe.html", false},
		{[]string{"http://s.com"}, []string{"http://s.com"}, "s.com", false, "http://s.com/chat/iframe.html", true}, // see framePolicy
	} {
		o := (Options{Origins: test.allowed}).WithDefaults()
		r := &http.Request{Host: test.host, Header: http.Header{}}
		if test.referer != "" {
			r.Header.Set("Referer", test.referer)
		}
		if got := o.bringsCookies(r, test.origins, test.secure); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
}

// TestCookies has every transport open a session with cookies, from pages of the server's own origin, of one that is listed and of
// one that is not, and from no page.
func TestCookies(t *testing.T) {
	t.Parallel()
	const all, none = "sid=1; JSESSIONID=j; x=y", "JSESSIONID=j"
	var log logBuffer
	s := newService(t, Options{Origins: []string{"*", "http://listed.com"}}, nil)
	_, address := serve(t, Options{Log: log.logger()}, services{"a": s})
	w := newWeb(t, "http://"+address)
	want := func(name, cookies string) {
		t.Helper()
		if got := strings.Join(await(t, s.opened).http().Header["Cookie"], "|"); got != cookies {
			t.Errorf("%s: the module sees %q, want %q", name, got, cookies)
		}
	}
	for _, page := range []struct{ origin, cookies string }{
		{"", all}, {"http://" + address, all}, {"http://listed.com", all},
		{"http://other.com", none}, {"https://" + address, none}, {"http://127.0.0.1", none}, {"null", none},
	} {
		lines := "Host: " + address + "\r\nCookie: " + all + "\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
		origin := ""
		if page.origin != "" {
			origin = "Origin: " + page.origin + "\r\n"
		}
		for name, handshake := range map[string]string{
			"13":       "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + origin,
			"8":        "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + strings.Replace(origin, "Origin", "Sec-WebSocket-Origin", 1),
			"hixie-75": origin,
		} {
			if name == "hixie-75" && origin == "" {
				continue // which it needs
			}
			c := dial(t, address)
			c.raw([]byte("GET /a HTTP/1.1\r\n" + lines + handshake + "\r\n"))
			c.accepted()
			want(page.origin+" "+name, page.cookies)
		}
		header := []string{"Cookie: " + all}
		if page.origin != "" {
			header = append(header, "Origin: "+page.origin)
		}
		for _, action := range []string{"xhr", "xhr_streaming"} {
			r := w.do("POST", "/a"+newSession()+"/"+action, "", header...)
			want(page.origin+" "+action, page.cookies)
			credentials := ""
			if page.origin != "" && page.cookies == all {
				credentials = "true"
			}
			wantHeader(t, r, "Access-Control-Allow-Credentials", credentials)
			r = w.do("OPTIONS", "/a"+newSession()+"/xhr_send", "", header...)
			wantHeader(t, r, "Access-Control-Allow-Credentials", credentials)
		}
		if page.origin == "" || page.origin == "null" {
			continue
		}
		for _, action := range []string{"eventsource", "htmlfile?c=f", "jsonp?c=f"} {
			w.do("GET", "/a"+newSession()+"/"+action, "", "Cookie: "+all, "Referer: "+page.origin+"/page.html")
			want(page.origin+" "+action, page.cookies)
		}
	}
	w.do("GET", "/a"+newSession()+"/jsonp?c=f", "", "Cookie: "+all)
	want("a script without Referer", none)
	w.do("POST", "/a"+newSession()+"/xhr", "", "Cookie: "+all, "Origin: http://"+address, "Referer: http://"+address+"/a/iframe.html")
	want("the frame of SockJS", none)
	w.do("POST", "/a"+newSession()+"/xhr", "", "Cookie: sid=1", "Origin: http://other.com")
	want("no JSESSIONID", "")
	wantHeader(t, w.do("GET", "/a/info", "", "Origin: http://other.com"), "Access-Control-Allow-Credentials", "true") // it knows nobody
	if text := log.String(); !strings.Contains(text, `level=DEBUG msg="the cookies were withheld from the module`) || !strings.Contains(text, "resource=a client=127.0.0.1:") ||
		!strings.Contains(text, "origin=http://other.com host="+address) || strings.Contains(text, "sid=1") {
		t.Error(text)
	}
}

// TestCookiesBehindProxy has the client's scheme told by a proxy that is trusted.
func TestCookiesBehindProxy(t *testing.T) {
	t.Parallel()
	for origin, brings := range map[string]bool{"https://s.com": true, "http://s.com": false} {
		conversation := newConversation(t)
		_, address := serve(t, Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}, oneConversation(conversation))
		c := dial(t, address)
		c.raw([]byte(strings.Replace(websockettest.Handshake("/a", "Origin: "+origin+"\r\n", "Cookie: sid=1\r\n", "X-Forwarded-For: 192.0.2.1\r\n", "X-Forwarded-Proto: https\r\n"),
			"Host: localhost", "Host: s.com", 1)))
		c.accepted()
		if got := conversation.http().Header.Get("Cookie") != ""; got != brings {
			t.Errorf("%s: %v, want %v", origin, got, brings)
		}
	}
}
