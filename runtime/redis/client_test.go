package redis

import (
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// startClient starts a client whose waits are shorter than usual.
func startClient(t *testing.T, server *Server, patience, limit time.Duration) *Client {
	t.Helper()
	c := NewClient(server, slog.New(slog.DiscardHandler))
	c.patience, c.limit = patience, limit
	t.Cleanup(c.Close)
	return c
}

func anyRoom(int) bool { return true }

// ask sends one command, and returns its reply or error as a text.
func ask(c *Client, command ...string) string {
	got := make(chan string, 1)
	c.Send([][]string{command}, anyRoom, func(replies []any, err error) {
		if err != nil {
			got <- err.Error()
			return
		}
		if b, ok := replies[0].([]byte); ok {
			got <- string(b)
			return
		}
		got <- fmt.Sprint(replies[0])
	})
	return <-got
}

// TestClientOrder sends from many goroutines at once. Each must get its own replies, in order, and commands that
// are sent together must not be mixed with others.
func TestClientOrder(t *testing.T) {
	c := startClient(t, anyRedis(t), 5*time.Second, 10*time.Second)
	var all sync.WaitGroup
	for g := range 20 {
		all.Go(func() {
			var done sync.WaitGroup
			for i := range 100 {
				done.Add(1)
				key := fmt.Sprint("n", g)
				c.Send([][]string{{"MULTI"}, {"INCR", key}, {"GET", key}, {"NOSUCH"}, {"DISCARD"}, {"INCR", key}}, anyRoom, func(replies []any, err error) {
					defer done.Done()
					if err != nil || len(replies) != 6 || replies[0] != "OK" || replies[1] != "QUEUED" || replies[4] != "OK" || replies[5] != int64(i+1) {
						t.Errorf("%d.%d: %v, %v", g, i, replies, err)
					} else if e, ok := replies[3].(ReplyError); !ok || !strings.HasPrefix(e.Error(), "ERR unknown command") {
						t.Errorf("an error is %v", replies[3])
					}
				})
			}
			done.Wait()
		})
	}
	all.Wait()
}

// TestClientRoom gets a reply for which there is no room, and one behind it.
func TestClientRoom(t *testing.T) {
	c := startClient(t, anyRedis(t), 5*time.Second, 10*time.Second)
	ask(c, "SET", "a", strings.Repeat("x", 100_000))
	room := 50_000
	got := make(chan []any, 1)
	c.Send([][]string{{"GET", "a"}, {"STRLEN", "a"}}, func(n int) bool {
		if n > room {
			return false
		}
		room -= n
		return true
	}, func(replies []any, err error) { got <- append(replies, err) })
	if replies := <-got; replies[0] != errTooLarge || replies[1] != int64(100_000) || replies[2] != nil {
		t.Error(replies)
	}
}

// TestClientAway has no Redis, then one that is frozen, then one whose password is another.
func TestClientAway(t *testing.T) {
	t.Parallel()
	const notCarried = "the command was not carried out"
	c := startClient(t, parse(t, "redis://:secret@127.0.0.1:1"), 300*time.Millisecond, time.Second)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if got := ask(c, "INCR", "n"); got != "Redis at redis://127.0.0.1:1/0: nothing listens there; "+notCarried {
				t.Error(got)
			}
		})
	}
	all.Wait()
	l, err := net.Listen("tcp", "127.0.0.1:0") // which answers nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	frozen := startClient(t, parse(t, "redis://"+l.Addr().String()), 300*time.Millisecond, time.Second)
	began := time.Now()
	if got := ask(frozen, "INCR", "n"); !strings.HasSuffix(got, "it does not answer; "+notCarried) {
		t.Error(got)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("a Redis that hangs took %v", took)
	}
	refusing := startClient(t, parse(t, strings.Replace(anyRedis(t).String(), "//", "//:secret@", 1)), time.Hour, time.Second)
	if got := ask(refusing, "INCR", "n"); !strings.Contains(got, "WRONGPASS") || !strings.HasSuffix(got, notCarried) || strings.Contains(got, "secret") {
		t.Error(got)
	}
	c.Close()
	if got := ask(c, "INCR", "n"); got != errClosed.Error() {
		t.Error(got)
	}
}

// TestClientCut cuts connections in the middle of requests and replies. What is confirmed must have been carried
// out, and what is said not to have been must not.
func TestClientCut(t *testing.T) {
	server := anyRedis(t)
	direct := startClient(t, server, time.Minute, time.Minute)
	cut := startCutter(t, server)
	c := startClient(t, parse(t, "redis://"+cut.listener.Addr().String()), 200*time.Millisecond, time.Minute)
	may, confirmed := 0, 0
	for i := range 60 {
		if i%2 == 0 {
			cut.set(int64(20+i), endless)
		} else {
			cut.set(endless, int64(10+i))
		}
		before := ask(direct, "GET", "n")
		for range 3 {
			got := ask(c, "INCR", "n")
			after := ask(direct, "GET", "n")
			switch {
			case strings.Contains(got, "may have been carried out"):
				may++
			case strings.Contains(got, "was not carried out") && after == before:
			case got == after && got != before:
				confirmed++
			default:
				t.Errorf("%s, from %s to %s", got, before, after)
			}
			before = after
		}
	}
	if may == 0 || confirmed == 0 {
		t.Errorf("%d may have been carried out, %d were", may, confirmed)
	}
}
