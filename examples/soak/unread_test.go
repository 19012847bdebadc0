package soak

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// neverRead has a module send without end, and takes nothing of it.
func neverRead(a *attacker, n int) error { return unread(a, n, 0) }

// readSlowly takes a byte a second.
func readSlowly(a *attacker, n int) error { return unread(a, n, time.Second) }

// unread is a client that reads a byte at intervals, of what comes over a socket, or in the response of a request.
func unread(a *attacker, n int, every time.Duration) error {
	in, err := openUnread(a, n)
	if err != nil {
		return err
	}
	defer in.Close()
	if every == 0 {
		a.hold(8 * time.Second)
		return nil
	}
	p := make([]byte, 1)
	for range 8 {
		a.hold(every)
		if _, err := in.Read(p); err != nil {
			return err
		}
	}
	return nil
}

// A receiver is an action of SockJS that brings messages.
type receiver struct {
	method, action string
	opened         string // the end of the response to the first request, once the session is open
	whole          bool   // nothing more comes in that response
}

var receivers = []receiver{
	{http.MethodPost, "xhr_streaming", "\no\n", false},
	{http.MethodPost, "xhr", "\no\n", true},
	{http.MethodGet, "eventsource", "data: o\r\n", false},
	{http.MethodGet, "htmlfile?c=f", "\np(\"o\");", false},
	{http.MethodGet, "jsonp?c=f", "f(\"o\");", true},
}

// openUnread opens a session, in one way after the other, to which a module sends without end.
func openUnread(a *attacker, n int) (io.ReadCloser, error) {
	sockets := []way{version13, version8, deflate, hixie76, hixie75, http2Way}
	if i := n % (len(sockets) + len(receivers)); i >= len(sockets) {
		return openReceiver(a, n, receivers[i-len(sockets)])
	} else {
		s, err := sockets[i].open(a.ctx, a.target(n), "/source")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", sockets[i].name, err)
		}
		return rawReader{s}, s.send("go")
	}
}

// A rawReader reads the bytes of a session in sockets.
type rawReader struct{ session session }

func (r rawReader) Read(p []byte) (int, error) { return connOf(r.session).Read(p) }
func (r rawReader) Close() error               { r.session.close(); return nil }

// connOf returns what carries a session in sockets.
func connOf(s session) net.Conn {
	if s, ok := s.(*frames); ok {
		return s.Conn
	}
	return s.(*lines).conn
}

// openReceiver opens a session of SockJS whose messages come in a response on the connection that it returns,
// and has it sent some.
func openReceiver(a *attacker, n int, by receiver) (_ net.Conn, err error) {
	at, path := a.target(n), newSession("/source")
	conn, err := dial(a.ctx, at)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = conn.Close()
			err = fmt.Errorf("%s: %w", by.action, err)
		}
	}()
	request := fmt.Sprintf("%s %s%s HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n", by.method, path, by.action, at.address)
	if _, err := io.WriteString(conn, request); err != nil {
		return nil, err
	}
	var seen []byte
	for p := make([]byte, 1); !bytes.HasSuffix(seen, []byte(by.opened)); seen = append(seen, p...) {
		if _, err := conn.Read(p); err != nil {
			return nil, fmt.Errorf("%.40q: %w", seen, err)
		}
	}
	if by.whole { // the next response has the messages
		if _, err := io.WriteString(conn, request); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequestWithContext(a.ctx, http.MethodPost, at.url(path+"xhr_send"), strings.NewReader(`["go"]`))
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", "") // as above
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		return nil, statusError(answer.StatusCode)
	}
	return conn, nil
}
