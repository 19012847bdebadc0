package clients

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// TestHAProxy puts HAProxy in front of the program: with each of its ways to tell the client's
// address, and as a client of HTTP/2 that carries WebSockets of HTTP/1.1 on its streams.
func TestHAProxy(t *testing.T) {
	t.Parallel()
	haproxy, err := exec.LookPath("haproxy")
	if err != nil || runtime.GOOS != "linux" { // other systems do not have the address 127.0.0.9
		commandtest.Missing(t, "there is no HAProxy on this machine")
	}
	module := map[string]string{"test.js": `this.Module = function(){ this.onData = function(d, c){
		c.send([c.remoteAddress, c.secure, c.request.httpVersion, d.length].join(' ')) } };
		this.Module.options = {protocols: ['chat']};`}
	told := commandtest.Start(t, module, "--proxy-protocol", "--trust-proxy", "127.0.0.1").Port
	forwarded := commandtest.Start(t, module, "--trust-proxy", "127.0.0.1").Port
	secure := commandtest.Start(t, module, "--tls").Port

	dir := t.TempDir()
	pair := filepath.Join(dir, "pair.pem")
	commandtest.WriteCertificate(t, commandtest.NewCertificate(t, nil), pair, pair+".key") // HAProxy finds the key by that name
	var listeners []*os.File
	var config strings.Builder
	config.WriteString("defaults\n\tmode http\n\ttimeout connect 20s\n\ttimeout client 20s\n\ttimeout server 20s\n")
	listen := func(name, bind string, lines ...string) (port int) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		file, err := l.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = file.Close() })
		port = l.Addr().(*net.TCPAddr).Port
		_ = l.Close() // file holds it open
		listeners = append(listeners, file)
		fmt.Fprintf(&config, "listen %s\n\tbind fd@%d %s\n\t%s\n", name, 2+len(listeners), bind, strings.Join(lines, "\n\t"))
		return port
	}
	server := func(port int, options string) string { return fmt.Sprintf("server s 127.0.0.1:%d %s", port, options) }
	const forward = "option forwardfor\n\thttp-request set-header X-Forwarded-Proto https"
	cases := []struct {
		name, scheme string
		port         int
		want         string
	}{
		{"PROXY 1", "ws", listen("v1", "", "mode tcp", server(told, "send-proxy")), "127.0.0.9 false 1.1"},
		{"PROXY 2", "ws", listen("v2", "", "mode tcp", server(told, "send-proxy-v2")), "127.0.0.9 false 1.1"},
		{"PROXY 2 with TLS", "wss", listen("v2ssl", "ssl crt "+pair, "mode tcp", server(told, "send-proxy-v2-ssl-cn")), "127.0.0.9 true 1.1"},
		{"X-Forwarded", "ws", listen("forwarded", "", forward, server(forwarded, "")), "127.0.0.9 true 1.1"},
		{"HTTP/2", "ws", listen("h2c", "", forward, server(forwarded, "proto h2")), "127.0.0.9 true 2.0"},
		{"HTTP/2 and TLS", "ws", listen("h2", "", server(secure, "ssl verify none alpn h2")), "127.0.0.1 true 2.0"},
		{"no proxy", "ws", forwarded, "127.0.0.9 false 1.1"},
		{"no proxy, where PROXY is expected", "ws", told, "127.0.0.9 false 1.1"},
	}
	file := filepath.Join(dir, "haproxy.cfg")
	commandtest.WriteFile(t, file, config.String())
	cmd := exec.Command(haproxy, "-db", "-f", file)
	cmd.ExtraFiles = listeners
	background(t, cmd)
	for _, c := range cases {
		got := nodeScript(t, wsClient+`
main(async () => {
	const {ws, gone, client} = await dial(process.argv[1], {localAddress: '127.0.0.9', headers: {'X-Forwarded-For': '192.0.2.1'}});
	client.send('hello');
	const short = await client.next();
	client.send('x'.repeat(300000));
	const long = await client.next();
	ws.close(1000);
	return [short, long.split(' ').pop(), ...await gone].join(' ');
});`, fmt.Sprintf("%s://127.0.0.1:%d/test", c.scheme, c.port))
		if want := c.want + " 5 300000 1000 "; got != want {
			t.Errorf("%s: %q, want %q", c.name, got, want)
		}
	}
}
