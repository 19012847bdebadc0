package soak

//lint:file-ignore SA1019 net/http's Transport refuses the header :protocol of an extended CONNECT (RFC 8441); this deprecated one sends it.

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/net/http2"

	"node.websocket/transport/websocket"
	"node.websocket/transport/websocket/websockettest"
)

// A session is a client's end of one. One goroutine may send while another receives; close may be
// called from any, and cuts the connection.
type session interface {
	send(texts ...string) error
	receive() (string, error)
	close()
}

// A way is a client's route to a resource. target is the program to use.
type way struct {
	name string
	open func(ctx context.Context, at target, path string) (session, error)
}

// A target is one of the programs.
type target struct {
	address string // "127.0.0.1:8080"
	secure  bool
}

func (t target) url(path string) string {
	if t.secure {
		return "https://" + t.address + path
	}
	return "http://" + t.address + path
}

var (
	version13 = way{"13", openVersion("13")}
	version8  = way{"8", openVersion("8")}
	version7  = way{"7", openVersion("7")}
	deflate   = way{"13 deflate", openVersion("13", "Sec-WebSocket-Extensions: permessage-deflate\r\n")}
	hixie76   = way{"hixie-76", openHixie("Sec-WebSocket-Key1: 18x 6]8vM;54 *(5:  {   U1]8  z [  8\r\nSec-WebSocket-Key2: 1_ tx7X d  <  nw  334J702) 7]o}` 0\r\n", "Tm[K T2u")}
	hixie75   = way{"hixie-75", openHixie("", "")}
	http2Way  = way{"HTTP/2", openStream}
	streaming = way{"xhr-streaming", openRequests("xhr_streaming", false)}
	polling   = way{"xhr-polling", openRequests("xhr", false)}
	source    = way{"eventsource", openRequests("eventsource", false)}
	htmlFile  = way{"htmlfile", openRequests("htmlfile", false)}
	jsonp     = way{"jsonp-polling", openRequests("jsonp", false)}
	polling2  = way{"xhr-polling HTTP/2", openRequests("xhr", true)}
)

// ways are all of them. A session that can do all that the tests need of it is of one of these.
var ways = []way{version13, version8, version7, deflate, hixie76, hixie75, http2Way, streaming, polling, source, htmlFile, jsonp, polling2}

// patience is the limit of any wait of a client. It ends no test that goes well.
const patience = 60 * time.Second

// dial connects to a program, with the protocols of TLS that the client can speak. The connection is cut
// when ctx ends.
func dial(ctx context.Context, at target, protocols ...string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", at.address)
	if err != nil {
		return nil, err
	}
	setLinger(ctx, conn)
	if at.secure {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true, NextProtos: protocols})
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	return conn, nil
}

type resets struct{} // the key of withReset

// withReset returns a context in which the connections that are dialed are reset when they are closed.
func withReset(ctx context.Context) context.Context { return context.WithValue(ctx, resets{}, true) }

func setLinger(ctx context.Context, conn net.Conn) {
	if ctx.Value(resets{}) != nil {
		_ = conn.(*net.TCPConn).SetLinger(0)
	}
}

func head(version, path string, lines ...string) string {
	return strings.Replace(websockettest.Handshake(path, lines...), "Version: 13", "Version: "+version, 1)
}

// statusError is the answer that a server gives instead of accepting a handshake.
type statusError int

func (e statusError) Error() string { return fmt.Sprint("the answer is ", int(e)) }

func isStatus(err error, status int) bool {
	e, ok := errors.AsType[statusError](err)
	return ok && int(e) == status
}

// readAnswer reads the answer to a handshake.
func readAnswer(in *bufio.Reader) error {
	r, err := http.ReadResponse(in, nil)
	if err != nil {
		return err
	}
	if r.StatusCode != http.StatusSwitchingProtocols {
		return statusError(r.StatusCode)
	}
	return nil
}

// A frames is a session in the frames of RFC 6455.
type frames struct {
	*websockettest.Client
	cut func()
}

