package soak

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// A streams is a connection of HTTP/2 whose client makes its frames itself, and takes no more than 64 KiB.
type streams struct {
	net.Conn
	framer *http2.Framer // reads and writes
	scheme string
}

func openStreams(a *attacker, n int) (*streams, error) {
	conn, _, err := openHTTP2(a, n)
	if err != nil {
		return nil, err
	}
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	s := &streams{conn, http2.NewFramer(conn, conn), "http"}
	if a.target(n).secure {
		s.scheme = "https"
	}
	return s, nil
}

// request begins a request in a stream. Its body follows if there is more.
func (s *streams) request(id uint32, method, path string, more bool, fields ...hpack.HeaderField) error {
	var block bytes.Buffer
	e := hpack.NewEncoder(&block)
	for _, f := range append([]hpack.HeaderField{{Name: ":method", Value: method}, {Name: ":scheme", Value: s.scheme}, {Name: ":authority", Value: "localhost"},
		{Name: ":path", Value: path}}, fields...) {
		f.Sensitive = true // so that the program keeps nothing for the fields of the next request
		if err := e.WriteField(f); err != nil {
			return err
		}
	}
	return s.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block.Bytes(), EndHeaders: true, EndStream: !more})
}

// await reads frames until one of a stream is the one that is looked for.
func (s *streams) await(id uint32, is func(http2.Frame) bool) error {
	for {
		f, err := s.framer.ReadFrame()
		if err != nil {
			return err
		}
		if f.Header().StreamID == id && is(f) {
			return nil
		}
	}
}

// isData reports whether a frame brings a part of a response.
func isData(f http2.Frame) bool {
	d, ok := f.(*http2.DataFrame)
	return ok && len(d.Data()) > 0
}

// isEnd reports whether a frame ends its stream.
func isEnd(f http2.Frame) bool {
	return f.Header().Type == http2.FrameRSTStream ||
		(f.Header().Type == http2.FrameData || f.Header().Type == http2.FrameHeaders) && f.Header().Flags.Has(http2.FlagDataEndStream)
}

// unreadStream opens a session of SockJS over HTTP/2 to which a module sends without end, and takes nothing of it.
func unreadStream(a *attacker, n int) error {
	s, err := openStreams(a, n)
	if err != nil {
		return err
	}
	defer s.Close()
	by, path := receivers[n%len(receivers)], newSession("/source")
	if err := s.request(1, by.method, path+by.action, false); err != nil {
		return err
	}
	last := isData
	if by.whole {
		last = isEnd
	}
	if err := s.await(1, last); err != nil {
		return fmt.Errorf("%s: opening: %w", by.action, err)
	}
	if by.whole { // the next response has the messages
		if err := s.request(3, by.method, path+by.action, false); err != nil {
			return err
		}
	}
	if err := s.request(5, http.MethodPost, path+"xhr_send", true); err != nil {
		return err
	}
	if err := s.framer.WriteData(5, true, []byte(`["go"]`)); err != nil {
		return err
	}
	go func() { _, _ = io.Copy(io.Discard, s.Conn) }() // ends with the connection
	a.hold(8 * time.Second)
	return nil
}

// stalledStream is stalledBody in a stream of HTTP/2. The program ends that, or the connection.
func stalledStream(a *attacker, n int) error {
	at := a.target(n)
	session, err := streaming.open(a.ctx, at, "/victim")
	if err != nil {
		return err
	}
	defer session.close()
	s, err := openStreams(a, n)
	if err != nil {
		return err
	}
	defer s.Close()
	path := strings.TrimPrefix(session.(*requests).base, at.url(""))
	if err := s.request(1, http.MethodPost, path+"xhr_send", true, hpack.HeaderField{Name: "content-length", Value: fmt.Sprint(1 << 20)},
		hpack.HeaderField{Name: "user-agent", Value: "Go-http-client/1.1"}); err != nil {
		return err
	}
	if err := s.framer.WriteData(1, false, []byte("[\""+strings.Repeat("x", 1<<10))); err != nil {
		return err
	}
	start := time.Now()
	if err := s.await(1, isEnd); errors.Is(err, os.ErrDeadlineExceeded) {
		return errors.New("the stream is not ended")
	}
	if time.Since(start) < 5*time.Second && a.ctx.Err() == nil {
		return errors.New("the stream is ended before the time for a body is over")
	}
	return nil
}
