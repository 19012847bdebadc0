package transport

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestThousandPolling has a thousand clients that poll at once. Each sends a hundred messages, and
// takes their echoes and a hundred others. No message is lost, doubled or out of order, and nothing
// is left in the end.
func TestThousandPolling(t *testing.T) {
	const sessions = 1000
	messages, each := 100, 20
	if withRace { // .ci/run has the whole of it without
		messages, each = 10, 5
	}
	h := &fakeHandler{}
	var mu sync.Mutex
	var faults []string
	fault := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		faults = append(faults, fmt.Sprintf(format, args...))
	}
	ends := make(chan closed, sessions)
	h.conversation = func() *fakeConversation {
		p := newConversation(t)
		p.closed = ends
		next := 0
		p.onConnected = func(p *fakeConversation) {
			for i := range messages {
				p.session.SendText(fmt.Sprint("server ", i))
				if i%7 == 0 {
					p.session.Flush()
				}
			}
			p.session.Flush()
		}
		p.onReceive = func(p *fakeConversation, batch []Message) {
			for _, m := range batch {
				if want := fmt.Sprint("client ", next); string(m.Data) != want {
					fault("the server got %s, want %s", m.Data, want)
				}
				p.session.SendText("echo " + string(m.Data))
				next++
			}
			p.session.Flush()
		}
		return p
	}
	s, address := serve(t, Options{UnclaimedTimeout: time.Minute, Heartbeat: -1}, h) // the machine that runs this may be slow, with all clients on it too
	before := runtime.NumGoroutine()
	transport := &http.Transport{MaxIdleConnsPerHost: 2 * sessions, IdleConnTimeout: idleTimeout / 2} // before the server closes it
	web := &http.Client{Transport: transport, Timeout: 2 * time.Minute}
	post := func(path, body string, want int) string {
		r, err := web.Post("http://"+address+path, "text/plain", strings.NewReader(body))
		if err != nil {
			fault("%v", err)
			return ""
		}
		defer r.Body.Close()
		answer, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != want {
			fault("%s: %s %.100q, error %v", path, r.Status, answer, err)
		}
		return string(answer)
	}
	var all sync.WaitGroup
	for i := range sessions {
		u := fmt.Sprintf("/a/0/%d", i)
		all.Go(func() {
			if post(u+"/xhr", "", 200) != "o\n" {
				return
			}
			var sending sync.WaitGroup
			sending.Go(func() {
				for n := 0; n < messages; n += each {
					var body []string
					for i := range each {
						body = append(body, fmt.Sprintf(`"client %d"`, n+i))
					}
					post(u+"/xhr_send", "["+strings.Join(body, ",")+"]", 204)
				}
			})
			defer sending.Wait()
			for server, echoed := 0, 0; server < messages || echoed < messages; {
				frame := post(u+"/xhr", "", 200)
				var got []string
				if !strings.HasPrefix(frame, "a") || json.Unmarshal([]byte(frame[1:]), &got) != nil {
					fault("%s: frame %.100q", u, frame)
					return
				}
				for _, m := range got {
					want := fmt.Sprint("server ", server)
					if strings.HasPrefix(m, "echo") {
						want = fmt.Sprint("echo client ", echoed)
						echoed++
					} else {
						server++
					}
					if m != want {
						fault("%s: %s, want %s", u, m, want)
						return
					}
				}
			}
		})
	}
	all.Wait()
	if len(faults) > 0 {
		t.Fatalf("%d faults: %q", len(faults), faults[:min(len(faults), 3)])
	}
	if n := s.Clients(); n != sessions {
		t.Errorf("%d clients", n)
	}
	transport.CloseIdleConnections()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s.Shutdown(ctx)
	for range sessions {
		if got := await(t, ends); got.code != 1001 {
			t.Error(got)
		}
	}
	waitFor(t, func() bool { return runtime.NumGoroutine() <= before+5 && s.Clients() == 0 })
}
