package transport

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestBodyInParts has a body of more than may be held: what is complete is delivered before the rest
// comes. When the request fails and client.js repeats it, nothing is delivered twice.
func TestBodyInParts(t *testing.T) {
	t.Parallel()
	const size, n = 100_000, 5
	conversation := newConversation(t)
	got := make(chan string, 2*n)
	conversation.onReceive = func(p *fakeConversation, batch []Message) {
		for _, m := range batch {
			got <- string(m.Data[:1])
		}
	}
	w := startWeb(t, Options{MaxMessage: size}, conversation)
	path := "/a/0/s/xhr_send" + openOwn(w) + "&n=1"
	var elements []string
	for i := range n {
		elements = append(elements, `"`+strings.Repeat(fmt.Sprint(i), size)+`"`)
	}
	whole := "[" + strings.Join(elements, ",") + "]"

	c := dial(t, strings.TrimPrefix(w.base, "http://"))
	fmt.Fprintf(c.conn, "POST %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: %d\r\n\r\n%s", path, len(whole), whole[:len(whole)/2])
	if first := await(t, got); first != "0" {
		t.Fatal(first)
	}
	c.conn.Close()
	waitFor(t, func() bool { // until the first request has ended, there is a 429
		r, err := w.try(t.Context(), "POST", path, whole)
		return err == nil && r.StatusCode == http.StatusNoContent // an error, if the connection was closed before the answer was seen
	})
	for i := 1; i < n; i++ {
		if next := await(t, got); next != fmt.Sprint(i) {
			t.Errorf("message %s, want %d", next, i)
		}
	}
	w.want("POST", path, whole, 204, "")
	if len(got) != 0 {
		t.Error("a message was delivered twice")
	}
}

// TestBodySpeed has bodies that come slowly, but not too slowly, and one that stops in the middle: its
// client has HandshakeTimeout from then on, however much has come.
func TestBodySpeed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, stop := pipeWeb(t, Options{HeartbeatTimeout: time.Hour}, newConversation(t))
		receiver := w.do("POST", "/a/0/s/xhr_streaming", "")
		wantNext(t, receiver, xhrPrelude+"o\n")
		// http.Client may see that the server has closed the connection before it sees the answer.
		send := func(text string, seconds, stopAt int) (status int, took time.Duration) {
			conn, err := w.client.Transport.(*http.Transport).DialContext(t.Context(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			begin := time.Now()
			go func() { // ends with the body, or the connection
				io.WriteString(conn, "POST /a/0/s/xhr_send HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Go-http-client/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
				body := httputil.NewChunkedWriter(conn)
				io.WriteString(body, "[")
				for i := range seconds {
					if i == stopAt {
						return
					}
					if _, err := io.WriteString(body, text); err != nil {
						return
					}
					time.Sleep(time.Second) // of the bubble's own clock
				}
				io.WriteString(body, `""]`)
				body.Close()
				io.WriteString(conn, "\r\n")
			}()
			r, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			return r.StatusCode, time.Since(begin)
		}
		element := func(n int) string { return `"` + strings.Repeat("x", n) + `",` }
		if status, _ := send(element(20_000), 60, -1); status != 204 {
			t.Errorf("20 kB a second: %d", status)
		}
		if status, took := send(element(10_000), 60, -1); status != 408 || took > 11*time.Second {
			t.Errorf("10 kB a second: %d after %v", status, took)
		}
		if status, took := send(element(100_000), 60, 20); status != 408 || took > 31*time.Second {
			t.Errorf("stopped after 20 s: %d after %v", status, took)
		}
		receiver.Body.Close()
		stop()
	})
}
