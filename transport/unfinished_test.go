package transport

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"node.websocket/transport/websocket"
	"node.websocket/transport/websocket/websockettest"
)

// answerPings answers the pings of a connection until it ends, and then tells when that was.
func answerPings(c *client) <-chan time.Time {
	over := make(chan time.Time, 1)
	go func() {
		for {
			op, payload, err := c.read()
			if err != nil {
				over <- time.Now()
				return
			}
			if op == websocket.Ping {
				c.Write(websocket.Pong, payload)
			}
		}
	}()
	return over
}

// TestUnfinishedMessage has clients that begin a message and do not finish it, and answer pings.
func TestUnfinishedMessage(t *testing.T) {
	frame := func(first byte, payload string) string { return string(websockettest.AppendFrame(nil, first, payload)) }
	for _, test := range []struct {
		name  string
		begin string
		again string        // each ten seconds
		want  time.Duration // when it is cut; 0: not in an hour
	}{
		{"nothing", "", "", 0},
		{"pings", "", frame(0x89, "x"), 0},
		{"a message", frame(0x81, "x"), frame(0x81, "x"), 0},
		{"the first byte", "\x81", "", time.Minute},
		{"half a frame", frame(0x82, strings.Repeat("x", 100))[:50], "", time.Minute},
		{"a fragment", frame(0x01, "x"), "", time.Minute},
		{"an empty fragment", frame(0x01, ""), "", time.Minute},
		{"a message and a fragment", frame(0x81, "x") + frame(0x01, "x"), "", time.Minute},
		{"fragments, byte by byte", frame(0x01, ""), frame(0x00, "x"), time.Minute},
		{"pings between", frame(0x01, "x"), strings.Repeat(frame(0x89, strings.Repeat("x", 125)), 100), time.Minute},
		{"pongs between", frame(0x01, "x"), strings.Repeat(frame(0x8a, ""), 2000), time.Minute},
		{"half a KiB/s", frame(0x01, "x"), frame(0x00, strings.Repeat("x", 5000)), 108 * time.Second},
		{"2 KiB/s of a long message", frame(0x02, "x"), frame(0x00, strings.Repeat("x", 20480)), 0},
		{"fragments that are empty", frame(0x01, "x"), strings.Repeat(frame(0x00, ""), 5000), time.Minute + 100*time.Second},
	} {
		for _, heartbeat := range []time.Duration{0, 2 * time.Second, 24 * time.Hour, -1} {
			if heartbeat >= 0 && heartbeat < time.Hour && (test.name == "the first byte" || test.name == "half a frame") {
				continue // a pong would be a part of it
			}
			synctest.Test(t, func(t *testing.T) {
				o := Options{Heartbeat: heartbeat, MaxMessage: 100 << 10}
				if test.want == 0 {
					o.MaxMessage = 10 << 20
				}
				var log logBuffer
				o.Log = log.logger()
				conversation := newConversation(t)
				c, _ := startPipe(t, o, conversation)
				over, begin := answerPings(c), time.Now()
				io.WriteString(c.Conn, test.begin)
				tick, hour := time.NewTicker(10*time.Second), time.NewTimer(time.Hour)
				defer tick.Stop()
				took := time.Duration(0)
				for took == 0 {
					select {
					case <-tick.C:
						if test.again != "" {
							io.WriteString(c.Conn, test.again)
						}
						continue
					case at := <-over:
						took = at.Sub(begin)
						conversation.wantClosed(1006, errUnfinished.Error())
						synctest.Wait()
						if !strings.Contains(log.String(), `cause="unfinished message" code=1006 error="a message was not finished in time"`) {
							t.Error(log.String())
						}
					case <-hour.C:
						took = time.Hour
					}
				}
				if test.want == 0 && took != time.Hour || test.want != 0 && (took < test.want || took > test.want+5*time.Second) {
					t.Errorf("%s, heartbeat %v: cut after %v, want %v", test.name, heartbeat, took, test.want)
				}
				c.Conn.Close()
			})
		}
	}
}

// TestUnfinishedWhileNotRead has a client that is in the middle of a message when the module is busy for minutes: the
// time in which it is not read does not count.
func TestUnfinishedWhileNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conversation := newConversation(t)
		conversation.onReceive = func(p *fakeConversation, batch []Message) {
			if string(batch[0].Data) == "wait" {
				time.Sleep(10*time.Minute + 30*time.Second) // of the bubble's own clock
			}
			echo(p, batch)
		}
		c, _ := startPipe(t, Options{Heartbeat: -1}, conversation)
		over, begin := answerPings(c), time.Now()
		c.raw(append(masked(nil, 0x81, "wait"), masked(nil, 0x01, "a")...))
		select {
		case <-over:
			t.Errorf("cut after %v", time.Since(begin))
		case <-time.After(11*time.Minute + 25*time.Second):
		}
		select {
		case at := <-over:
			if took := at.Sub(begin); took != 11*time.Minute+30*time.Second {
				t.Errorf("cut after %v", took)
			}
		case <-time.After(time.Minute):
			t.Error("not cut")
		}
	})
}

// TestUnfinishedHixie is for a version without pings.
func TestUnfinishedHixie(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conversation := newConversation(t)
		l := newPipeListener()
		serveOn(t, l, Options{}, oneConversation(conversation))
		c := l.dial(t)
		c.raw([]byte("GET /a HTTP/1.1\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nHost: example.com\r\nOrigin: http://example.com\r\n\r\n"))
		c.accepted()
		<-conversation.opened
		time.Sleep(3 * time.Hour) // of the bubble's own clock
		c.raw([]byte("\x00abc\xff\x00abc"))
		begin := time.Now()
		if _, err := io.ReadAll(c.In); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Log(err)
		}
		if took := time.Since(begin); took < time.Minute || took > 2*time.Minute {
			t.Errorf("cut after %v", took)
		}
	})
}

// TestUnfinishedCompressed has a client that makes a thousand bytes hold a megabyte.
func TestUnfinishedCompressed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conversation := newConversation(t)
		l := newPipeListener()
		serveOn(t, l, Options{Compression: true}, oneConversation(conversation))
		c := l.dial(t).open("/a", "Sec-WebSocket-Extensions: permessage-deflate\r\n")
		bomb := websocket.AppendCompressed(nil, websocket.NewCompressor(websocket.NegotiateDeflate([]string{"permessage-deflate"}, false), websocket.DeflateOptions{}),
			websocket.Binary, strings.Repeat("\x00", 1<<20-100))
		over, begin := answerPings(c), time.Now()
		c.raw(masked(nil, 0x42, string(bomb[4:]))) // RSV1, and no FIN
		if took := (<-over).Sub(begin); took < time.Minute || took > time.Minute+2*time.Second {
			t.Error("cut after ", took)
		}
	})
}
