package transport

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestLog reads the lines about one session, whose client tries to forge others.
func TestLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
		conversation := newConversation(t)
		l := newPipeListener()
		serveOn(t, l, Options{Log: log.logger()}, oneConversation(conversation))
		c := l.dial(t).open("/a")
		time.Sleep(1500 * time.Millisecond) // of the bubble's own clock
		go c.close(3000, "x\nlevel=ERROR msg=forged\x1b[31m")
		c.wantClose(3000)
		conversation.wantClosed(3000, "x\nlevel=ERROR msg=forged\x1b[31m")
		refused := l.dial(t)
		refused.raw([]byte(handshake("/b%0alevel=ERROR%20msg=forged", "Origin: \" level=ERROR\r\n")))
		refused.in.ReadByte()
		synctest.Wait()
		text := log.String()
		for _, want := range []string{
			"level=INFO msg=connected resource=a client=pipe id=" + conversation.request.ID + " websocket=13\n",
			"level=INFO msg=disconnected resource=a client=pipe id=" + conversation.request.ID + " cause=client code=3000 duration=1.5s\n",
			"level=INFO msg=refused resource=\"/b\\nlevel=ERROR msg=forged\" client=pipe status=400 cause=\"the path is malformed\" origin=\"\\\" level=ERROR\"\n",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in %s", want, text)
			}
		}
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, "time=") || strings.Contains(line, "\x1b") {
				t.Errorf("line %q", line)
			}
		}
	})
}

// TestClientsLogged counts the lines with the number of clients.
func TestClientsLogged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
		c := counter{log: log.logger()}
		wait := func(want ...string) {
			t.Helper()
			time.Sleep(6 * time.Second) // of the bubble's own clock
			var got []string
			for line := range strings.Lines(log.String()) {
				_, n, _ := strings.Cut(line, "msg=clients clients=")
				got = append(got, strings.TrimSpace(n))
			}
			if strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("%q, want %q", got, want)
			}
		}
		wait()
		for range 3 {
			c.add(+1)
		}
		wait("3")
		wait("3")
		c.add(+1)
		c.add(-1)
		wait("3")
		c.add(-1)
		wait("3", "2")
		c.add(-1)
		c.stop()
		c.add(-1)
		wait("3", "2")
		if c.count() != 0 {
			t.Errorf("%d clients", c.count())
		}
	})
}

// TestHTTPLog checks that a line of net/http becomes the value of an attribute.
func TestHTTPLog(t *testing.T) {
	t.Parallel()
	var log logBuffer
	_, address := serve(t, Options{Log: log.logger()}, &fakeHandler{conversation: func() *fakeConversation { panic("x\ny") }})
	c := dial(t, address)
	c.raw([]byte(handshake("/a")))
	c.in.ReadByte()
	waitFor(t, func() bool { return strings.Contains(log.String(), "level=WARN msg=http error=\"http: panic") })
	if strings.Count(log.String(), "\n") != 1 {
		t.Errorf("log: %s", log.String())
	}
}
