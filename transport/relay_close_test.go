package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// TestRelayCloseBehindMessages has clients of every kind that close or go while a module does not take
// their messages. The conversation hears of it at once, or when no request has come in time, and the
// request with the messages is answered.
func TestRelayCloseBehindMessages(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		stream bool   // the client has a receiver
		body   string // of two messages, of which one is taken
		then   func(w *web, path string, receiver io.Closer)
		code   int
		after  time.Duration
		answer int // to the body
	}{
		{"a close in the same body", true, `["a","b",[4001,"bye"]]`, nil, 4001, 0, 204},
		{"a close in the next body", true, `["a","b"]`, func(w *web, path string, _ io.Closer) {
			w.want("POST", path+"&n=0", "[]", 204, "")
			synctest.Wait() // the first body has been answered
			w.want("POST", path+"&n=2", `[[4001,"bye"]]`, 204, "")
		}, 4001, 0, 204},
		{"a receiver that is aborted", true, `["a","b"]`, func(_ *web, _ string, receiver io.Closer) { receiver.Close() }, 1006, 0, 204},
		{"no receiver that comes", false, `["a","b"]`, nil, 1006, 5 * time.Second, 204},
	} {
		synctest.Test(t, func(t *testing.T) {
			p, paused := pausedConversation(t)
			w, stop := pipeWeb(t, Options{}, p)
			path := openOwn(w)
			var receiver io.Closer
			if test.stream {
				r := w.do("POST", "/a/0/s/xhr_streaming"+path, "")
				receiver = r.Body
				go io.Copy(io.Discard, r.Body) // ends with the response
			}
			answered, begin := make(chan int, 1), time.Now()
			go func() { answered <- w.do("POST", "/a/0/s/xhr_send"+path+"&n=1", test.body).StatusCode }()
			await(t, paused)
			synctest.Wait()
			if test.then != nil {
				test.then(w, "/a/0/s/xhr_send"+path, receiver)
			}
			if got := await(t, p.closed); got.code != test.code {
				t.Errorf("%s: Disconnected with %v, want %d", test.name, got, test.code)
			}
			if status := await(t, answered); status != test.answer {
				t.Errorf("%s: the body was answered with %d, want %d", test.name, status, test.answer)
			}
			if took := time.Since(begin); took != test.after {
				t.Errorf("%s: Disconnected after %v, want %v", test.name, took, test.after)
			}
			stop()
		})
	}
}

// TestRelaySenderGoes has a request with messages that is aborted while a module does not take them. That is
// no close: they are delivered when the module takes them, and the session goes on.
func TestRelaySenderGoes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, paused := pausedConversation(t)
		w, stop := pipeWeb(t, Options{}, p)
		path := openOwn(w)
		receiver := w.do("POST", "/a/0/s/xhr_streaming"+path, "").Body
		ctx, abort := context.WithCancel(t.Context())
		go w.try(ctx, "POST", "/a/0/s/xhr_send"+path+"&n=1", `["a","b","c"]`)
		await(t, paused)
		abort()
		synctest.Wait()
		if p.ending.Load() || len(p.closed) != 0 {
			t.Error("the session ends")
		}
		got := make(chan string, 10)
		p.takes = func(p *fakeConversation, batch []Message) int {
			for _, m := range batch {
				got <- string(m.Data)
			}
			return len(batch)
		}
		p.session.Resume()
		for _, want := range []string{"b", "c"} {
			if m := await(t, got); m != want {
				t.Errorf("message %s, want %s", m, want)
			}
		}
		synctest.Wait()
		w.want("POST", "/a/0/s/xhr_send"+path+"&n=1", `["a","b","c"]`, 204, "") // which it repeats
		w.want("POST", "/a/0/s/xhr_send"+path+"&n=2", `["d"]`, 204, "")
		if m := await(t, got); m != "d" || len(got) != 0 {
			t.Errorf("message %s and %d more, want d", m, len(got))
		}
		receiver.Close()
		p.wantClosed(1006, "")
		stop()
	})
}

// openOwn opens the session /a/0/s as client.js does, and returns the query of its further requests.
func openOwn(w *web) string {
	w.t.Helper()
	opened, err := io.ReadAll(w.do("POST", "/a/0/s/xhr?nws=1", "").Body)
	if err != nil {
		w.t.Fatal(err)
	}
	var open []string
	if err := json.Unmarshal(bytes.TrimPrefix(bytes.TrimSpace(opened), []byte("o")), &open); err != nil || len(open) != 2 {
		w.t.Fatalf("%q, %v", opened, err)
	}
	return "?nws=" + open[1]
}
