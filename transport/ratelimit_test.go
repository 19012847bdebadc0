package transport

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"node.websocket/transport/websocket"
)

// TestContractRate floods a session, whose conversation must get what the limit allows and no more.
func TestContractRate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, reason string
		options      Options
	}{
		{"messages", "more than 1 messages a second", Options{MessageRate: 1}},
		{"bytes", "more than 100 bytes a second", Options{ByteRate: 100}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			forEachTransport(t, func(t *testing.T, kind string, start func(Options, Handler) speaker) {
				t.Parallel()
				conversation := echoConversation(t)
				s := start(c.options, oneConversation(conversation))
				flood := make([]Message, 40)
				for i := range flood {
					flood[i] = text(strings.Repeat("x", 100))
				}
				sent := make(chan struct{})
				go func() {
					defer close(sent)
					s.send(flood...)
				}()
				echoed := 0
				for {
					_, over := s.next()
					if over == nil {
						echoed++
						continue
					}
					if *over != (ended{1008, c.reason}) {
						t.Errorf("closed with %v", *over)
					}
					break
				}
				await(t, sent)
				if echoed < 10 || echoed > 20 { // more than 10 on a slow machine
					t.Errorf("%d messages were taken", echoed)
				}
				if got := await(t, conversation.closed); got != (closed{1008, c.reason}) {
					t.Errorf("Disconnected with %v", got)
				}
			})
		})
	}
}

// TestRateStreams is TestContractRate for the other ways in which a WebSocket can be carried, and for a
// flood of pings.
func TestRateStreams(t *testing.T) {
	t.Parallel()
	forEachWay(t, func(t *testing.T, start starter) {
		var log logBuffer
		conversation := newConversation(t)
		c, _ := start(t, Options{MessageRate: 1, Log: log.logger()}, conversation)
		var flood []byte
		for range 40 {
			flood = masked(flood, 0x89, "")
		}
		c.raw(flood)
		for {
			op, payload, err := c.read()
			if err != nil {
				t.Fatal(err)
			}
			if op == websocket.Pong {
				continue
			}
			if op != websocket.Close || payload != closePayload(1008, "more than 1 messages a second") {
				t.Errorf("%v %q", op, payload)
			}
			break
		}
		conversation.wantClosed(1008, "more than 1 messages a second")
		waitFor(t, func() bool { return strings.Contains(log.String(), `cause="rate limit"`) })
	})
}

// TestRateFutile floods sessions with what is no message and costs as much.
func TestRateFutile(t *testing.T) {
	t.Parallel()
	const told = "more than 1 messages a second"
	o := Options{MessageRate: 1}
	flood := func(first byte, rest byte, payload string) (out []byte) {
		out = masked(nil, first, "")
		for range 40 {
			out = masked(out, rest, payload)
		}
		return out
	}
	for _, test := range []struct {
		name, path string
		bytes      []byte
	}{
		{"empty fragments", "/a", flood(0x01, 0x00, "")},
		{"short fragments", "/a", flood(0x02, 0x00, "x")},
		{"pongs", "/a", flood(0x8a, 0x8a, "")},
		{"SockJS without messages", "/a/0/s/websocket", flood(0x81, 0x81, "[]")},
		{"SockJS without text", "/a/0/s/websocket", flood(0x81, 0x81, "")},
	} {
		t.Run(test.name, func(t *testing.T) {
			conversation := newConversation(t)
			_, address := serve(t, o, oneConversation(conversation))
			c := dial(t, address).open(test.path)
			c.raw(test.bytes)
			for op := websocket.Text; op != websocket.Close; { // SockJS's own frames come first
				var err error
				if op, _, err = c.read(); err != nil {
					t.Fatal(err)
				}
			}
			conversation.wantClosed(1008, told)
		})
	}
	t.Run("long fragments", func(t *testing.T) {
		conversation := echoConversation(t)
		_, address := serve(t, o, oneConversation(conversation))
		c := dial(t, address).open("/a")
		c.raw(flood(0x01, 0x00, strings.Repeat("x", 126)))
		c.raw(masked(nil, 0x80, ""))
		c.want(websocket.Text, strings.Repeat("x", 126*40))
	})
	t.Run("empty bodies", func(t *testing.T) {
		conversation := newConversation(t)
		_, address := serve(t, o, oneConversation(conversation))
		w := newWeb(t, "http://"+address)
		path := "/a" + newSession()
		w.want("POST", path+"/xhr", "", 200, "o\n")
		status := 0
		for n := 0; n < 40 && status != http.StatusTooManyRequests; n++ {
			r, err := w.try(t.Context(), "POST", path+"/xhr_send", "[]")
			if err != nil {
				t.Fatal(err)
			}
			io.Copy(io.Discard, r.Body)
			r.Body.Close()
			status = r.StatusCode
		}
		w.want("POST", path+"/xhr", "", 200, "c[1008,\""+told+"\"]\n")
		conversation.wantClosed(1008, told)
	})
}

// TestRateLimit looks at the buckets alone.
func TestRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(Options{}, nil)
		l := newRateLimit(s, &Options{MessageRate: 10, ByteRate: 1000})
		// burst returns how many messages of this size are taken at once.
		burst := func(size int) (n int) {
			for ; ; n++ {
				before := *l
				if err := l.take(size); err != nil {
					if _, ok := errors.AsType[*websocket.CloseError](err); !ok {
						t.Fatal(err)
					}
					*l = before
					return n
				}
			}
		}
		want := func(what string, got, want int) {
			t.Helper()
			if got != want {
				t.Errorf("%s: %d messages, want %d", what, got, want)
			}
		}
		want("at first", burst(1), 100)
		time.Sleep(time.Second) // of the bubble's own clock
		want("after a second", burst(1), 10)
		time.Sleep(time.Hour) // on the bubble's clock
		want("after an hour", burst(0), 100)
		time.Sleep(time.Hour) // on the bubble's clock
		want("of bytes", burst(5000), 2)
		want("too big", burst(20_000), 0)

		time.Sleep(time.Hour) // on the bubble's clock
		for range 60 * 10 {   // as much as is allowed, for a minute
			time.Sleep(time.Second / 10) // on the bubble's clock
			if err := l.take(100); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute) // on the bubble's clock
		l.lend(int64(time.Minute))
		want("after a minute in which it was not read", burst(0), 700)
		time.Sleep(time.Minute) // on the bubble's clock
		want("after another", burst(0), 600)
		time.Sleep(time.Hour) // on the bubble's clock
		want("when it has caught up", burst(0), 100)
	})
	if newRateLimit(nil, &Options{}) != nil {
		t.Error("there is a limit without an option")
	}
}
