package command

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A certificate is got from an authority that others wrote: Pebble, of Let's Encrypt, which makes sure of the name by
// TLS-ALPN-01 on the program's own port, with and without --tls-client-ca; the next start has it from the cache.
func TestACME(t *testing.T) {
	pebble, err := exec.LookPath("pebble")
	names, err2 := exec.LookPath("pebble-challtestsrv")
	if err != nil || err2 != nil {
		skip(t, "there is no pebble and pebble-challtestsrv on the PATH; .ci/run installs them")
	}
	dir := t.TempDir()
	pair, err := makeCertificate()
	if err != nil {
		t.Fatal(err)
	}
	// Pebble's own certificate, and a client's: one without a purpose is good for both.
	template := *pair.Leaf
	template.ExtKeyUsage = nil
	key := pair.PrivateKey.(*ecdsa.PrivateKey)
	if pair.Certificate[0], err = x509.CreateCertificate(nil, &template, &template, key.Public(), key); err != nil {
		t.Fatal(err)
	}
	pair.Leaf = nil
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writeFile(t, certFile, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})))
	writeFile(t, keyFile, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})))

	authority, management, dns, control, port := freePort(t), freePort(t), freePort(t), freePort(t), freePort(t)
	local := func(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": local(authority), "managementListenAddress": local(management), "certificate": certFile, "privateKey": keyFile,
		"httpPort": freePort(t), "tlsPort": port,
	}})
	if err != nil {
		t.Fatal(err)
	}
	configFile := filepath.Join(dir, "pebble.json")
	writeFile(t, configFile, string(config))
	background(t, nil, names, "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-dnsserver", local(dns), "-management", local(control),
		"-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", "")
	background(t, []string{"PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0"}, pebble, "-config", configFile, "-dnsserver", local(dns))
	waitForPort(t, authority)
	waitForPort(t, control)

	t.Setenv("SSL_CERT_FILE", certFile)
	for _, more := range [][]string{nil, {"--tls-client-ca", certFile}} {
		cache := t.TempDir()
		args := append([]string{"--port", fmt.Sprint(port), "--host", "127.0.0.1", "--acme-domain", "chat.example.com", "--acme-cache", cache,
			"--acme-directory", fmt.Sprintf("https://localhost:%d/dir", authority)}, more...)
		var first []byte
		for range 2 {
			p := start(t, map[string]string{"test.js": secureModule}, args...)
			client := &tls.Config{ServerName: "chat.example.com"}
			if more != nil {
				client.Certificates = []tls.Certificate{pair}
			}
			conn, err := p.dialTLS(client)
			if err != nil {
				t.Fatalf("%v: %v", more, err)
			}
			cert := conn.ConnectionState().PeerCertificates[0]
			if err := cert.VerifyHostname("chat.example.com"); err != nil || !strings.HasPrefix(cert.Issuer.CommonName, "Pebble") {
				t.Errorf("%v: issued by %q: %v", more, cert.Issuer.CommonName, err)
			}
			if first != nil && string(first) != string(cert.Raw) {
				t.Errorf("%v: another certificate than the one in the cache", more)
			}
			first = cert.Raw
			if _, got := p.echoOver(conn); got != "hello true true true 127.0.0.1" {
				t.Errorf("%v: %s", more, got)
			}
			_ = conn.Close()
			p.stop(os.Interrupt)
		}
	}
}

// background runs a program until the test ends.
func background(t *testing.T, env []string, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s: %s", filepath.Base(name), out.String())
		}
	})
}

// freePort is a port that nobody listens on at this moment.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func waitForPort(t *testing.T, port int) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
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
