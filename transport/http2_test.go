package transport

//lint:file-ignore SA1019 net/http's Transport refuses the header :protocol of an extended CONNECT (RFC 8441); this deprecated one sends it.

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"node.websocket/transport/websocket"
)

// dialStreams returns a client of HTTP/2 whose requests all share one connection.
func dialStreams(t testing.TB, overTLS bool) *http2.Transport {
	transport := &http2.Transport{
		AllowHTTP:       !overTLS,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}
	if !overTLS {
		transport.DialTLSContext = func(ctx context.Context, network, address string, _ *tls.Config) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		}
	}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// pipeStreams is dialStreams over a pipe.
func pipeStreams(t testing.TB, l *pipeListener) *http2.Transport {
	transport := dialStreams(t, false)
	transport.DialTLSContext = func(ctx context.Context, network, address string, _ *tls.Config) (net.Conn, error) {
		return l.dialContext(ctx, network, address)
	}
	return transport
}

// A streamConn is the client's end of a stream.
type streamConn struct {
	net.Conn // nil; for the methods that are not called
	*io.PipeWriter
	in     io.ReadCloser
	cancel func()
}

func (c *streamConn) Read(p []byte) (int, error)  { return c.in.Read(p) }
func (c *streamConn) Write(p []byte) (int, error) { return c.PipeWriter.Write(p) }
func (c *streamConn) SetDeadline(time.Time) error { return nil }

func (c *streamConn) Close() error {
	c.cancel()
	c.PipeWriter.Close()
	return c.in.Close()
}

// openStream makes the handshake of RFC 8441 for a URL.
func openStream(t testing.TB, transport *http2.Transport, url string, header http.Header) (*client, *http.Response) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	out, in := io.Pipe()
	r, err := http.NewRequestWithContext(ctx, http.MethodConnect, url, out)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{":protocol": {"websocket"}, "Sec-Websocket-Version": {"13"}}
	for name, values := range header {
		r.Header[name] = values
	}
	response, err := transport.RoundTrip(r)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	conn := &streamConn{PipeWriter: in, in: response.Body, cancel: cancel}
	return newClient(t, conn), response
}

func startStream(t testing.TB, o Options, p *fakeConversation) (*client, *Session) {
	t.Helper()
	_, address := serve(t, o, oneConversation(p))
	scheme := "http://"
	if o.TLS != nil {
		scheme = "https://"
	}
	c, r := openStream(t, dialStreams(t, o.TLS != nil), scheme+address+"/a", nil)
	if r.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(r.Body)
		t.Fatalf("%s: %s", r.Status, body)
	}
	return c, await(t, p.opened)
}

func startTLSStream(t testing.TB, o Options, p *fakeConversation) (*client, *Session) {
	t.Helper()
	o.TLS = testTLS(t)
	return startStream(t, o, p)
}

