package command

import (
	"bytes"
	"context"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/runtime/command/option"
)

// pipe runs the program to its end with an input, and returns what it printed and its exit code.
func pipe(t *testing.T, input io.Reader, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out, err bytes.Buffer
	cmd := commandtest.Command(ctx, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = input, &out, &err
	if failure := cmd.Run(); cmd.ProcessState == nil || ctx.Err() != nil {
		t.Fatal(failure, out.String(), err.String())
	}
	return out.String(), err.String(), cmd.ProcessState.ExitCode()
}

const talkative = `exports.Module = class {
	onConnect(c){ c.send([c.transport, c.protocol, c.request.origin, c.request.headers['x-a'], c.request.headers.host, c.request.query.a].join(' ')) }
	onData(data, c){
		const [word, code] = data[0] === 1 ? ['close', 4001] : String(data).split(' ');
		if (word == 'close') c.close(+code, 'because'); else if (word == 'cut') c.terminate(); else if (word == 'long') c.send('x'.repeat(2000)); else if (word == 'escape') c.send('\x1b[31m red'); else c.send(data);
	}
	onDisconnect(c, code, reason){ console.log('bye ' + code + ' ' + reason) }
};
exports.Module.options = { protocols: ['v2'] };`

// TestConnect sends lines from a pipe over every transport, and checks what comes back.
func TestConnect(t *testing.T) {
	t.Parallel()
	p := commandtest.Start(t, map[string]string{"talk.js": talkative})
	for _, transport := range []string{"websocket", "xhr-streaming", "xhr-polling", "eventsource", "htmlfile", "jsonp-polling"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			args := []string{"connect", ":" + strconv.Itoa(p.Port) + "/talk?a=%20b", "--transport", transport, "--wait", "60"}
			out, err, code := pipe(t, strings.NewReader("a % \"\\ ü\r\n\nclose 1000"), append(args, "--subprotocol", "v1", "--subprotocol=v2",
				"--header", "X-A: x=1", "--header", "Host: localhost", "--origin", "http://a.com")...)
			if want := transport + " v2 http://a.com x=1 localhost  b\na % \"\\ ü\n\n"; code != 0 || out != want || err != "" {
				t.Errorf("exit %d\n%swant\n%s%s", code, out, want, err)
			}
			out, err, code = pipe(t, strings.NewReader("00 ff80\nnohex\n"), append(args, "--binary")...)
			if !strings.HasSuffix(err, "node.websocket: line 2: binary messages are written in hex, as in 68 65 6c 6c 6f\n") || code != 1 {
				t.Errorf("exit %d\n%s%s", code, out, err)
			}
			out, err, code = pipe(t, strings.NewReader("00 ff80\n01\n"), append(args, "--binary")...)
			if !strings.HasSuffix(out, "\n00 ff 80\n") || err != "node.websocket: closed with 4001: because\n" || code != 3 {
				t.Errorf("exit %d\n%s%s", code, out, err)
			}
			out, err, code = pipe(t, strings.NewReader("long"), append(args, "--max-message", "1000")...)
			if !strings.Contains(err, "the connection was lost: ") || !strings.Contains(err, "--max-message") || code != 3 {
				t.Errorf("exit %d\n%.200s\n%s", code, out, err)
			}
			if _, err, code = pipe(t, strings.NewReader("cut"), args...); !strings.HasPrefix(err, "node.websocket: the connection was lost") || code != 3 {
				t.Errorf("exit %d\n%s", code, err)
			}
			if _, err, code = pipe(t, strings.NewReader("x\n"+strings.Repeat("x", 300)+"\n"), append(args, "--max-message", "200")...); code != 1 || err != "node.websocket: line 2: it is longer than --max-message\n" {
				t.Errorf("a long line: exit %d\n%s", code, err)
			}
			if _, err, code = pipe(t, nil, append(args, "--wait", "0")...); code != 0 || err != "" {
				t.Errorf("no input: exit %d\n%s", code, err)
			}
		})
	}
	t.Cleanup(func() {
		p.Wait("24 closes with 1000", func() bool { return strings.Count(p.Text(), "bye 1000 ") >= 24 })
	})
}

