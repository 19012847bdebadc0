package transport

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"node.websocket/transport/websocket"
)

// testTLS returns the configuration of a server with TLS, over which HTTP/2 can be spoken too.
func testTLS(testing.TB) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{testCertificate()}, NextProtos: []string{"h2", "http/1.1"}, MinVersion: tls.VersionTLS12}
}

// testCertificate returns a certificate for 127.0.0.1.
var testCertificate = sync.OnceValue(func() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
})

// dialTLS is dial for a server with TLS.
func dialTLS(t testing.TB, address string) *client {
	t.Helper()
	return tlsClient(t, dial(t, address).conn)
}

// tlsClient begins TLS on a connection.
func tlsClient(t testing.TB, conn net.Conn) *client {
	t.Helper()
	inner := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, CurvePreferences: []tls.CurveID{tls.X25519}}) // the cheapest
	if err := inner.Handshake(); err != nil {
		t.Fatal(err)
	}
	return newClient(t, inner)
}

// TestTLS serves over TLS, which is not the socket's file descriptor but can be half closed.
func TestTLS(t *testing.T) {
	t.Parallel()
	conversations := make(chan *fakeConversation, 2)
	h := &fakeHandler{conversation: func() *fakeConversation { p := echoConversation(t); conversations <- p; return p }}
	_, address := serve(t, Options{MaxMessage: 1 << 20, TLS: testTLS(t)}, h)
	connect := func() (*client, *fakeConversation) {
		return dialTLS(t, address).open("/a"), await(t, conversations)
	}
	c, conversation := connect()
	if !conversation.request.Secure {
		t.Error("the request is not secure")
	}
	for _, text := range []string{"a", strings.Repeat("x", 300<<10), "b"} {
		c.send(websocket.Text, text)
		c.want(websocket.Text, text)
	}
	c.send(websocket.Binary, strings.Repeat("x", 2<<20)) // too big, and not all read
	c.wantClose(1009)
	c.wantEnd()
	conversation.wantClosed(1009, "message too big")

	// A client that takes nothing is cut without waiting until it takes TLS's last record.
	_, conversation = connect()
	s := await(t, conversation.opened)
	text := strings.Repeat("x", 1<<20)
	for s.ReadyState() == 1 {
		s.SendText(text)
	}
	conversation.wantClosed(1008, "does not take what it is sent")
}

// TestTLSHello has clients with a first message of other lengths than those of the other tests.
func TestTLSHello(t *testing.T) {
	t.Parallel()
	for _, config := range []*tls.Config{
		{}, // with keys of post-quantum cryptography
		{NextProtos: []string{strings.Repeat("x", 200), strings.Repeat("y", 200), strings.Repeat("z", 200), "http/1.1"}},
		{MaxVersion: tls.VersionTLS12},
	} {
		_, address := serve(t, Options{TLS: testTLS(t)}, oneConversation(echoConversation(t)))
		config.InsecureSkipVerify = true
		inner := tls.Client(dial(t, address).conn, config)
		if err := inner.Handshake(); err != nil {
			t.Fatal(err)
		}
		c := newClient(t, inner).open("/a")
		for _, text := range []string{"a", strings.Repeat("x", 100<<10), "b"} {
			c.send(websocket.Text, text)
			c.want(websocket.Text, text)
		}
	}
}

func TestPlainHTTPToTLS(t *testing.T) {
	t.Parallel()
	_, address := serve(t, Options{TLS: testTLS(t)}, oneConversation(newConversation(t)))
	for _, request := range []string{handshake("/a"), "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\n\r\n"} {
		c := dial(t, address)
		c.raw([]byte(request))
		r, err := http.ReadResponse(c.in, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != http.StatusBadRequest || strings.Count(string(body), "\n") != 1 || !strings.Contains(string(body), "wss://") {
			t.Errorf("%s %q, %v", r.Status, body, err)
		}
	}
	c := dial(t, address)
	c.raw([]byte{0x80, 0x2e, 1, 3, 1}) // the hello of SSL 2
	c.wantEnd()
}
