package socket

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

var certificate = sync.OnceValue(func() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
})

// A wrapped is a Divertible.
type wrapped struct{ net.Conn }

func (w *wrapped) NetConn() net.Conn { return w.Conn }
func (w *wrapped) Divert(c net.Conn) { w.Conn = c }

// A gate is a connection that can keep what is written.
type gate struct {
	net.Conn
	closed bool
	kept   bytes.Buffer
}

func (g *gate) Write(p []byte) (int, error) {
	if g.closed {
		return g.kept.Write(p)
	}
	return g.Conn.Write(p)
}

// SetWriteDeadline does nothing: crypto/tls uses it up in CloseWrite.
func (g *gate) SetWriteDeadline(time.Time) error { return nil }

// take returns what was kept.
func (g *gate) take() []byte {
	defer g.kept.Reset()
	return bytes.Clone(g.kept.Bytes())
}

// A tlsPair is a client over TLS, and the Descriptor of the server's end with a Poller.
type tlsPair struct {
	*testing.T
	client *tls.Conn
	gate   *gate
	server *tls.Conn
	d      Descriptor
	poller *Poller
	p      []byte
}

// handshakeTLS connects a client with a server that is not detached yet.
func handshakeTLS(t *testing.T, config *tls.Config) *tlsPair {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	s := &tlsPair{T: t, gate: &gate{Conn: conn}, p: make([]byte, 128<<10)}
	config = config.Clone()
	config.InsecureSkipVerify = true
	s.client = tls.Client(s.gate, config)
	s.server = tls.Server(&wrapped{accepted}, &tls.Config{Certificates: []tls.Certificate{certificate()}, MinVersion: tls.VersionTLS10})
	shaken := make(chan error)
	go func() { shaken <- s.server.Handshake() }()
	if err := s.client.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-shaken; err != nil {
		t.Fatal(err)
	}
	return s
}

// detach has the server's end detached.
func (s *tlsPair) detach() *tlsPair {
	s.Helper()
	var err error
	if s.d, err = Detach(s.server); err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { s.d.Close(true) })
	s.poller = newPoller(s.T)
	return s
}

// settled is detach, and reads what is pending, which is nothing.
func (s *tlsPair) settled() *tlsPair {
	s.Helper()
	s.detach()
	if n, err := s.d.Read(s.p); n != 0 || err != nil || s.d.Pending() {
		s.Fatalf("read %d bytes, %v", n, err)
	}
	return s
}

// await waits until the Descriptor is ready.
func (s *tlsPair) await(in Interest) {
	s.Helper()
	if err := s.poller.Watch(s.d, Token{}, 0, in); err != nil {
		s.Fatal(err)
	}
	if _, err := s.poller.Wait(nil, true); err != nil {
		s.Fatal(err)
	}
	if err := s.poller.Watch(s.d, Token{}, in, 0); err != nil {
		s.Fatal(err)
	}
}

// read reads n bytes.
func (s *tlsPair) read(n int) []byte {
	s.Helper()
	var got []byte
	for len(got) < n {
		if !s.d.Pending() {
			s.await(Readable)
		}
		m, err := s.d.Read(s.p)
		if err != nil {
			s.Fatal(err)
		}
		got = append(got, s.p[:m]...)
	}
	return got
}

// write writes everything.
func (s *tlsPair) write(p []byte) {
	s.Helper()
	for len(p) > 0 {
		n, err := s.d.Write(p)
		if err != nil {
			s.Fatal(err)
		}
		if p = p[n:]; len(p) > 0 {
			s.await(Writable)
		}
	}
}

func pattern(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i * 7 >> 3)
	}
	return p
}

// TestDetachedTLS sends messages to a Descriptor, whole and byte by byte, and gets them back.
func TestDetachedTLS(t *testing.T) {
	for name, config := range map[string]*tls.Config{
		"1.3":         {},
		"1.2":         {MaxVersion: tls.VersionTLS12},
		"1.2 ChaCha":  {MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256}},
		"1.2 CBC":     {MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}},
		"1.0":         {MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10},
		"great hello": {ServerName: strings.Repeat("a.", 100) + "b", NextProtos: []string{strings.Repeat("x", 200)}},
	} {
		t.Run(name, func(t *testing.T) {
			s := handshakeTLS(t, config).settled()
			for _, size := range []int{1, 70, 16 << 10, 16<<10 + 1, 300 << 10} {
				want := pattern(size)
				go s.client.Write(want)
				if got := s.read(size); !bytes.Equal(got, want) {
					t.Errorf("%d bytes came changed", size)
				}
				echoed := make(chan error)
				got := make([]byte, size)
				go func() { _, err := io.ReadFull(s.client, got); echoed <- err }()
				s.write(want)
				if err := <-echoed; err != nil || !bytes.Equal(got, want) {
					t.Errorf("%d bytes were echoed changed, %v", size, err)
				}
			}
			s.byteByByte(pattern(20_000))
			s.write([]byte("x"))
			if _, err := io.ReadFull(s.client, make([]byte, 1)); err != nil {
				t.Error(err)
			}
		})
	}
}

