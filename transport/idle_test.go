package transport

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"node.websocket/transport/websocket"
)

// TestContractIdle has a client that sends one message, and then takes what it is sent.
func TestContractIdle(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, kind string, start func(Options, Handler) speaker) {
		t.Parallel()
		for timeout := 300 * time.Millisecond; ; timeout *= 4 {
			var log logBuffer
			conversation := echoConversation(t)
			s := start(Options{IdleTimeout: timeout, Log: log.logger()}, oneConversation(conversation))
			want := ended{1000, fmt.Sprint("no message came for ", timeout)}
			s.send(text("x"))
			m, over := s.next()
			if over != nil && *over == want && timeout < limit {
				continue // the machine is busy, and the message came too late
			}
			if over != nil || string(m.Data) != "x" {
				t.Fatalf("%q, %v", m.Data, over)
			}
			if m, over := s.next(); over == nil || *over != want {
				t.Errorf("%q, %v", m.Data, over)
			}
			conversation.wantClosed(want.code, want.reason)
			waitFor(t, func() bool { return strings.Contains(log.String(), `cause="idle timeout"`) })
			return
		}
	})
}

// TestIdleTimeout checks what counts as a message, and that the time in which a module does not read does not count.
func TestIdleTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var paused atomic.Bool
		conversation := newConversation(t)
		conversation.takes = func(p *fakeConversation, batch []Message) int {
			if paused.Load() {
				return 0
			}
			return len(batch)
		}
		begin := time.Now()
		c, s := startPipe(t, Options{IdleTimeout: time.Minute, Heartbeat: -1}, conversation)
		time.Sleep(40 * time.Second) // of the bubble's own clock
		c.send(websocket.Text, "x")
		time.Sleep(40 * time.Second) // on the bubble's clock
		synctest.Wait()
		paused.Store(true)
		c.send(websocket.Text, "x")
		time.Sleep(5 * time.Minute) // on the bubble's clock
		paused.Store(false)
		s.Resume()
		time.Sleep(40 * time.Second) // on the bubble's clock
		c.send(websocket.Ping, "p")
		c.want(websocket.Pong, "p")
		c.want(websocket.Close, closePayload(1000, "no message came for 1m0s"))
		if took, want := time.Since(begin), 80*time.Second+5*time.Minute+time.Minute; took != want {
			t.Errorf("after %v, want %v", took, want)
		}
		c.close(1000, "")
		conversation.wantClosed(1000, "no message came for 1m0s")
	})
}

// TestPongTimeoutOfResource has a resource that waits less for a pong.
func TestPongTimeoutOfResource(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conversation := newConversation(t)
		h := oneConversation(conversation)
		h.options.HeartbeatTimeout = 3 * time.Second
		l := newPipeListener()
		serveOn(t, l, Options{}, h)
		begin := time.Now()
		c := l.dial(t).open("/a")
		c.want(websocket.Ping, "")
		conversation.wantClosed(1006, "no answer to a ping within 3s")
		if took := time.Since(begin); took != 28*time.Second {
			t.Errorf("after %v", took)
		}
	})
}
