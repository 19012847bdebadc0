package transport

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"node.websocket/transport/websocket"
)

func TestHeartbeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
		conversation := newConversation(t)
		begin := time.Now()
		c, _ := startPipe(t, Options{Log: log.logger()}, conversation)
		at := func(want time.Duration) {
			t.Helper()
			if got := time.Since(begin); got != want {
				t.Errorf("after %v, want %v", got, want)
			}
		}
		c.want(websocket.Ping, "")
		at(25 * time.Second)
		time.Sleep(19 * time.Second) // of the bubble's own clock
		c.send(websocket.Pong, "")
		c.want(websocket.Ping, "")
		at(69 * time.Second) // 25 s of silence later

		time.Sleep(time.Second)       // of the bubble's own clock
		c.raw(masked(nil, 0x01, "a")) // any byte is life
		time.Sleep(24 * time.Second)  // of the bubble's own clock
		c.raw(masked(nil, 0x80, "b"))
		c.want(websocket.Ping, "")
		at(119 * time.Second)

		if _, _, err := c.read(); err != io.EOF {
			t.Errorf("error %v", err)
		}
		at(139 * time.Second)
		conversation.wantClosed(1006, "no answer to a ping within 20s")
		synctest.Wait() // the line comes after
		if !strings.Contains(log.String(), "cause=\"pong timeout\" code=1006") {
			t.Errorf("log: %s", log.String())
		}
	})
}

func TestHeartbeatOfResource(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := oneConversation(newConversation(t))
		h.options.Heartbeat = time.Second
		l := newPipeListener()
		serveOn(t, l, Options{}, h)
		begin := time.Now()
		c := l.dial(t).open("/a")
		c.want(websocket.Ping, "")
		if took := time.Since(begin); took != time.Second {
			t.Errorf("after %v", took)
		}
	})
}

// TestShortHeartbeat has a heartbeat shorter than HeartbeatTimeout. A client that answers is pinged once an interval all the
// same, and one that answers late, but in time, is not cut.
func TestShortHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		c, _ := startPipe(t, Options{Heartbeat: 2 * time.Second}, newConversation(t))
		pinged := func(want time.Duration) {
			t.Helper()
			c.want(websocket.Ping, "")
			if got := time.Since(begin); got != want {
				t.Errorf("a ping after %v, want %v", got, want)
			}
		}
		for i := range 5 {
			pinged(time.Duration(i+1) * 2 * time.Second)
			c.send(websocket.Pong, "")
		}
		pinged(12 * time.Second)
		time.Sleep(19*time.Second + time.Second/2) // of the bubble's own clock
		c.send(websocket.Pong, "")
		pinged(33*time.Second + time.Second/2)
	})
}

// TestDeadClient has clients that fall silent after their last message. Each is cut a heartbeat and HeartbeatTimeout later.
func TestDeadClient(t *testing.T) {
	for _, heartbeat := range []time.Duration{time.Second, 7 * time.Second, 20 * time.Second, time.Minute} {
		for _, silent := range []time.Duration{0, time.Second / 2, 90 * time.Second} {
			synctest.Test(t, func(t *testing.T) {
				c, _ := startPipe(t, Options{Heartbeat: heartbeat}, newConversation(t))
				begin := time.Now()
				for time.Since(begin) < silent {
					time.Sleep(time.Second / 2) // of the bubble's own clock
					c.send(websocket.Pong, "")
				}
				begin = time.Now()
				c.want(websocket.Ping, "")
				if _, _, err := c.read(); err != io.EOF {
					t.Errorf("error %v", err)
				}
				if got, want := time.Since(begin), heartbeat+20*time.Second; got != want {
					t.Errorf("heartbeat %v: cut after %v of silence, want %v", heartbeat, got, want)
				}
			})
		}
	}
}

// TestNoHeartbeat turns the heartbeat off. Its timer must still serve CloseTimeout.
func TestNoHeartbeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conversation := newConversation(t)
		c, s := startPipe(t, Options{Heartbeat: -1}, conversation)
		time.Sleep(time.Hour) // of the bubble's own clock
		s.SendText("still there")
		s.Close(1000, "")
		c.want(websocket.Text, "still there")
		c.wantClose(1000)
		conversation.wantClosed(1000, "")
	})
}

// TestHeartbeatWhileBusy has a module that takes two minutes for a message. A pong could not be
// seen meanwhile, so none is missed, but there are pings.
func TestHeartbeatWhileBusy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conversation := newConversation(t)
		conversation.onReceive = func(p *fakeConversation, batch []Message) {
			time.Sleep(2 * time.Minute) // of the bubble's own clock
			echo(p, batch)
		}
		c, _ := startPipe(t, Options{}, conversation)
		c.send(websocket.Text, "x")
		for range 4 {
			c.want(websocket.Ping, "")
		}
		c.want(websocket.Text, "x")
		c.want(websocket.Ping, "")
		c.send(websocket.Pong, "")
		c.want(websocket.Ping, "")
		if len(conversation.closed) != 0 {
			t.Error("closed")
		}
	})
}

// TestHeartbeatWhileFull has a client that takes a long answer slowly. It is not read until there
// is room, so its pongs cannot be seen and it is not dead. Once there is room, it is pinged again.
func TestHeartbeatWhileFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conversation := newConversation(t)
		conversation.onReceive = func(p *fakeConversation, _ []Message) {
			p.session.SendText(strings.Repeat("x", 100_000))
			p.session.Flush()
		}
		c, _ := startPipe(t, Options{}, conversation)
		c.send(websocket.Text, "go")
		p := make([]byte, 10+100_000) // the frame
		for i := range 10 {
			time.Sleep(15 * time.Second) // of the bubble's own clock
			if _, err := io.ReadFull(c.conn, p[:100]); err != nil {
				t.Fatal("the ", i, "th time: ", err)
			}
		}
		if _, err := io.ReadFull(c.conn, p[1000:]); err != nil {
			t.Fatal(err)
		}
		c.want(websocket.Ping, "")
		c.send(websocket.Pong, "")
		c.want(websocket.Ping, "")
	})
}