// TestManyStreams has many sessions on one connection, with pages besides them.
func TestManyStreams(t *testing.T) {
	t.Parallel()
	const n = 100
	conversations := make(chan *fakeConversation, n)
	h := &fakeHandler{conversation: func() *fakeConversation { p := echoConversation(t); conversations <- p; return p }}
	var log logBuffer
	_, address := serve(t, Options{TLS: testTLS(t), Log: log.logger()}, h)
	transport := dialStreams(t, true)
	connections := map[string]bool{}
	var all sync.WaitGroup
	for i := range n {
		c, r := openStream(t, transport, "https://"+address+"/A?x=1", http.Header{"Origin": {"https://a.com"}, "Sec-Websocket-Protocol": {"x"}})
		if r.StatusCode != http.StatusOK {
			t.Fatal(r.Status)
		}
		conversation := await(t, conversations)
		q := conversation.request
		if q.Path != "/A" || q.Resource != "a" || q.Origin != "https://a.com" || q.Host != address || !q.Secure || q.Version != "13" ||
			q.RemoteAddress != "127.0.0.1" || conversation.http().ProtoMajor != 2 || conversation.http().URL.RawQuery != "x=1" || len(q.Protocols) != 1 {
			t.Errorf("%+v", q)
		}
		connections[await(t, conversation.opened).client] = true
		all.Go(func() {
			text := strings.Repeat("x", i*1000)
			c.send(websocket.Text, text)
			if op, got, err := c.read(); op != websocket.Text || got != text || err != nil {
				t.Errorf("opcode %d, %d bytes, %v", op, len(got), err)
			}
			c.close(3000+i, "bye")
			if op, _, err := c.read(); op != websocket.Close || err != nil {
				t.Errorf("opcode %d, %v", op, err)
			}
			conversation.wantClosed(3000+i, "bye")
			if b, err := c.in.ReadByte(); err != io.EOF {
				t.Errorf("byte %d, %v; want the end of the stream", b, err)
			}
		})
	}
	all.Wait()
	if len(connections) != 1 {
		t.Errorf("%d connections", len(connections))
	}
	if !strings.Contains(log.String(), "msg=connected resource=a client="+peerOf(connections)) || !strings.Contains(log.String(), "websocket=13 http=HTTP/2.0") {
		t.Errorf("log: %.500s", log.String())
	}
	r, err := http.NewRequest("GET", "https://"+address+"/a", nil)
	if err != nil {
		t.Fatal(err)
	}
	if page, err := transport.RoundTrip(r); err != nil || page.StatusCode != http.StatusOK {
		t.Errorf("%v, %v", page, err)
	}
}

func peerOf(connections map[string]bool) string {
	for c := range connections {
		return c
	}
	return ""
}

func TestStreamRefused(t *testing.T) {
	t.Parallel()
	h := &fakeHandler{conversation: func() *fakeConversation { return newConversation(t) }, options: Options{Origins: []string{"http://a.com"}}}
	_, address := serve(t, Options{}, h)
	transport := dialStreams(t, false)
	for _, test := range []struct {
		path   string
		header http.Header
		status int
	}{
		{"/unknown", nil, 404},
		{"/a%00", nil, 400},
		{"/broken", nil, 500},
		{"/a", http.Header{"Origin": {"http://b.com"}}, 403},
		{"/a", http.Header{"Sec-Websocket-Version": {"8"}}, 400},
		{"/a", http.Header{"Sec-Websocket-Version": {"x"}}, 400},
		{"/a", http.Header{"Sec-Websocket-Protocol": {"a,,b c"}}, 400},
		{"/a", http.Header{":protocol": {"connect-udp"}}, 501},
	} {
		_, r := openStream(t, transport, "http://"+address+test.path, test.header)
		if r.StatusCode != test.status || r.Header.Get("Connection") != "" || r.Header.Get("Upgrade") != "" {
			t.Errorf("%s %v: %s %v, want %d", test.path, test.header, r.Status, r.Header, test.status)
		}
	}
	// A refusal does not end the connection.
	if _, r := openStream(t, transport, "http://"+address+"/a", nil); r.StatusCode != 200 {
		t.Error(r.Status)
	}
	if n := h.opens.Load(); n != 1 {
		t.Errorf("%d instances were made", n)
	}
}

