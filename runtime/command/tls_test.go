package command

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/runtime/command/option"
	"node.websocket/transport/websocket/websockettest"
)

const secureModule = `this.Module = function(){ this.onData = function(d, c){
	c.send([d, c.secure, c.request.secure, c.server.options.tls, c.remoteAddress].join(' ')) } };`

// echoOver opens a WebSocket over a connection, and returns it with the module's answer.
func echoOver(t *testing.T, conn net.Conn, lines ...string) (*websockettest.Client, string) {
	t.Helper()
	c := websockettest.New(t, conn).Open("/test", lines...)
	c.SendText("hello")
	return c, c.Next()
}

// TestCheckTLS checks which options exclude each other, and which turn TLS on.
func TestCheckTLS(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"--tls-cert=a":               "--tls-cert and --tls-key: one needs the other",
		"--tls-key=a":                "--tls-cert and --tls-key: one needs the other",
		"--acme-cache=a":             "they need --acme-domain",
		"--acme-directory=https://a": "they need --acme-domain",
		"--acme-domain=a.com --tls-cert=a --tls-key=b": "not both",
		"":                         "false",
		"--tls":                    "true",
		"--tls-cert=a --tls-key=b": "true",
		"--acme-domain=a.com":      "true",
		"--tls-client-ca=a":        "true",
	} {
		set, err := option.Serve.Parse(strings.Fields(args))
		if err != nil {
			t.Fatal(err)
		}
		set, err = checkTLS(set)
		if got := fmt.Sprint(option.TLS.In(set), " ", err); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", args, got, want)
		}
	}
}

