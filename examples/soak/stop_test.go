package soak

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/transport/websocket"
	"node.websocket/transport/websocket/websockettest"
)

// leaving logs how each client has left, and says goodbye to those that are there when it is disposed of.
const leaving = `var Module = this.Module = function(){ }, all = new Set();
	Module.prototype.onConnect = function(connection){ all.add(connection); };
	Module.prototype.onData = function(data, connection){ connection.send(data); };
	Module.prototype.onDisconnect = function(connection, code){ all.delete(connection); console.log('left ' + code); };
	module.hot.dispose(function(){ all.forEach(function(connection){ connection.send('goodbye'); }); });`

// TestStop has clients that came in every way when the program is stopped. Each gets what was queued, and
// then the close with 1001, as far as its protocol has that; the module hears of each.
func TestStop(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{false, true} {
		name, args := "plain", []string{"--compression", "--shutdown-spread", "0.5", "--shutdown-timeout", "60"}
		if secure {
			name, args = "TLS", append(args, "--tls")
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := commandtest.Start(t, map[string]string{"test.js": leaving}, args...)
			at := target{p.Address(), secure}
			var sessions []session
			for _, w := range ways {
				s, err := w.open(t.Context(), at, "/test")
				if err != nil {
					t.Fatalf("%s: %v", w.name, err)
				}
				sessions = append(sessions, s)
				if err := s.send("x"); err != nil {
					t.Errorf("%s: %v", w.name, err)
				}
				if got, err := s.receive(); err != nil || got != "x" {
					t.Errorf("%s: %q, %v", w.name, got, err)
				}
			}
			p.Signal(syscall.SIGTERM)
			for i, s := range sessions {
				w := ways[i].name
				if got, err := s.receive(); err != nil || got != "goodbye" {
					t.Errorf("%s: %q, %v; want the goodbye", w, got, err)
				}
				code := 1001
				if strings.HasPrefix(w, "hixie") {
					code = websocket.CloseNoStatus
				}
				got, err := s.receive()
				if !isClosed(err, code) && !(w == hixie75.name && errors.Is(err, io.EOF)) { // which has no close
					t.Errorf("%s: %q, %v; want a close with %d", w, got, err, code)
				}
				if f, ok := s.(*frames); ok {
					if err := f.Write(websocket.Close, websockettest.ClosePayload(1001, "")); err != nil {
						t.Errorf("%s: %v", w, err)
					}
					// Over TLS, an end without close_notify is io.ErrUnexpectedEOF.
					if _, err := io.Copy(io.Discard, f.In); err != nil {
						t.Errorf("%s ends with %v", w, err)
					}
				}
				s.close()
			}
			if code := p.Ended(); code != 0 {
				t.Errorf("exit %d", code)
			}
			if n := strings.Count(p.Text(), "left "); n != len(ways) {
				t.Errorf("onDisconnect ran %d times, want %d", n, len(ways))
			}
		})
	}
}

// TestStopHTTP2 checks that a connection of HTTP/2 ends with a GOAWAY: one with a session, and one on which
// a request is refused during the stop.
func TestStopHTTP2(t *testing.T) {
	t.Parallel()
	p := commandtest.Start(t, map[string]string{"test.js": leaving}, "--tls", "--shutdown-timeout", "60")
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", p.Address(), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	framer := http2.NewFramer(conn, conn)
	open := func(stream uint32) {
		t.Helper()
		var block strings.Builder
		encoder := hpack.NewEncoder(&block)
		for _, f := range [][2]string{{":method", "CONNECT"}, {":protocol", "websocket"}, {":scheme", "https"}, {":authority", p.Address()}, {":path", "/test"},
			{"sec-websocket-version", "13"}} {
			_ = encoder.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
		}
		if err := framer.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: []byte(block.String()), EndHeaders: true}); err != nil {
			t.Fatal(err)
		}
	}
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	// next returns the next frame that is for a stream, or a GOAWAY.
	next := func() http2.Frame {
		t.Helper()
		for {
			f, err := framer.ReadFrame()
			if err != nil {
				t.Fatal(err)
			}
			if _, away := f.(*http2.GoAwayFrame); away || f.Header().StreamID != 0 && f.Header().Type != http2.FrameWindowUpdate {
				return f
			}
		}
	}
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	if err := framer.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	open(1)
	if h, ok := next().(*http2.MetaHeadersFrame); !ok || h.PseudoValue("status") != "200" {
		t.Fatalf("the session is not opened: %v", h)
	}
	p.Signal(syscall.SIGTERM)
	p.Wait("the stop", func() bool { return strings.Contains(p.Text(), "stopping") })
	refused, away := false, false
	for data := []byte(nil); !strings.Contains(string(data), "\x03\xe9"); { // the close
		if d, ok := next().(*http2.DataFrame); ok {
			data = append(data, d.Data()...)
		}
	}
	open(3)
	for !refused || !away {
		switch f := next().(type) {
		case *http2.MetaHeadersFrame:
			if refused = f.PseudoValue("status") == "503"; !refused {
				t.Fatalf("a session during the stop: %v", f)
			}
		case *http2.GoAwayFrame:
			away = true
		}
	}
	if err := framer.WriteData(1, true, websockettest.AppendFrame(nil, 0x88, websockettest.ClosePayload(1001, ""))); err != nil {
		t.Error(err)
	}
	if _, err := io.Copy(io.Discard, conn); err != nil {
		t.Errorf("the connection ends with %v", err)
	}
	if code := p.Ended(); code != 0 {
		t.Errorf("exit %d", code)
	}
}