// TestExtendedConnect sends requests with :protocol that are for no WebSocket, and checks that others on the connection are served.
func TestExtendedConnect(t *testing.T) {
	t.Parallel()
	connect := func(without string) (fields []string) {
		for _, f := range []string{":method CONNECT", ":scheme https", ":path /a", ":authority localhost", ":protocol websocket", "sec-websocket-version 13"} {
			if name, _, _ := strings.Cut(f, " "); name != without {
				fields = append(fields, f)
			}
		}
		return fields
	}
	for _, test := range []struct {
		name   string
		fields []string
		want   string // the status, or the code of the reset
	}{
		{"valid", connect(""), "200"},
		{"another protocol", []string{":method CONNECT", ":scheme https", ":path /a", ":authority localhost", ":protocol connect-udp"}, "501"},
		{"another protocol, in capitals", []string{":method CONNECT", ":scheme https", ":path /a", ":authority localhost", ":protocol WEBSOCKET"}, "501"},
		{"no scheme", connect(":scheme"), "200"}, // malformed, but net/http does not let it show
		{"no path", connect(":path"), "PROTOCOL_ERROR"},
		{"no authority", connect(":authority"), "INTERNAL_ERROR"},
		{"a GET", []string{":method GET", ":scheme https", ":path /a", ":authority localhost", ":protocol websocket"}, "INTERNAL_ERROR"},
		{"a POST of SockJS", []string{":method POST", ":scheme https", ":path /a/0/s/xhr", ":authority localhost", ":protocol websocket"}, "INTERNAL_ERROR"},
	} {
		for _, overTLS := range []bool{true, false} {
			o := Options{}
			if overTLS {
				o.TLS = testTLS(t)
			}
			_, address := serve(t, o, &fakeHandler{conversation: func() *fakeConversation { return newConversation(t) }})
			c := dialFrames(t, address, overTLS)
			if got := c.request(test.fields); got != test.want {
				t.Errorf("%s, TLS %v: %s, want %s", test.name, overTLS, got, test.want)
			}
			if got := c.request(connect("")); got != "200" {
				t.Errorf("%s, TLS %v: after that %s", test.name, overTLS, got)
			}
		}
	}
}

// A framesConn is a connection of HTTP/2 on which a test sends what it likes.
type framesConn struct {
	t      *testing.T
	framer *http2.Framer
	stream uint32
}

func dialFrames(t *testing.T, address string, overTLS bool) *framesConn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	if overTLS {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(limit))
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	c := &framesConn{t: t, framer: http2.NewFramer(conn, conn)}
	c.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	if err := c.framer.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	return c
}

// request sends the head of a request, with fields as in ":method GET". It returns the status of the response, or the code of the
// stream's reset.
func (c *framesConn) request(fields []string) string {
	c.t.Helper()
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for _, f := range fields {
		name, value, _ := strings.Cut(f, " ")
		if err := encoder.WriteField(hpack.HeaderField{Name: name, Value: value}); err != nil {
			c.t.Fatal(err)
		}
	}
	c.stream = c.stream + 1 | 1
	if err := c.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: c.stream, BlockFragment: block.Bytes(), EndHeaders: true}); err != nil {
		c.t.Fatal(err)
	}
	for {
		f, err := c.framer.ReadFrame()
		if err != nil {
			c.t.Fatal(err)
		}
		switch f := f.(type) {
		case *http2.MetaHeadersFrame:
			if f.StreamID == c.stream {
				return f.PseudoValue("status")
			}
		case *http2.RSTStreamFrame:
			if f.StreamID == c.stream {
				return f.ErrCode.String()
			}
		case *http2.GoAwayFrame:
			return "GOAWAY " + f.ErrCode.String()
		}
	}
}

// TestStreamRefusedByModule checks the headers of a module's refusal: each once, and none of an
// accepted handshake.
func TestStreamRefusedByModule(t *testing.T) {
	t.Parallel()
	h := oneConversation(newConversation(t))
	h.open = func(context.Context, *fakeConversation) (Answer, error) {
		return Answer{Status: 401, Header: http.Header{"Set-Cookie": {"a=1", "b=2"}}, Body: "who are you?"}, nil
	}
	_, address := serve(t, Options{Compression: true}, h)
	_, r := openStream(t, dialStreams(t, false), "http://"+address+"/a", http.Header{"Sec-Websocket-Extensions": {"permessage-deflate"}})
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != 401 || string(body) != "who are you?" || !slices.Equal(r.Header["Set-Cookie"], []string{"a=1", "b=2"}) ||
		r.Header.Get("Sec-Websocket-Extensions") != "" {
		t.Errorf("%s %v %q, %v", r.Status, r.Header, body, err)
	}
}

