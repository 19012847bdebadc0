package clients

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/transport/websocket/websockettest"
)

const secureModule = `this.Module = function(){ this.onData = function(d, c){
	c.send([d, c.secure, c.request.secure, c.server.options.tls, c.remoteAddress].join(' ')) } };`

// TestACME gets a certificate from Pebble, which checks the name by TLS-ALPN-01 on the program's own
// port, with and without --tls-client-ca. The next start must take it from the cache.
func TestACME(t *testing.T) {
	dir := t.TempDir()
	pebble, names := goTool(t, "pebble"), goTool(t, "pebble-challtestsrv")
	pair := commandtest.NewCertificate(t, commandtest.AnyPurpose) // for Pebble itself and for a client
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	commandtest.WriteCertificate(t, pair, certFile, keyFile)

	authority, management, dns, control, port := commandtest.FreePort(t), commandtest.FreePort(t), commandtest.FreePort(t), commandtest.FreePort(t), commandtest.FreePort(t)
	local := func(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": local(authority), "managementListenAddress": local(management), "certificate": certFile, "privateKey": keyFile,
		"httpPort": commandtest.FreePort(t), "tlsPort": port,
	}})
	if err != nil {
		t.Fatal(err)
	}
	configFile := filepath.Join(dir, "pebble.json")
	commandtest.WriteFile(t, configFile, string(config))
	background(t, exec.Command(names, "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-dnsserver", local(dns), "-management", local(control),
		"-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", ""))
	authorityCmd := exec.Command(pebble, "-config", configFile, "-dnsserver", local(dns))
	authorityCmd.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0")
	background(t, authorityCmd)
	waitForPort(t, authority)
	waitForPort(t, control)

	t.Setenv("SSL_CERT_FILE", certFile)
	for _, more := range [][]string{nil, {"--tls-client-ca", certFile}} {
		cache := t.TempDir()
		args := append([]string{"--port", fmt.Sprint(port), "--host", "127.0.0.1", "--acme-domain", "chat.example.com", "--acme-cache", cache,
			"--acme-directory", fmt.Sprintf("https://localhost:%d/dir", authority)}, more...)
		var first []byte
		for range 2 {
			p := commandtest.Start(t, map[string]string{"test.js": secureModule}, args...)
			client := &tls.Config{ServerName: "chat.example.com"}
			if more != nil {
				client.Certificates = []tls.Certificate{pair}
			}
			var conn *tls.Conn
			p.Wait("a certificate", func() (ok bool) { // on a busy machine a client may have to come again for it
				conn, err = p.DialTLS(client)
				return err == nil
			})
			cert := conn.ConnectionState().PeerCertificates[0]
			if err := cert.VerifyHostname("chat.example.com"); err != nil || !strings.HasPrefix(cert.Issuer.CommonName, "Pebble") {
				t.Errorf("%v: issued by %q: %v", more, cert.Issuer.CommonName, err)
			}
			if first != nil && string(first) != string(cert.Raw) {
				t.Errorf("%v: another certificate than the one in the cache", more)
			}
			first = cert.Raw
			c := websockettest.New(t, conn).Open("/test")
			c.SendText("hello")
			if got := c.Next(); got != "hello true true true 127.0.0.1" {
				t.Errorf("%v: %s", more, got)
			}
			_ = conn.Close()
			p.Stop(os.Interrupt)
		}
	}
}

// goTool returns the path of a tool of examples/go.mod, which the go command builds if need be.
func goTool(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "tool", "-n", name).Output()
	if err != nil {
		t.Fatalf("go tool %s: %v", name, err)
	}
	return strings.TrimSpace(string(out))
}

// background runs a program until the test ends, and shows what it printed if the test has failed.
func background(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s: %s", filepath.Base(cmd.Path), out.String())
		}
	})
}

func waitForPort(t *testing.T, port int) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
		if err == nil {
			_ = conn.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}
