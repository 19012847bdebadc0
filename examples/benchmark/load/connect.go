//go:build linux

package load

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"
)

// patience is the limit of a wait for a connection, a handshake or the next answer. Tests shorten it.
var patience = 20 * time.Second

// connectors is the number of clients that connect at the same time.
const connectors = 16

// A socket is a plain TCP connection that blocks, for at most patience.
type socket struct{ fd int }

// dial connects to an address, an IP address and port.
func dial(address string) (socket, error) {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return socket{}, err
	}
	if !to.Addr().Is4() || !to.Addr().IsLoopback() {
		return socket{}, fmt.Errorf("%s is not an IPv4 address of the loopback interface", address)
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return socket{}, os.NewSyscallError("socket", err)
	}
	s, wait := socket{fd}, syscall.NsecToTimeval(patience.Nanoseconds())
	for _, set := range []func() error{
		func() error { return syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &wait) },
		func() error { return syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_SNDTIMEO, &wait) },
		func() error { return syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1) },
		func() error {
			return syscall.Connect(fd, &syscall.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()})
		},
	} {
		if err := retry(set); err != nil {
			s.Close()
			return socket{}, os.NewSyscallError("connect", err)
		}
	}
	return s, nil
}

// retry calls f until no signal interrupts it.
func retry(f func() error) error {
	for {
		if err := f(); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

func (s socket) Read(p []byte) (n int, err error) {
	err = retry(func() (err error) { n, err = syscall.Read(s.fd, p); return err })
	if err != nil {
		return 0, os.NewSyscallError("read", err)
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (s socket) Write(p []byte) (n int, err error) {
	for n < len(p) {
		var written int
		err = retry(func() (err error) { written, err = syscall.Write(s.fd, p[n:]); return err })
		if err != nil {
			return n, os.NewSyscallError("write", err)
		}
		n += written
	}
	return n, nil
}

func (s socket) Close() error { return syscall.Close(s.fd) }

// dialTLS connects to an address over TLS.
func dialTLS(address string, protocols ...string) (*tls.Conn, error) {
	dialer := tls.Dialer{
		NetDialer: &net.Dialer{Timeout: patience},
		Config:    &tls.Config{InsecureSkipVerify: true, NextProtos: protocols}, // a certificate made for this run
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return c.(*tls.Conn), nil
}

// offer is the extension a client asks for (RFC 7692 §7.1), so that each message can be compressed
// apart from the others.
const offer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

// userAgent and the headers of handshake are those of a browser, but for cookies.
const userAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"

// handshake returns a client's handshake (RFC 6455 §4.1) and the Sec-WebSocket-Accept that answers it.
func (t *Target) handshake(client int) (request []byte, accept string) {
	var nonce [16]byte
	binary.LittleEndian.PutUint64(nonce[:], uint64(client)*0x9e3779b97f4a7c15+1)
	key := base64.StdEncoding.EncodeToString(nonce[:])
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	extensions := ""
	if t.Deflate {
		extensions = "Sec-WebSocket-Extensions: " + offer + "\r\n"
	}
	return []byte("GET " + t.path() + " HTTP/1.1\r\nHost: " + t.Address + "\r\nConnection: Upgrade\r\nPragma: no-cache\r\n" +
		"Cache-Control: no-cache\r\nUser-Agent: " + userAgent + "\r\nUpgrade: websocket\r\n" +
		"Origin: http://" + t.Address + "\r\nSec-WebSocket-Version: 13\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n" +
		"Accept-Language: en-US,en;q=0.9\r\nSec-WebSocket-Key: " + key + "\r\n" + extensions + "\r\n"), base64.StdEncoding.EncodeToString(sum[:])
}

// upgrade makes a client's handshake. It returns what the server sent after its response.
func (t *Target) upgrade(stream io.ReadWriter, client int) (rest []byte, err error) {
	request, accept := t.handshake(client)
	if _, err := stream.Write(request); err != nil {
		return nil, err
	}
	response := make([]byte, 0, 4096)
	for {
		n, err := stream.Read(response[len(response):cap(response)])
		response = response[:len(response)+n]
		if head, rest, ok := bytes.Cut(response, []byte("\r\n\r\n")); ok {
			return rest, t.checkResponse(head, accept)
		}
		if err == nil && len(response) == cap(response) {
			err = errors.New("the response to the handshake is too long")
		}
		if err != nil {
			return nil, fmt.Errorf("handshake: %w", err)
		}
	}
}

// checkResponse fails unless a server accepted a handshake (RFC 6455 §4.1).
func (t *Target) checkResponse(head []byte, accept string) error {
	lines := bytes.Split(head, []byte("\r\n"))
	if !bytes.HasPrefix(lines[0], []byte("HTTP/1.1 101")) {
		return fmt.Errorf("the handshake was answered with %q", lines[0])
	}
	accepted, deflate := "", false
	for _, line := range lines[1:] {
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch value = bytes.TrimSpace(value); {
		case bytes.EqualFold(name, []byte("Sec-WebSocket-Accept")):
			accepted = string(value)
		case bytes.EqualFold(name, []byte("Sec-WebSocket-Extensions")):
			deflate = bytes.Contains(value, []byte("permessage-deflate")) && bytes.Contains(value, []byte("server_no_context_takeover"))
		}
	}
	switch {
	case accepted != accept:
		return fmt.Errorf("the handshake was answered with Sec-WebSocket-Accept %q, where %q was expected", accepted, accept)
	case deflate != t.Deflate:
		return fmt.Errorf("compression without context takeover: asked for: %t, agreed to: %t", t.Deflate, deflate)
	}
	return nil
}

// each calls f for 0 to n-1, several at a time, and returns the first error. After one it calls f
// no more.
func each(n int, f func(i int) error) error {
	var (
		mu     sync.Mutex
		next   int
		failed error
		all    sync.WaitGroup
	)
	take := func() (i int, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		next++
		return next - 1, next <= n && failed == nil
	}
	for range min(n, connectors) {
		all.Go(func() {
			for i, ok := take(); ok; i, ok = take() {
				if err := f(i); err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	return failed
}