// openFrames makes a handshake on a new connection.
func openFrames(ctx context.Context, at target, head string) (*frames, error) {
	conn, err := dial(ctx, at)
	if err != nil {
		return nil, err
	}
	c := &websockettest.Client{Conn: conn, In: bufio.NewReaderSize(conn, 1<<10)}
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err = io.WriteString(conn, head); err == nil {
		err = readAnswer(c.In)
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	_ = conn.SetDeadline(time.Time{})
	return &frames{c, func() { _ = conn.Close() }}, nil
}

func openVersion(version string, lines ...string) func(context.Context, target, string) (session, error) {
	return func(ctx context.Context, at target, path string) (session, error) {
		s, err := openFrames(ctx, at, head(version, path, lines...))
		if err != nil {
			return nil, err
		}
		return s, nil
	}
}

func (s *frames) send(texts ...string) error {
	var p []byte
	for _, text := range texts {
		p = websockettest.AppendFrame(p, 0x81, text)
	}
	_, err := s.Conn.Write(p)
	return err
}

func (s *frames) receive() (string, error) {
	for {
		op, payload, err := s.ReadAnswering()
		switch {
		case err != nil:
			return "", err
		case op == websocket.Text:
			return payload, nil
		case op == websocket.Close:
			code, reason, _ := websocket.ParseClose([]byte(payload))
			return "", closedError{code, reason}
		}
	}
}

func (s *frames) close() { s.cut() }

// closedError is a close by the server.
type closedError struct {
	code   int
	reason string
}

func (e closedError) Error() string { return fmt.Sprintf("closed with %d %q", e.code, e.reason) }

func isClosed(err error, codes ...int) bool {
	e, ok := errors.AsType[closedError](err)
	for _, code := range codes {
		if ok && e.code == code {
			return true
		}
	}
	return false
}

// A lines is a session in the frames of hixie: text between 0x00 and 0xff.
type lines struct {
	conn net.Conn
	in   *bufio.Reader
}

func openHixie(keys, challenge string) func(context.Context, target, string) (session, error) {
	return func(ctx context.Context, at target, path string) (session, error) {
		conn, err := dial(ctx, at)
		if err != nil {
			return nil, err
		}
		s := &lines{conn, bufio.NewReaderSize(conn, 1<<10)}
		_ = conn.SetDeadline(time.Now().Add(patience))
		if _, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nOrigin: http://localhost\r\n%s\r\n%s", path, keys, challenge); err == nil {
			err = readAnswer(s.in)
		}
		if err == nil && challenge != "" {
			_, err = s.in.Discard(16)
		}
		if err != nil {
			_ = conn.Close()
			return nil, err
		}
		_ = conn.SetDeadline(time.Time{})
		return s, nil
	}
}

func (s *lines) send(texts ...string) error {
	_, err := io.WriteString(s.conn, "\x00"+strings.Join(texts, "\xff\x00")+"\xff")
	return err
}

func (s *lines) receive() (string, error) {
	text, err := s.in.ReadString(0xff)
	if err != nil {
		return "", err
	}
	if text == "\xff" { // the first half of a close: FF 00
		return "", closedError{websocket.CloseNoStatus, ""}
	}
	return text[1 : len(text)-1], nil
}

func (s *lines) close() { _ = s.conn.Close() }

// A stream is the connection that a stream of HTTP/2 is to a client.
type stream struct {
	net.Conn // nil; for the methods that are not called
	out      *io.PipeWriter
	in       io.Reader
}

func (s *stream) Read(p []byte) (int, error)  { return s.in.Read(p) }
func (s *stream) Write(p []byte) (int, error) { return s.out.Write(p) }

// newHTTP2 returns a client of HTTP/2. Its connections are cut when ctx ends.
func newHTTP2(ctx context.Context, at target) *http2.Transport {
	return &http2.Transport{AllowHTTP: !at.secure, DialTLSContext: func(context.Context, string, string, *tls.Config) (net.Conn, error) {
		return dial(ctx, at, "h2")
	}}
}

// openStream opens a WebSocket on a connection of HTTP/2 that has no other.
func openStream(ctx context.Context, at target, path string) (session, error) {
	ctx, cancel := context.WithCancel(ctx)
	return openStreamOf(ctx, cancel, newHTTP2(ctx, at), at, path)
}

// openStreamOf opens a WebSocket on a connection of a client. cancel ends ctx.
func openStreamOf(ctx context.Context, cancel func(), client *http2.Transport, at target, path string) (session, error) {
	in, out := io.Pipe()
	r, err := http.NewRequestWithContext(ctx, http.MethodConnect, at.url(path), in)
	if err != nil {
		cancel()
		return nil, err
	}
	r.Header = http.Header{":protocol": {"websocket"}, "Sec-Websocket-Version": {"13"}}
	response, err := client.RoundTrip(r)
	if err == nil && response.StatusCode != http.StatusOK {
		err = statusError(response.StatusCode)
	}
	if err != nil {
		cancel()
		return nil, err
	}
	conn := &stream{out: out, in: response.Body}
	return &frames{&websockettest.Client{Conn: conn, In: bufio.NewReaderSize(conn, 1<<10)}, func() { cancel(); _ = out.Close() }}, nil
}