// TestSelfMadeCertificate checks the certificate that --tls makes, and what a client without TLS is
// told.
func TestSelfMadeCertificate(t *testing.T) {
	t.Parallel()
	p := commandtest.Start(t, map[string]string{"test.js": secureModule}, "--tls")
	if !strings.Contains(p.Text(), "wss://localhost:") || !strings.Contains(p.Text(), "made for localhost, for as long as this runs") {
		t.Errorf("banner: %s", p.Text())
	}
	conn, err := p.DialTLS(nil)
	if err != nil {
		t.Fatal(err)
	}
	cert := conn.ConnectionState().PeerCertificates[0]
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	for _, name := range []string{"localhost", "127.0.0.1", "::1"} {
		if _, err := cert.Verify(x509.VerifyOptions{DNSName: name, Roots: roots}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if key, ok := cert.PublicKey.(*ecdsa.PublicKey); !ok || key.Curve != elliptic.P256() {
		t.Errorf("the key is a %T", cert.PublicKey)
	}
	if _, got := echoOver(t, conn); got != "hello true true true 127.0.0.1" {
		t.Error(got)
	}
	if _, err := p.DialTLS(&tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	plain, err := net.Dial("tcp", p.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if err := websockettest.New(t, plain).TryOpen("/test"); err == nil || !strings.HasSuffix(err.Error(), "400 Bad Request: this port speaks TLS: use https:// and wss:// instead of http:// and ws://") {
		t.Errorf("plain HTTP: %v", err)
	}
}

// writePair writes a new certificate and its key, and returns the certificate.
func writePair(t *testing.T, certFile, keyFile string) *x509.Certificate {
	t.Helper()
	pair := commandtest.NewCertificate(t, nil)
	commandtest.WriteCertificate(t, pair, certFile, keyFile)
	return pair.Leaf
}

// TestCertificateFiles checks that new certificates are used without a restart, that faulty ones are
// logged once and not used, and that connections stay open.
func TestCertificateFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	first := writePair(t, certFile, keyFile)
	p := commandtest.Start(t, map[string]string{"test.js": secureModule}, "--tls-cert", certFile, "--tls-key", keyFile)
	serves := func(want *x509.Certificate) bool {
		conn, err := p.DialTLS(nil)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return bytes.Equal(conn.ConnectionState().PeerCertificates[0].Raw, want.Raw)
	}
	conn, err := p.DialTLS(nil)
	if err != nil {
		t.Fatal(err)
	}
	open, _ := echoOver(t, conn)
	if !serves(first) {
		t.Error("the certificate is not that of the file")
	}

	second := writePair(t, certFile, keyFile)
	p.Wait("the second certificate", func() bool { return serves(second) })

	// Half of a new pair, and then nonsense: the second certificate stays in use, and each fault is logged once.
	writePair(t, certFile, filepath.Join(dir, "other.pem"))
	p.Wait("the log", func() bool {
		return serves(second) && strings.Contains(p.Text(), "private key does not match public key")
	})
	commandtest.WriteFile(t, keyFile, "nonsense")
	p.Wait("the log", func() bool { return serves(second) && strings.Contains(p.Text(), "failed to find any PEM data") })
	if err := os.Remove(keyFile); err != nil {
		t.Fatal(err)
	}
	p.Wait("the log", func() bool { return serves(second) && strings.Contains(p.Text(), "no such file") })
	if n := strings.Count(p.Text(), "the old one serves on"); n != 3 {
		t.Errorf("%d lines of what is wrong, want 3:\n%s", n, p.Text())
	}
	fourth := writePair(t, certFile, keyFile)
	p.Wait("the fourth certificate", func() bool { return serves(fourth) })

	open.SendText("still here")
	if got := open.Next(); !strings.HasPrefix(got, "still here") {
		t.Error(got)
	}
}

// TestClientCertificates checks that --tls-client-ca refuses clients without a certificate of that
// authority.
func TestClientCertificates(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ca := filepath.Join(dir, "ca.pem")
	good, bad := commandtest.NewCertificate(t, commandtest.AnyPurpose), commandtest.NewCertificate(t, commandtest.AnyPurpose)
	commandtest.WriteCertificate(t, good, ca, filepath.Join(dir, "key.pem"))
	p := commandtest.Start(t, map[string]string{"test.js": secureModule}, "--tls-client-ca", ca)
	conn, err := p.DialTLS(&tls.Config{Certificates: []tls.Certificate{good}})
	if err != nil {
		t.Fatal(err)
	}
	if _, got := echoOver(t, conn); !strings.HasPrefix(got, "hello true") {
		t.Error(got)
	}
	for _, certs := range [][]tls.Certificate{nil, {bad}} {
		conn, err := p.DialTLS(&tls.Config{Certificates: certs})
		if err == nil { // in TLS 1.3 the client is refused after its handshake
			_, err = conn.Read(make([]byte, 1))
		}
		if err == nil || err == io.EOF || !strings.Contains(err.Error(), "tls") {
			t.Errorf("with %d certificates: %v", len(certs), err)
		}
	}
}

// TestProxies checks that modules see what a proxy says about the client, given --trust-proxy or
// --proxy-protocol.
func TestProxies(t *testing.T) {
	t.Parallel()
	p := commandtest.Start(t, map[string]string{"test.js": secureModule}, "--trust-proxy", "127.0.0.0/8")
	conn, err := net.Dial("tcp", p.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, got := echoOver(t, conn, "Forwarded: for=\"[2001:db8::1]\";proto=https\r\n"); got != "hello true true false 2001:db8::1" {
		t.Error(got)
	}

	p = commandtest.Start(t, map[string]string{"test.js": secureModule}, "--proxy-protocol")
	conn, err = net.Dial("tcp", p.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "PROXY TCP4 192.0.2.1 192.0.2.2 4711 80\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, got := echoOver(t, conn); got != "hello false false false 192.0.2.1" {
		t.Error(got)
	}
}

// TestFlashPolicyPort checks that Flash's policy is served on its own port and on the server's.
func TestFlashPolicyPort(t *testing.T) {
	t.Parallel()
	port := commandtest.FreePort(t)
	p := commandtest.Start(t, nil, "--flash-policy-port", fmt.Sprint(port), "--origins", "http://a.com", "--tls")
	for _, at := range []int{port, p.Port} {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", at))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "<policy-file-request/>\x00"); err != nil {
			t.Fatal(err)
		}
		policy, err := io.ReadAll(conn)
		if err != nil || !strings.Contains(string(policy), fmt.Sprintf(`<allow-access-from domain="a.com" to-ports="%d"/>`, p.Port)) {
			t.Errorf("port %d: %s, %v", at, policy, err)
		}
	}
	if code := p.Stop(os.Interrupt); code != 0 {
		t.Errorf("exit %d", code)
	}
}
