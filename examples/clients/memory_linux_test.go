package clients

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/transport/websocket/websockettest"
)

const (
	floodModule = `var Module = this.Module = function(){ };
		var text = 'x'.repeat(10000);
		Module.prototype.onConnect = function(c){ while (c.bufferedAmount < 900000 && c.readyState == 1) c.send(text) };
		Module.prototype.onData = function(d, c){ };`
	silentModule = `var Module = this.Module = function(){ };
		Module.prototype.onData = function(d, c){ };`
)

// TestMemoryThatClientsHold measures the program's memory while hostile clients of one kind hold as much of
// it as they can, and after they have gone. Without the limits that it checks, these clients held 512, 185,
// 270 and 638 MB, and 20 seconds after they had gone the program still held all of it.
func TestMemoryThatClientsHold(t *testing.T) {
	for _, test := range []struct {
		name   string
		module string
		args   []string
		attack func(t *testing.T, p *commandtest.Process) []io.Closer
		most   int64 // MB that the clients may add
	}{
		{"streams of HTTP/2 that are not read", floodModule, nil, streams, 150},
		{"forms of SockJS that stall", silentModule, nil, forms, 60},
		{"compressed messages that are not finished", silentModule, []string{"--compression", "true"}, unfinished, 40},
		{"WebSockets that are not read", floodModule, nil, slow, 800},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := commandtest.Start(t, map[string]string{"test.js": test.module}, append(test.args, "--log", "error")...)
			p.Dial("/test").Conn.Close()
			const MB = 1 << 20
			before, peak, begin := p.Memory(), int64(0), time.Now()
			clients := test.attack(t, p)
			p.Wait("a look at the memory", func() bool {
				peak = max(peak, p.Memory())
				return time.Since(begin) > 3*time.Second
			})
			for _, c := range clients {
				c.Close()
			}
			gone, least := time.Now(), peak
			p.Wait("a look at the memory", func() bool {
				least = min(least, p.Memory())
				return least < before+40*MB || time.Since(gone) > 50*time.Second
			})
			t.Logf("%d MB before the clients came, %d MB while they held it, %d MB %.0f s after they had gone",
				before/MB, peak/MB, least/MB, time.Since(gone).Seconds())
			if peak > before+test.most*MB {
				t.Errorf("the clients held more than %d MB", test.most)
			}
			if least >= before+40*MB {
				t.Error("the memory did not go back")
			}
		})
	}
}

// streams opens two connections of HTTP/2 with 250 WebSockets each, and lets nothing of what they are sent
// through.
func streams(t *testing.T, p *commandtest.Process) (all []io.Closer) {
	for range 2 {
		conn := dial(t, p)
		all = append(all, conn)
		go io.Copy(io.Discard, conn) // ends with the connection
		if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
			t.Fatal(err)
		}
		var block bytes.Buffer
		framer, fields := http2.NewFramer(conn, nil), hpack.NewEncoder(&block)
		if err := framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0}); err != nil {
			t.Fatal(err)
		}
		for i := range 250 {
			block.Reset()
			for _, f := range [][2]string{{":method", "CONNECT"}, {":protocol", "websocket"}, {":scheme", "http"}, {":path", "/test"},
				{":authority", p.Address()}, {"sec-websocket-version", "13"}} {
				if err := fields.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]}); err != nil {
					t.Fatal(err)
				}
			}
			if err := framer.WriteHeaders(http2.HeadersFrameParam{StreamID: uint32(2*i + 1), BlockFragment: block.Bytes(), EndHeaders: true}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return all
}

// forms has ten SockJS clients send a message of almost a megabyte in a form in which each character takes
// eighteen, all but its end.
func forms(t *testing.T, p *commandtest.Process) (all []io.Closer) {
	text := "d=%5B%22" + strings.Repeat("%5C%75%30%30%34%31", 1_000_000)
	for i := range 10 {
		path := fmt.Sprintf("http://%s/test/0/s%d/", p.Address(), i)
		r, err := http.Get(path + "jsonp?c=x")
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		conn := dial(t, p)
		all = append(all, conn)
		if _, err := fmt.Fprintf(conn, "POST /test/0/s%d/jsonp_send HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Go-http-client/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", i, len(text)+100, text); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// unfinished has 200 clients send a kilobyte of a compressed message that becomes a megabyte, all but its last
// byte.
func unfinished(t *testing.T, p *commandtest.Process) (all []io.Closer) {
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(make([]byte, 1<<20-100))
	w.Flush()
	frame := websockettest.AppendFrame(nil, 0xc2, packed.String()) // whole, compressed, binary
	for range 200 {
		c := p.Dial("/test", "Sec-WebSocket-Extensions: permessage-deflate\r\n")
		c.Raw(frame[:len(frame)-1])
		all = append(all, c.Conn)
	}
	return all
}

// slow opens 500 WebSockets that take nothing of what they are sent.
func slow(t *testing.T, p *commandtest.Process) (all []io.Closer) {
	for range 500 {
		c := p.Dial("/test")
		all = append(all, c.Conn)
	}
	return all
}

func dial(t *testing.T, p *commandtest.Process) net.Conn {
	conn, err := net.Dial("tcp", p.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}