// byteByByte sends p in such pieces, and wants it to arrive.
func (s *tlsPair) byteByByte(p []byte) {
	s.Helper()
	s.gate.closed = true
	s.client.Write(p)
	s.gate.closed = false
	var got []byte
	for _, b := range s.gate.take() {
		s.gate.Write([]byte{b})
		s.await(Readable)
		n, err := s.d.Read(s.p[:MinRead])
		if err != nil {
			s.Fatal(err)
		}
		if s.d.Pending() {
			s.Fatal("something is pending")
		}
		got = append(got, s.p[:n]...)
	}
	if !bytes.Equal(got, p) {
		s.Errorf("of %d bytes, %d came, or others", len(p), len(got))
	}
}

// TestDetachedTLSPending has bytes that crypto/tls has read before the connection is detached.
func TestDetachedTLSPending(t *testing.T) {
	s := handshakeTLS(t, &tls.Config{})
	s.gate.closed = true
	want := pattern(300)
	for _, b := range want { // a record for each
		s.client.Write([]byte{b})
	}
	s.gate.Conn.Write(s.gate.take())
	for got := make([]byte, 1); s.server.NetConn().(*wrapped).unread(t); { // so that crypto/tls has read all there is
		if _, err := s.server.Read(got); err != nil || got[0] != want[0] {
			t.Fatal(got, err)
		}
		want = want[1:]
	}
	if len(want) < 2 {
		t.Fatal("crypto/tls has kept nothing")
	}
	s.detach()
	if !s.d.Pending() {
		t.Error("nothing is pending")
	}
	if n, err := s.d.Read(s.p); !bytes.Equal(s.p[:n], want) || err != nil || s.d.Pending() {
		t.Errorf("%d of %d bytes were pending, %v", n, len(want), err)
	}
	s.gate.closed = false
	s.byteByByte([]byte("after"))
}

// unread reports whether the kernel has something to read.
func (w *wrapped) unread(t *testing.T) bool {
	d, err := Detach(w.Conn)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close(false)
	return d.Unread()
}

// TestDetachedTLSFull writes to a client that does not read, and that reads in the end.
func TestDetachedTLSFull(t *testing.T) {
	s := handshakeTLS(t, &tls.Config{}).settled()
	want := pattern(32 << 20)
	left := want
	for {
		n, err := s.d.Write(left)
		if err != nil {
			t.Fatal(err)
		}
		if left = left[n:]; n == 0 {
			break
		}
	}
	if !s.d.Unsent() {
		t.Error("no record waits")
	}
	if len(left) == 0 {
		t.Fatal("the kernel takes everything")
	}
	done := make(chan bool)
	go func() {
		got := make([]byte, len(want))
		_, err := io.ReadFull(s.client, got)
		done <- err == nil && bytes.Equal(got, want)
	}()
	s.write(left)
	if !<-done {
		t.Error("it came changed")
	}
	if s.d.Unsent() {
		t.Error("a record waits")
	}
}

// TestDetachedTLSEnds has the ends of a connection.
func TestDetachedTLSEnds(t *testing.T) {
	// What comes together with the end is returned first.
	s := handshakeTLS(t, &tls.Config{}).settled()
	s.gate.closed = true
	s.client.Write([]byte("last"))
	s.client.CloseWrite()
	s.gate.Conn.Write(s.gate.take())
	if got := s.read(4); string(got) != "last" || !s.d.Pending() {
		t.Errorf("%q", got)
	}
	for range 2 {
		if n, err := s.d.Read(s.p); n != 0 || err != io.EOF {
			t.Errorf("%d bytes, %v", n, err)
		}
	}
	s.write([]byte("answer")) // which may still be sent
	if !s.d.CloseWrite() {
		t.Error("no end was sent")
	}
	if got, err := io.ReadAll(s.client); string(got) != "answer" || err != nil {
		t.Errorf("%q, %v", got, err)
	}

	for _, test := range []struct {
		cut  int // bytes that are missing
		want error
	}{{0, io.EOF}, {1, io.ErrUnexpectedEOF}} {
		s = handshakeTLS(t, &tls.Config{}).settled()
		s.gate.closed = true
		s.client.Write([]byte("hello"))
		record := s.gate.take()
		s.gate.Conn.Write(record[:len(record)-test.cut])
		s.gate.Conn.(*net.TCPConn).CloseWrite()
		var err error
		for got := 0; err == nil; {
			s.await(Readable)
			var n int
			n, err = s.d.Read(s.p)
			if got += n; got != 0 && (got != 5 || test.cut > 0) {
				t.Errorf("%d bytes", got)
			}
		}
		if err != test.want {
			t.Errorf("%v, want %v", err, test.want)
		}
	}

	s = handshakeTLS(t, &tls.Config{}).settled()
	s.gate.closed = true
	s.client.Write([]byte("hello"))
	record := s.gate.take()
	record[len(record)-1] ^= 1
	s.gate.Conn.Write(record)
	s.await(Readable)
	if n, err := s.d.Read(s.p); n != 0 || err == nil || !s.d.Unsent() {
		t.Errorf("%d bytes, %v", n, err)
	}
	if all, err := s.d.Flush(); !all || err != nil {
		t.Error(all, err)
	}
	if _, err := s.client.Read(s.p); err == nil || !strings.Contains(err.Error(), "bad record MAC") {
		t.Error(err)
	}
}
