package soak

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"node.websocket/transport/websocket/websockettest"
)

// wantCut waits until the program closes a connection, whatever it sends before.
func wantCut(conn net.Conn) error {
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
		return errors.New("the connection is not closed")
	}
	return nil
}

// noRequest connects and says nothing.
func noRequest(a *attacker, n int) error {
	conn, err := dial(a.ctx, target{address: a.target(n).address})
	if err != nil {
		return err
	}
	defer conn.Close()
	return wantCut(conn)
}

// halfHead sends a part of a request, or of the first message of TLS, and then a byte a second.
func halfHead(a *attacker, n int) error {
	conn, err := dial(a.ctx, target{address: a.target(n).address})
	if err != nil {
		return err
	}
	defer conn.Close()
	begin := head("13", "/victim")[:20]
	if a.target(n).secure {
		begin = "\x16\x03\x01\x01\x00\x01"
	}
	return trickle(a, conn, begin)
}

// halfHeadHTTP2 sends a part of a frame with a request's headers, and then a byte a second.
func halfHeadHTTP2(a *attacker, n int) error {
	conn, _, err := openHTTP2(a, n)
	if err != nil {
		return err
	}
	defer conn.Close()
	return trickle(a, conn, "\x00\x20\x00\x01\x04\x00\x00\x00\x01") // HEADERS of 8 KiB
}

// trickle sends the begin of something, and then a byte a second until the program closes the connection.
func trickle(a *attacker, conn net.Conn, begin string) error {
	if _, err := io.WriteString(conn, begin); err != nil {
		return err
	}
	cut := make(chan error, 1)
	go func() { cut <- wantCut(conn) }() // ends with the connection
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case err := <-cut:
			return err
		case <-tick.C:
			_, _ = io.WriteString(conn, "a")
		case <-a.ctx.Done():
			return nil
		}
	}
}

// halfFrame sends a part of a long message, and then a byte a second, over each kind of socket.
func halfFrame(a *attacker, n int) error {
	s, err := a.openOf([]way{version13, http2Way, hixie76, version8, hixie75}, n, "/victim")
	if err != nil {
		return err
	}
	defer s.close()
	text := strings.Repeat("x", 1<<20-1)
	whole := websockettest.AppendFrame(nil, 0x81, text)
	if _, ok := s.(*lines); ok {
		whole = []byte("\x00" + text + "\xff")
	}
	conn := connOf(s)
	if _, err := conn.Write(whole[:1<<19]); err != nil {
		return err
	}
	for i := range 8 {
		a.hold(time.Second)
		if _, err := conn.Write(whole[1<<19+i:][:1]); err != nil {
			return err
		}
	}
	return nil
}

// zeros returns 16 MiB, compressed.
var zeros = sync.OnceValue(func() string {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestCompression)
	block := make([]byte, 1<<20)
	for range 16 {
		_, _ = w.Write(block)
	}
	_ = w.Flush()
	return strings.TrimSuffix(b.String(), "\x00\x00\xff\xff")
})

func openDeflate(a *attacker, n int) (*frames, error) {
	return openFrames(a.ctx, a.target(n), head("13", "/victim", "Sec-WebSocket-Extensions: permessage-deflate\r\n"))
}

// bomb sends a message that would be 16 MiB.
func bomb(a *attacker, n int) error {
	s, err := openDeflate(a, n)
	if err != nil {
		return err
	}
	defer s.close()
	if _, err := s.Conn.Write(websockettest.AppendFrame(nil, 0xc1, zeros())); err != nil && !isGone(err) {
		return err
	}
	if got, err := s.receive(); !isClosed(err, 1009) && !isGone(err) {
		return fmt.Errorf("%.40q, %v; want a close with 1009", got, err)
	}
	return nil
}