// TestStreamPaused has two sessions on a connection, of which one is not read. The flow control of
// HTTP/2 holds up only that one.
func TestStreamPaused(t *testing.T) {
	t.Parallel()
	resume := make(chan struct{})
	conversations := make(chan *fakeConversation, 2)
	waits := true
	h := &fakeHandler{conversation: func() *fakeConversation {
		p := newConversation(t)
		wait := waits
		waits = false
		p.onReceive = func(p *fakeConversation, batch []Message) {
			if wait {
				<-resume
			}
			echo(p, batch)
		}
		conversations <- p
		return p
	}}
	_, address := serve(t, Options{}, h)
	transport := dialStreams(t, false)
	paused, _ := openStream(t, transport, "http://"+address+"/a", nil)
	lively, _ := openStream(t, transport, "http://"+address+"/a", nil)
	const size, n = 10_000, 100
	text := strings.Repeat("x", size)
	sent := make(chan int, n)
	go func() {
		for i := range n {
			paused.conn.Write(masked(nil, 0x81, text))
			sent <- i
		}
	}()
	for i := range 300 {
		lively.send(websocket.Text, text)
		lively.want(websocket.Text, text)
		if i == 200 && len(sent) == n {
			t.Error("all that was sent to a session that is paused has been taken")
		}
	}
	close(resume)
	for range n {
		paused.want(websocket.Text, text)
	}
}

// TestStreamGone has clients that reset their stream or end their half of it.
func TestStreamGone(t *testing.T) {
	t.Parallel()
	for range 10 {
		conversation := echoConversation(t)
		c, _ := startStream(t, Options{}, conversation)
		c.send(websocket.Text, "x")
		c.want(websocket.Text, "x")
		c.conn.(*streamConn).in.Close() // resets the stream
		conversation.wantClosed(1006, "")
	}
	conversation := echoConversation(t)
	c, _ := startStream(t, Options{}, conversation)
	c.conn.(*streamConn).PipeWriter.Close() // half of the stream
	conversation.wantClosed(1006, "")
	c.wantEnd()
}

func TestStreamShutdown(t *testing.T) {
	t.Parallel()
	conversation := newConversation(t)
	s, address := serve(t, Options{}, oneConversation(conversation))
	c, _ := openStream(t, dialStreams(t, false), "http://"+address+"/a", nil)
	await(t, conversation.opened)
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(context.Background()) }()
	c.wantClose(1001)
	c.close(1001, "")
	conversation.wantClosed(1001, "the server is shutting down")
	if err := await(t, done); err != nil {
		t.Error(err)
	}
}

// TestStreamBodyTooLong checks that only a body that is too long is refused. The connection and the
// sessions on it live on.
func TestStreamBodyTooLong(t *testing.T) {
	t.Parallel()
	_, address := serve(t, Options{MaxMessage: 1000}, services{"a": newService(t, Options{}, echo)})
	var dials atomic.Int32
	transport := dialStreams(t, false)
	dial := transport.DialTLSContext
	transport.DialTLSContext = func(ctx context.Context, network, address string, c *tls.Config) (net.Conn, error) {
		dials.Add(1)
		return dial(ctx, network, address, c)
	}
	w := &web{t: t, base: "http://" + address, client: &http.Client{Transport: transport, Timeout: limit}}
	w.want("POST", "/a/0/one/xhr", "", 200, "o\n")
	w.want("POST", "/a/0/two/xhr", "", 200, "o\n")
	w.want("POST", "/a/0/one/xhr_send", `["`+strings.Repeat("x", 100_000)+`"]`, 413, "a body has at most 10096 bytes\n")
	w.want("POST", "/a/0/two/xhr_send", `["x"]`, 204, "")
	w.want("POST", "/a/0/two/xhr", "", 200, "a[\"x\"]\n")
	if n := dials.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}
