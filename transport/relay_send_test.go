package transport

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestBodyTooLong checks that a body that is too long is refused before it is read, and ends the
// session, as a message that is too big does on a WebSocket.
func TestBodyTooLong(t *testing.T) {
	t.Parallel()
	for _, rest := range []string{
		"Content-Length: 10485760\r\n\r\n", // and none of it
		"Transfer-Encoding: chunked\r\n\r\n4000\r\n" + strings.Repeat("x", 0x4000),
	} {
		conversation := newConversation(t)
		w := startWeb(t, Options{MaxMessage: 1000}, conversation)
		receiver := w.do("POST", "/a/0/s/xhr_streaming", "")
		wantNext(t, receiver, xhrPrelude+"o\n")
		c := dial(t, strings.TrimPrefix(w.base, "http://"))
		c.raw([]byte("POST /a/0/s/xhr_send HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Go-http-client/1.1\r\n" + rest))
		if r, err := http.ReadResponse(c.in, nil); err != nil || r.StatusCode != 413 {
			t.Fatalf("%v, error %v", r, err)
		}
		wantNext(t, receiver, "c[1009,\"message too big\"]\n")
		wantOver(t, receiver)
		conversation.wantClosed(1009, "message too big")
	}
}

// TestBodyBounds has a body that takes too long, more requests at once than are allowed, and a
// message that is too big.
func TestBodyBounds(t *testing.T) {
	t.Parallel()
	conversation := newConversation(t)
	w := startWeb(t, Options{MaxMessage: 1000, HandshakeTimeout: 2 * time.Second}, conversation)
	w.want("POST", "/a/0/s/xhr", "", 200, "o\n")
	receiver := w.do("POST", "/a/0/s/xhr_streaming", "")
	wantNext(t, receiver, xhrPrelude)
	const head = "POST /a/0/s/xhr_send HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Go-http-client/1.1\r\n"
	status := func(c *client, want int) {
		t.Helper()
		if r, err := http.ReadResponse(c.in, nil); err != nil || r.StatusCode != want {
			t.Fatalf("%v, error %v, want %d", r, err, want)
		}
	}
	address := strings.TrimPrefix(w.base, "http://")

	var begin time.Time
	var trickle *client
	waitFor(t, func() bool {
		begin = time.Now()
		trickle = dial(t, address)
		trickle.raw([]byte(head + "Content-Length: 100\r\n\r\n["))
		done := make(chan int, 1) // meanwhile the session takes one more, which waits, and no third
		go func() {
			r, err := w.client.Post(w.base+"/a/0/s/xhr_send", "text/plain", strings.NewReader(`["x"]`))
			if err != nil {
				done <- 0
				return
			}
			r.Body.Close()
			done <- r.StatusCode
		}()
		r := w.do("POST", "/a/0/s/xhr_send", `["x"]`)
		other := await(t, done)
		if r.StatusCode == 429 || other == 429 {
			return true
		}
		// On a busy machine its time may have been over first, or it came after the others.
		_, _ = http.ReadResponse(trickle.in, nil) // its answer, unless it was too late for the head already
		return false
	})
	status(trickle, 408)
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("refused after %v", took)
	}
	w.want("POST", "/a/0/s/xhr_send", `["x"]`, 204, "")

	w.want("POST", "/a/0/s/xhr_send", `["`+strings.Repeat(`\u0001`, 1000)+`"]`, 204, "")
	w.want("POST", "/a/0/s/xhr_send", `["x","`+strings.Repeat(`x`, 1001)+`"]`, 413, "a message has more than 1000 bytes\n")
	wantNext(t, receiver, "c[1009,\"message too big\"]\n")
	wantOver(t, receiver)
	conversation.wantClosed(1009, "message too big")
}

// TestSendWaits checks that a request with a message is answered once the module has taken it, and
// that a close ends the wait.
func TestSendWaits(t *testing.T) {
	t.Parallel()
	conversation := newConversation(t)
	begun := make(chan struct{}, 1)
	var goOn atomic.Bool
	conversation.takes = func(p *fakeConversation, batch []Message) int {
		if goOn.Load() {
			return len(batch)
		}
		begun <- struct{}{}
		return 0
	}
	w := startWeb(t, Options{}, conversation)
	r := w.do("POST", "/a/0/s/xhr_streaming", "")
	wantNext(t, r, xhrPrelude+"o\n")
	answered := make(chan int, 2)
	post := func() {
		r, err := w.client.Post(w.base+"/a/0/s/xhr_send", "text/plain", strings.NewReader(`["x"]`))
		if err != nil {
			t.Error(err)
			answered <- 0
			return
		}
		r.Body.Close()
		answered <- r.StatusCode
	}
	go post()
	<-begun
	if len(answered) != 0 {
		t.Error("answered before the message was taken")
	}
	s := <-conversation.opened
	goOn.Store(true)
	s.Resume()
	if status := await(t, answered); status != 204 {
		t.Error(status)
	}
	goOn.Store(false)
	go post()
	<-begun
	s.Close(3000, "enough")
	wantNext(t, r, "c[3000,\"enough\"]\n")
	await(t, answered)
	conversation.wantClosed(3000, "enough")
}

// TestSendWithoutRoom has a client that sends and takes nothing. It is not answered, and does not
// fill the memory.
func TestSendWithoutRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conversation := newConversation(t)
		received := 0
		conversation.onReceive = func(p *fakeConversation, batch []Message) {
			received += len(batch)
			for range batch {
				p.session.SendText(strings.Repeat("y", 500))
			}
		}
		w, stop := pipeWeb(t, Options{HighWater: 1000, MaxQueue: 1 << 20}, conversation)
		w.want("POST", "/a/0/s/xhr", "", 200, "o\n")
		body := "[" + strings.Repeat(`"x",`, 9999) + `"x"]`
		done := make(chan struct{})
		go func() {
			defer close(done)
			r := w.do("POST", "/a/0/s/xhr_send", body)
			if r.StatusCode != 204 { // what the session does not want any more is dropped
				t.Error(r.Status)
			}
		}()
		conversation.wantClosed(1006, "")
		<-done
		if received != batchMessages {
			t.Errorf("%d messages were taken", received)
		}
		stop()
	})
}

// TestSendsAtOnce checks that the bodies of requests that arrive at once are delivered one after
// the other, each in one piece.
func TestSendsAtOnce(t *testing.T) {
	t.Parallel()
	conversation := newConversation(t)
	var got []string
	conversation.onReceive = func(p *fakeConversation, batch []Message) {
		for _, m := range batch {
			got = append(got, string(m.Data))
		}
	}
	w := startWeb(t, Options{}, conversation)
	r := w.do("POST", "/a/0/s/xhr_streaming", "")
	wantNext(t, r, xhrPrelude+"o\n")
	const each = 50
	var all sync.WaitGroup
	for _, name := range []string{"a", "b"} {
		all.Go(func() {
			for range each {
				for {
					r, err := w.client.Post(w.base+"/a/0/s/xhr_send", "text/plain", strings.NewReader(`["`+name+`1","`+name+`2"]`))
					if err != nil {
						t.Error(err)
						return
					}
					r.Body.Close()
					if r.StatusCode == 204 {
						break
					}
				}
			}
		})
	}
	all.Wait()
	if len(got) != 4*each {
		t.Fatalf("%d messages", len(got))
	}
	for i := 0; i < len(got); i += 2 {
		if got[i][:1] != got[i+1][:1] || got[i][1] != '1' || got[i+1][1] != '2' {
			t.Fatalf("at %d: %s, %s", i, got[i], got[i+1])
		}
	}
}
