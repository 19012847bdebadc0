package command

import (
	"crypto/tls"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/transport/websocket/websockettest"
)

// TestNoDescriptors saves a module, and connects, while the program can open no file. When it can, the new code serves and so is the
// client, and the log has no line for each try.
func TestNoDescriptors(t *testing.T) {
	t.Parallel()
	answer := func(text string) string {
		return "this.Module = function(){ this.onData = function(d, c){ c.send('" + text + "') } };"
	}
	p := commandtest.Start(t, map[string]string{"test.js": answer("one"), "deep/er/test.js": answer("one"), "idle.js": answer("one")})
	a, b := p.Dial("/test"), p.Dial("/deep/er/test")
	both := func(want string) bool {
		t.Helper()
		a.SendText("x")
		b.SendText("x")
		return a.Next() == want && b.Next() == want
	}
	if !both("one") {
		t.Error("not the module's answer")
	}
	p.Wait("the modules", func() bool { return strings.Contains(p.Text(), "modules are ready") })
	p.LimitFiles(3)
	late := websockettest.Dial(t, p.Address())
	late.Raw([]byte(websockettest.Handshake("/test")))
	for _, name := range []string{"test.js", "deep/er/test.js", "idle.js"} {
		commandtest.WriteFile(t, filepath.Join(p.Dir, filepath.FromSlash(name)), answer("two"))
	}
	const unread, unaccepted = "the modules cannot be read", "connections cannot be accepted"
	p.Wait("the shortage", func() bool { return strings.Contains(p.Text(), unread) && strings.Contains(p.Text(), unaccepted) })
	if !both("one") {
		t.Error("the version that served does not serve on")
	}
	p.LimitFiles(1000)
	p.Wait("the new code", func() bool { return both("two") })
	late.Accepted()
	late.SendText("x")
	if got := late.Next(); got != "two" {
		t.Error(got)
	}
	p.Wait("the end of the shortage", func() bool {
		return strings.Contains(p.Text(), "the modules can be read again") && strings.Contains(p.Text(), "connections are accepted again")
	})
	text := p.Text()
	for _, line := range []string{unread, unaccepted} {
		if n := strings.Count(text, line); n != 1 {
			t.Errorf("%d lines of %q", n, line)
		}
	}
	if strings.Contains(text, "ERROR") || strings.Contains(text, "deleted") {
		t.Error("what could not be read was taken for wrong or deleted")
	}
}

// TestNoDescriptorsWhilePolling has a client of a fallback poll while the program can open no file, over TLS too, and another come. The
// first is served all along, and the other once the program can.
func TestNoDescriptorsWhilePolling(t *testing.T) {
	t.Parallel()
	for scheme, args := range map[string][]string{"http": nil, "https": {"--tls"}} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			p := commandtest.Start(t, map[string]string{"test.js": "this.Module = function(){ this.onData = function(d, c){ c.send(d) } };"}, args...)
			// newSession returns a function that makes a request of a session of SockJS, on the one connection of its own.
			newSession := func(name string) func(action, body string) (string, error) {
				transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, MaxConnsPerHost: 1}
				t.Cleanup(transport.CloseIdleConnections)
				return func(action, body string) (string, error) {
					r, err := (&http.Client{Transport: transport}).Post(scheme+"://"+p.Address()+"/test/000/"+name+"/"+action, "text/plain", strings.NewReader(body))
					if err != nil {
						return "", err
					}
					defer r.Body.Close()
					text, err := io.ReadAll(r.Body)
					return r.Status + " " + string(text), err
				}
			}
			want := func(want string) func(got string, err error) {
				return func(got string, err error) {
					t.Helper()
					if err != nil || got != want {
						t.Errorf("%q, %v; want %q", got, err, want)
					}
				}
			}
			first, late := newSession("first"), newSession("late")
			want("200 OK o\n")(first("xhr", ""))
			p.LimitFiles(3)
			opened := make(chan func(), 1)
			go func() { // ends with the response
				got, err := late("xhr", "")
				opened <- func() { want("200 OK o\n")(got, err) }
			}()
			p.Wait("the shortage", func() bool { return strings.Contains(p.Text(), "connections cannot be accepted") })
			for range 3 {
				want("204 No Content ")(first("xhr_send", `["x"]`))
				want("200 OK a[\"x\"]\n")(first("xhr", ""))
			}
			select {
			case check := <-opened:
				check()
				t.Error("the late client was served without a descriptor")
			default:
				p.LimitFiles(1000)
				(<-opened)()
			}
			want("204 No Content ")(late("xhr_send", `["y"]`))
			want("200 OK a[\"y\"]\n")(late("xhr", ""))
			p.Wait("the end of the shortage", func() bool { return strings.Contains(p.Text(), "connections are accepted again") })
			if strings.Contains(p.Text(), "ERROR") {
				t.Error("the shortage is told of as an error")
			}
		})
	}
}