// TestConnectRefused checks what is said of connections that are not made, and the exit codes.
func TestConnectRefused(t *testing.T) {
	t.Parallel()
	p := commandtest.Start(t, map[string]string{"talk.js": talkative,
		"no.js": `exports.Module = class { onHandshake(){ return { status: 403, body: 'not \x1b[31m you' } } onData(){ } }`}, "--tls")
	at := strconv.Itoa(p.Port)
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"connect wss://localhost:" + at + "/nosuch --insecure", 1, "cannot connect to wss://localhost:" + at + "/nosuch: refused with 404 Not Found"},
		{"connect no --port " + at + " --tls --insecure", 1, `/no: refused with 403 Forbidden: not \x1b[31m you`},
		{"connect no --port " + at + " --tls --insecure --transport xhr-polling", 1, `/no: refused with 403 Forbidden: not \x1b[31m you`},
		{"connect https://localhost:" + at + "/talk", 1, "; name its authority with --tls-ca FILE, or trust anybody with --insecure\n"},
		{"connect :1/talk", 1, "connection refused"},
		{"connect", 2, "connect: it takes a URL"},
		{"connect a b", 2, `"b": one argument too many`},
		{"connect ftp://a.com/", 2, "the scheme is ws or wss, not ftp"},
		{"connect ws://a.com/#b", 2, "has no fragment"},
		{"connect talk --header nothing", 2, "--header: \"nothing\" is not accepted; it takes a header such as 'Cookie: a=b'"},
		{"connect talk --tls-ca nosuch.pem", 2, "--tls-ca: open nosuch.pem"},
		{"connect --help", 0, " connect chat --origin http://a.com\n"},
	} {
		out, err, code := pipe(t, nil, strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(out+err, c.want) {
			t.Errorf("%s: exit %d, want %d: %s%s\nwant %s", c.args, code, c.code, out, err, c.want)
		}
	}
}

// TestConnectTLS connects to a server whose certificate is trusted because of --tls-ca.
func TestConnectTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	commandtest.WriteCertificate(t, commandtest.NewCertificate(t, func(c *x509.Certificate) { commandtest.AnyPurpose(c); c.IsCA = true }), cert, key)
	p := commandtest.Start(t, map[string]string{"talk.js": talkative}, "--tls-cert", cert, "--tls-key", key)
	for _, transport := range []string{"websocket", "xhr-streaming"} {
		out, err, code := pipe(t, strings.NewReader("x\nclose 1000\n"), "connect", "wss://localhost:"+strconv.Itoa(p.Port)+"/talk", "--tls-ca", cert, "--wait", "60", "--transport", transport)
		if code != 0 || !strings.HasSuffix(out, "\nx\n") {
			t.Errorf("%s: exit %d\n%s%s", transport, code, out, err)
		}
	}
}

func TestConnectURL(t *testing.T) {
	for text, want := range map[string]string{
		"chat": "ws://localhost:81/chat", "/chat?a=b": "ws://localhost:81/chat?a=b", "": "ws://localhost:81/", "/chat.v2": "ws://localhost:81/chat.v2",
		":8080/chat": "ws://localhost:8080/chat", "localhost/chat": "ws://localhost/chat", "localhost:1": "ws://localhost:1", "example.com/a": "ws://example.com/a",
		"[::1]:80/a": "ws://[::1]:80/a", "http://a/b": "ws://a/b", "https://a/b": "wss://a/b", "wss://u:p@a:1/b": "wss://u:p@a:1/b", "ftp://a": "", "ws://": "", "ws://a/#": "ws://a/", "ws://a/#b": "",
	} {
		set, err := option.Connect.Parse([]string{"--port", "81", "--host", "0.0.0.0"})
		if err != nil {
			t.Fatal(err)
		}
		u, err := connectURL(set, text)
		got := ""
		if err == nil {
			got = u.String()
		}
		if got != want {
			t.Errorf("%q: %s, %v, want %s", text, got, err, want)
		}
	}
}

// TestConnectSockJS connects to a server of plain SockJS, which knows neither subprotocols nor binary messages.
func TestConnectSockJS(t *testing.T) {
	t.Parallel()
	sent := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path.Base(r.URL.Path) {
		case "xhr_send":
			body, _ := io.ReadAll(r.Body)
			sent <- string(body)
			w.WriteHeader(http.StatusNoContent)
		case "xhr_streaming":
			_, _ = io.WriteString(w, strings.Repeat("h", 2048)+"\no\nh\na[\"one\",\"t\\u0077o\"]\n")
			w.(http.Flusher).Flush()
			select {
			case text := <-sent:
				_, _ = io.WriteString(w, "a"+text+"\nc[3000,\"Go away!\"]\n")
			case <-r.Context().Done():
			}
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	out, err, code := pipe(t, strings.NewReader("hello\n"), "connect", server.URL+"/echo", "--transport", "xhr-streaming", "--wait", "60")
	if code != 3 || out != "one\ntwo\nhello\n" || err != "node.websocket: closed with 3000: Go away!\n" {
		t.Errorf("exit %d\n%s%s", code, out, err)
	}
	_, err, code = pipe(t, strings.NewReader("00\n"), "connect", server.URL+"/echo", "--transport", "xhr-streaming", "--binary")
	if code != 1 || !strings.HasSuffix(err, "line 1: this server has no binary messages over xhr-streaming\n") {
		t.Errorf("binary: exit %d\n%s", code, err)
	}
}
