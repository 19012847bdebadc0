//go:build linux

//lint:file-ignore SA1019 net/http's Transport refuses the header :protocol of an extended CONNECT (RFC 8441); this deprecated one sends it.

package load

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"

	"golang.org/x/net/http2"
)

// An http2Connection carries all WebSockets of a session over one connection (RFC 8441).
type http2Connection struct {
	target    Target
	transport *http2.Transport
}

func newHTTP2(target Target) *http2Connection {
	return &http2Connection{target, &http2.Transport{
		TLSClientConfig:    &tls.Config{InsecureSkipVerify: true}, // a certificate made for this run
		DisableCompression: true,
	}}
}

// connect opens a client's stream and makes its handshake.
func (h *http2Connection) connect(c *client) (rest []byte, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	request, err := http.NewRequestWithContext(ctx, http.MethodConnect, "https://"+h.target.Address+h.target.path(), out)
	if err != nil {
		cancel()
		return nil, err
	}
	request.Header = http.Header{":protocol": {"websocket"}, "Sec-Websocket-Version": {"13"}, "User-Agent": {userAgent}}
	response, err := h.transport.RoundTrip(request)
	if err != nil {
		cancel()
		return nil, err
	}
	c.stream = &http2Stream{response.Body, in, cancel}
	if response.StatusCode != http.StatusOK {
		c.stream.Close()
		return nil, fmt.Errorf("the handshake was answered with %s", response.Status)
	}
	return nil, nil
}

// An http2Stream is the client's end of a stream.
type http2Stream struct {
	io.ReadCloser
	out    *io.PipeWriter
	cancel func()
}

func (s *http2Stream) Write(p []byte) (int, error) { return s.out.Write(p) }

func (s *http2Stream) Close() error {
	s.cancel()
	s.out.Close()
	return s.ReadCloser.Close()
}