// isGone reports whether err is that of a connection that the program has closed while it was sent more. The
// kernel then discards what came before.
func isGone(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// halfCompressed sends a part of a compressed message that is already 900 KB long.
func halfCompressed(a *attacker, n int) error {
	s, err := openDeflate(a, n)
	if err != nil {
		return err
	}
	defer s.close()
	if _, err := s.Conn.Write(websockettest.AppendFrame(nil, 0x41, zeros()[:900])); err != nil {
		return err
	}
	a.hold(8 * time.Second)
	return nil
}

// badFrames are frames that RFC 6455 does not allow, each with the code of the close.
var badFrames = []struct {
	frames string
	code   int
}{
	{"\x81\x01a", 1002},                                                // not masked
	{masked(0xf1, "a"), 1002},                                          // reserved bits
	{masked(0x83, "a"), 1002},                                          // a reserved opcode
	{masked(0x09, "a"), 1002},                                          // a fragment of a ping
	{masked(0x89, strings.Repeat("a", 126)), 1002},                     // a long ping
	{masked(0x80, "a"), 1002},                                          // the rest of no message
	{masked(0x01, "a") + masked(0x81, "b"), 1002},                      // a message in another
	{"\x81\xfe\x00\x01\x00\x00\x00\x00a", 1002},                        // a length in too many bytes
	{"\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00", 1002},                 // a length of 64 bits
	{"\x82\xff\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00", 1009}, // a length of 1 TiB
	{masked(0x81, "\xff"), 1007},                                       // text that is not UTF-8
	{masked(0x81, "\xed\xa0\x80"), 1007},                               // a surrogate
	{masked(0x88, "\x03\xe7"), 1002},                                   // a close with 999
	{masked(0x88, "a"), 1002},                                          // half a code
	{masked(0x88, "\x03\xe8\xff"), 1007},                               // a reason that is not UTF-8
}

func masked(first byte, payload string) string {
	return string(websockettest.AppendFrame(nil, first, payload))
}

func badFrame(a *attacker, n int) error {
	bad := badFrames[n%len(badFrames)]
	version := []string{"13", "8", "7"}[n%3]
	s, err := openFrames(a.ctx, a.target(n/3), head(version, "/victim"))
	if err != nil {
		return err
	}
	defer s.close()
	if _, err := io.WriteString(s.Conn, bad.frames); err != nil {
		return err
	}
	if got, err := s.receive(); !isClosed(err, bad.code) {
		return fmt.Errorf("%q: %q, %v; want a close with %d", bad.frames, got, err, bad.code)
	}
	return nil
}

// badHixie sends what is no frame, or one that does not end.
func badHixie(a *attacker, n int) error {
	s, err := a.openOf([]way{hixie76, hixie75}, n, "/victim")
	if err != nil {
		return err
	}
	defer s.close()
	conn := s.(*lines).conn
	text := []string{"\x00\xc3\x28\xff", "\x80\xff\xff\xff\xff", "\x80" + strings.Repeat("\x80", 9), "\x00" + strings.Repeat("x", 1<<20+1)}[n/2%4]
	if _, err := io.WriteString(conn, text); err != nil && !isGone(err) {
		return err
	}
	if got, err := s.receive(); err == nil {
		return fmt.Errorf("%.10q: %.40q", text, got)
	}
	return nil
}

// handshakes are those that a flood is of, with the status of the answer.
var handshakes = []struct {
	head   string
	status int
}{
	{head("13", "/victim"), http.StatusSwitchingProtocols},
	{head("13", "/nosuch"), http.StatusNotFound},
	{head("13", "/../../etc/passwd"), http.StatusBadRequest},
	{head("99", "/victim"), http.StatusUpgradeRequired},
	{strings.Replace(head("13", "/victim"), "Key: dGhl", "Key: ", 1), http.StatusBadRequest},
	{head("13", "/victim", "X: "+strings.Repeat("x", 20_000)+"\r\n"), http.StatusRequestHeaderFieldsTooLarge},
	{"this is nonsense\r\n\r\n", http.StatusBadRequest},
}

func handshake(a *attacker, n int) error {
	h := handshakes[n%len(handshakes)]
	s, err := openFrames(a.ctx, a.target(n/len(handshakes)), h.head)
	if err == nil {
		s.close()
	}
	if err == nil && h.status == http.StatusSwitchingProtocols || isStatus(err, h.status) || isGone(err) {
		return nil
	}
	return fmt.Errorf("%.60q: %v, want %d", h.head, err, h.status)
}

// stalledBody announces messages of a megabyte and sends a kilobyte of it.
func stalledBody(a *attacker, n int) error {
	at := a.target(n)
	s, err := streaming.open(a.ctx, at, "/victim")
	if err != nil {
		return err
	}
	defer s.close()
	conn, err := dial(a.ctx, at)
	if err != nil {
		return err
	}
	defer conn.Close()
	path := strings.TrimPrefix(s.(*requests).base, at.url(""))
	action, kind, begin := "xhr_send", "text/plain", "[\""
	if n/2%2 == 0 {
		action, kind, begin = "jsonp_send", "application/x-www-form-urlencoded", "d=%5B%22"
	}
	if _, err := fmt.Fprintf(conn, "POST %s%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: Go-http-client/1.1\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s%s",
		path, action, at.address, kind, 1<<20, begin, strings.Repeat("x", 1<<10)); err != nil {
		return err
	}
	return wantCut(conn)
}

// openHTTP2 begins a connection of HTTP/2 that takes no more than 64 KiB. What the program sends on it is read
// until it ends.
func openHTTP2(a *attacker, n int) (conn net.Conn, framer *http2.Framer, err error) {
	conn, err = dial(a.ctx, a.target(n), "h2")
	if err != nil {
		return nil, nil, err
	}
	framer = http2.NewFramer(conn, nil)
	if _, err = io.WriteString(conn, http2.ClientPreface); err == nil {
		err = framer.WriteSettings()
	}
	if err != nil {
		_ = conn.Close()
	}
	return conn, framer, err
}

// noRequestHTTP2 begins a connection of HTTP/2 and asks for nothing.
func noRequestHTTP2(a *attacker, n int) error {
	conn, _, err := openHTTP2(a, n)
	if err != nil {
		return err
	}
	defer conn.Close()
	return wantCut(conn)
}

// connectHead is the head of a stream that asks for a WebSocket.
func connectHead(a *attacker, n int, path string) []byte {
	scheme := "http"
	if a.target(n).secure {
		scheme = "https"
	}
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for _, f := range [][2]string{{":method", "CONNECT"}, {":protocol", "websocket"}, {":scheme", scheme}, {":authority", "localhost"}, {":path", path}, {"sec-websocket-version", "13"}} {
		_ = e.WriteField(hpack.HeaderField{Name: f[0], Value: f[1], Sensitive: true})
	}
	return b.Bytes()
}

// manyStreams opens WebSockets on one connection, each of which is sent much, and takes nothing.
func manyStreams(a *attacker, n int) error {
	conn, framer, err := openHTTP2(a, n)
	if err != nil {
		return err
	}
	defer conn.Close()
	go func() { _, _ = io.Copy(io.Discard, conn) }() // ends with the connection
	head, message := connectHead(a, n, "/source"), websockettest.AppendFrame(nil, 0x81, "go")
	for i := range uint32(100) {
		if err := framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 2*i + 1, BlockFragment: head, EndHeaders: true}); err != nil {
			return err
		}
		if err := framer.WriteData(2*i+1, false, message); err != nil {
			return err
		}
	}
	a.hold(6 * time.Second)
	return nil
}

// resetStreams opens streams and resets each at once, as in CVE-2023-44487. The program may close the
// connection for it.
func resetStreams(a *attacker, n int) error {
	conn, framer, err := openHTTP2(a, n)
	if err != nil {
		return err
	}
	defer conn.Close()
	go func() { _, _ = io.Copy(io.Discard, conn) }() // ends with the connection
	head := connectHead(a, n, "/victim")
	for i := range uint32(200) {
		err := framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 2*i + 1, BlockFragment: head, EndHeaders: true})
		if err == nil {
			err = framer.WriteRSTStream(2*i+1, http2.ErrCodeCancel)
		}
		if err != nil {
			if isGone(err) {
				return nil
			}
			return err
		}
	}
	return nil
}
