package transport

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The handshakes in the texts of the drafts (hixie-76 §1.2, hixie-75 §1.2), with other paths and hosts.
const (
	hixie76 = "GET /a HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\nSec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n" +
		"Sec-WebSocket-Protocol: sample\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nOrigin: http://example.com\r\n\r\n"
	hixie76Challenge = "^n:ds[4U"
	hixie76Answer    = "8jKS'y:G*Co,Wxa-"

	hixie75 = "GET /a HTTP/1.1\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nHost: example.com\r\nOrigin: http://example.com\r\n" +
		"WebSocket-Protocol: sample\r\n\r\n"
)

// openHixie makes the handshake of a draft, in pieces of step bytes. It sends the challenge of
// hixie-76 after it has read the head of the answer.
func openHixie(c *client, draft, step int) {
	c.t.Helper()
	request, prefix := hixie76, "Sec-Websocket-"
	if draft == 75 {
		request, prefix = hixie75, "Websocket-"
	}
	pieces := func(s string) {
		c.t.Helper()
		for ; s != ""; s = s[min(step, len(s)):] {
			c.raw([]byte(s[:min(step, len(s))]))
		}
	}
	if step > len(request) && draft == 76 { // all at once, with a text
		c.raw([]byte(request + hixie76Challenge + "\x00first\xff"))
	} else {
		pieces(request)
	}
	r := c.accepted()
	scheme := "ws"
	if _, plain := c.conn.(*net.TCPConn); !plain {
		scheme = "wss"
	}
	if r.Header.Get(prefix+"Origin") != "http://example.com" || r.Header.Get(prefix+"Location") != scheme+"://example.com/a" || r.Header.Get(prefix+"Protocol") != "sample" {
		c.t.Errorf("header %v", r.Header)
	}
	if draft == 75 {
		c.raw([]byte("\x00first\xff"))
		return
	}
	if step <= len(request) {
		pieces(hixie76Challenge)
		c.raw([]byte("\x00first\xff"))
	}
	c.wantBytes(hixie76Answer)
}

// wantBytes reads as many bytes as want has, which must be equal.
func (c *client) wantBytes(want string) {
	c.t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c.in, got); err != nil || string(got) != want {
		c.t.Fatalf("%q, %v; want %q", got, err, want)
	}
}

func forEachHixie(t *testing.T, test func(t *testing.T, draft, step int, options Options, dial func(testing.TB, string) *client)) {
	for _, draft := range []int{76, 75} {
		for _, step := range []int{10_000, 100, 1} {
			test(t, draft, step, Options{}, dial)
			test(t, draft, step, Options{TLS: testTLS(t)}, dialTLS)
		}
	}
}

func TestHixieEcho(t *testing.T) {
	t.Parallel()
	forEachHixie(t, func(t *testing.T, draft, step int, o Options, dial func(testing.TB, string) *client) {
		conversation := echoConversation(t)
		h := oneConversation(conversation)
		h.options.Origins, h.options.Protocols = []string{"http://example.com"}, []string{"sample"}
		_, address := serve(t, o, h)
		c := dial(t, address)
		openHixie(c, draft, step)
		c.wantBytes("\x00first\xff")
		version := map[int]string{76: "hixie-76", 75: "hixie-75"}[draft]
		if r := conversation.request; r.Version != version || r.Origin != "http://example.com" || r.Secure != (o.TLS != nil) {
			t.Errorf("%+v", r)
		}
		long := "\x00" + strings.Repeat("grüße ", 20_000) + "\xff"
		c.raw([]byte(long))
		c.wantBytes(long)
		if draft == 76 {
			c.raw([]byte("\xff\x00"))
			c.wantBytes("\xff\x00")
			conversation.wantClosed(1005, "")
		} else {
			c.conn.(interface{ CloseWrite() error }).CloseWrite()
			conversation.wantClosed(1005, "")
		}
		c.wantEnd()
	})
}

