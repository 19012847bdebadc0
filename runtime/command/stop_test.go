package command

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// probe returns the status of a GET, its body, and its Retry-After. It makes a connection of its own.
// Further arguments are names and values of headers.
func probe(t *testing.T, url string, header ...string) (status int, body, retry string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	transport := new(http.Transport)
	defer transport.CloseIdleConnections()
	r, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	return r.StatusCode, string(b), r.Header.Get("Retry-After")
}

// TestDrain looks at a server that is stopping, and waits for a client to answer its close: it is alive
// and not ready, and refuses new clients. The module has been disposed of before.
func TestDrain(t *testing.T) {
	t.Parallel()
	const disposing = farewell + `module.hot.dispose(function(){ console.log('disposed') });`
	internal := commandtest.FreePort(t)
	p := commandtest.Start(t, map[string]string{"test.js": disposing}, "--internal-port", strconv.Itoa(internal), "--shutdown-timeout", "60")
	bases := []string{"http://" + p.Address(), "http://127.0.0.1:" + strconv.Itoa(internal)}
	client := p.Dial("/test")
	for _, base := range bases {
		for _, path := range []string{"/health", "/ready"} {
			if status, body, _ := probe(t, base+path); status != 200 || body != "ok\n" {
				t.Errorf("%s%s: %d %q", base, path, status, body)
			}
		}
	}
	if status, _, _ := probe(t, bases[1]+"/test"); status != 404 {
		t.Errorf("a module on the internal port: %d", status)
	}
	p.Signal(syscall.SIGTERM)
	p.Wait("the module to be disposed of", func() bool { return strings.Contains(p.Text(), "disposed") })
	for _, base := range bases {
		if status, _, _ := probe(t, base+"/health"); status != 200 {
			t.Errorf("%s/health: %d", base, status)
		}
		if status, body, retry := probe(t, base+"/ready"); status != 503 || body != "the server is shutting down\n" || retry != "10" {
			t.Errorf("%s/ready: %d %q, again in %q", base, status, body, retry)
		}
	}
	if status, body, retry := probe(t, bases[0]+"/test", "Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13",
		"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="); status != 503 || body != "the server is shutting down\n" || retry != "10" {
		t.Errorf("a handshake: %d %q, again in %q", status, body, retry)
	}
	if code := awaitClose(t, client); code != 1001 {
		t.Errorf("closed with %d", code)
	}
	if code := p.Ended(); code != 0 {
		t.Errorf("exit %d", code)
	}
	if text := p.Text(); strings.Count(text, "disposed") != 1 || strings.Index(text, "bye 1001") < strings.Index(text, "disposed") {
		t.Errorf("the module's end:\n%s", text)
	}
}

// TestProbesOfModules checks that a module named ready takes the place of the probe.
func TestProbesOfModules(t *testing.T) {
	t.Parallel()
	p := commandtest.Start(t, map[string]string{"ready.js": `this.Module = function(){ this.onData = function(){} };
		this.Module.onRequest = function(){ return 'my own' };`})
	if _, body, _ := probe(t, "http://"+p.Address()+"/ready"); body != "my own" {
		t.Errorf("%q", body)
	}
}

// TestStopTimeout has a client that leaves the close unanswered and a module that is in a call without
// end. The program ends in time, and in order.
func TestStopTimeout(t *testing.T) {
	t.Parallel()
	p := commandtest.Start(t, map[string]string{
		"test.js": farewell,
		"busy.js": `this.Module = function(){ }; this.Module.prototype.onData = function(d, c){ console.log('in the loop'); while (true); }; module.hot.dispose(function(){});`,
	}, "--shutdown-timeout", "3", "--handler-timeout", "60")
	p.Dial("/test")
	p.Dial("/busy").SendText("x")
	p.Wait("the call", func() bool { return strings.Contains(p.Text(), "in the loop") })
	if code := p.Stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit %d", code)
	}
	for _, want := range []string{"too busy to be told", "the program ends without what has not stopped", "bye 1001"} {
		if !strings.Contains(p.Text(), want) {
			t.Errorf("no %q in\n%s", want, p.Text())
		}
	}
}

// TestStopOptions refuses a spread that the timeout would cut short.
func TestStopOptions(t *testing.T) {
	t.Parallel()
	out, code := commandtest.Run(t, t.TempDir(), "--shutdown-spread", "9")
	if code != 2 || !strings.Contains(out, "cuts the clients that are left after 8 s") {
		t.Errorf("exit %d: %s", code, out)
	}
}
