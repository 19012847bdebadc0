package transport

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
)

// browserHead is the head of a browser's handshake.
var browserHead = []byte("GET /a HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nConnection: Upgrade\r\nPragma: no-cache\r\nCache-Control: no-cache\r\n" +
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n" +
	"Upgrade: websocket\r\nOrigin: http://127.0.0.1:8080\r\nSec-WebSocket-Version: 13\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n" +
	"Accept-Language: en-GB,en;q=0.9\r\nSec-WebSocket-Key: " + websocketKey + "\r\n" +
	"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n")

// BenchmarkParseEarly parses the head of a browser, and has http.ReadRequest do so.
func BenchmarkParseEarly(b *testing.B) {
	b.Run("early", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if r, _ := parseEarly(browserHead); r == nil {
				b.Fatal("not parsed")
			}
		}
	})
	b.Run("http.ReadRequest", func(b *testing.B) {
		b.ReportAllocs()
		head := bytes.NewReader(browserHead)
		in := bufio.NewReader(head)
		for b.Loop() {
			head.Reset(browserHead)
			in.Reset(head)
			if _, err := http.ReadRequest(in); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkHandshake connects, opens a WebSocket, and resets the connection: what the server and this
// client do together.
func BenchmarkHandshake(b *testing.B) {
	for _, way := range []string{"early", "net/http"} {
		b.Run(way, func(b *testing.B) {
			h := &fakeHandler{conversation: func() *fakeConversation { return newConversation(b) }}
			h.open = func(context.Context, *fakeConversation) (Answer, error) { return Answer{}, nil }
			s := NewServer(Options{Log: slog.New(slog.DiscardHandler)}, h)
			s.noEarly = way != "early"
			address := serveServer(b, s)
			answer := make([]byte, len("HTTP/1.1 101"))
			b.ReportAllocs()
			for b.Loop() {
				conn, err := net.Dial("tcp", address)
				if err != nil {
					b.Fatal(err)
				}
				conn.Write(browserHead)
				if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != "HTTP/1.1 101" {
					b.Fatal(string(answer), err)
				}
				conn.(*net.TCPConn).SetLinger(0)
				conn.Close()
			}
		})
	}
}