func TestHixieModuleCloses(t *testing.T) {
	t.Parallel()
	forEachHixie(t, func(t *testing.T, draft, step int, o Options, dial func(testing.TB, string) *client) {
		conversation := newConversation(t)
		conversation.onReceive = func(p *fakeConversation, _ []Message) {
			p.session.SendText("last")
			p.session.Close(3000, "bye")
		}
		h := oneConversation(conversation)
		h.options.Protocols = []string{"sample"}
		_, address := serve(t, o, h)
		c := dial(t, address)
		openHixie(c, draft, step)
		c.wantBytes("\x00last\xff")
		if draft == 76 {
			c.wantBytes("\xff\x00")
			c.raw([]byte("\x00dropped\xff\xff\x00"))
			c.wantEnd()
		} else {
			c.wantEnd()
			c.conn.Close()
		}
		conversation.wantClosed(3000, "bye")
	})
}

// TestHixieLacks checks what becomes of binary messages and pings, which these drafts do not have.
func TestHixieLacks(t *testing.T) {
	t.Parallel()
	for _, draft := range []int{76, 75} {
		var log logBuffer
		conversation := newConversation(t)
		h := oneConversation(conversation)
		h.options = Options{Protocols: []string{"sample"}, Heartbeat: time.Nanosecond}
		_, address := serve(t, Options{Log: log.logger()}, h)
		c := dial(t, address)
		openHixie(c, draft, 10_000)
		s := await(t, conversation.opened)
		for range 3 {
			if s.SendBinary([]byte("x")) {
				t.Error("a binary message was taken")
			}
		}
		s.Ping([]byte("x"))
		if !s.SendText("text") {
			t.Error("a text was not taken")
		}
		s.Flush()
		c.wantBytes("\x00text\xff")
		if got := log.String(); strings.Count(got, "level=ERROR msg=\"a binary message was not sent") != 1 || !strings.Contains(got, "resource=a") {
			t.Errorf("log: %s", got)
		}
	}
}

func TestHixieFaults(t *testing.T) {
	t.Parallel()
	for _, draft := range []int{76, 75} {
		for _, wrong := range []string{"\x00a\xc3(", "\x00" + strings.Repeat("x", 1001)} {
			conversation := newConversation(t)
			h := oneConversation(conversation)
			h.options = Options{Protocols: []string{"sample"}, MaxMessage: 1000}
			_, address := serve(t, Options{}, h)
			c := dial(t, address)
			openHixie(c, draft, 10_000)
			c.raw([]byte(wrong))
			if draft == 76 {
				c.wantBytes("\xff\x00")
			}
			c.wantEnd()
			c.conn.Close()
			await(t, conversation.closed)
		}
	}
}

func TestHixieRefused(t *testing.T) {
	t.Parallel()
	h := &fakeHandler{conversation: func() *fakeConversation { return newConversation(t) }, options: Options{Origins: []string{"http://b.com"}}}
	for _, test := range []struct {
		request string
		options Options
		status  int
	}{
		{hixie76, Options{}, 403},
		{hixie75, Options{}, 403},
		{hixie76, Options{NoDrafts: true}, 426},
		{hixie75, Options{NoDrafts: true}, 426},
		{strings.Replace(hixie75, "Origin: http://example.com\r\n", "", 1), Options{}, 400},
		{strings.Replace(hixie76, "4 @1", "4@1", 1), Options{}, 400},
	} {
		_, address := serve(t, test.options, h)
		c := dial(t, address)
		c.raw([]byte(test.request))
		if r, err := http.ReadResponse(c.in, nil); err != nil || r.StatusCode != test.status {
			t.Errorf("%.100q: %v, %v; want %d", test.request, r, err, test.status)
		}
	}
}

// TestHixieChallengeDoesNotCome has a client that stops after the head, and one that hangs up then.
func TestHixieChallengeDoesNotCome(t *testing.T) {
	t.Parallel()
	for _, goes := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			l := newPipeListener()
			conversation := newConversation(t)
			s := serveOn(t, l, Options{}, oneConversation(conversation))
			start := time.Now()
			c := l.dial(t)
			c.raw([]byte(hixie76))
			c.accepted()
			go c.conn.Write([]byte(hixie76Challenge[:7]))
			if goes {
				synctest.Wait()
				c.conn.Close()
			} else {
				c.wantEnd()
				if took := time.Since(start); took != 10*time.Second {
					t.Errorf("held for %v", took)
				}
			}
			synctest.Wait()
			if conversation.session != nil || s.slots != 0 {
				t.Error("the conversation was connected, or its place is not free")
			}
		})
	}
}
