package transport

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"node.websocket/transport/sockjs"
	"node.websocket/transport/websocket"
)

// A speaker is a client of any transport.
type speaker interface {
	send(messages ...Message)       // in one go; waits as the transport does
	next() (m Message, over *ended) // over at the end
	close(code int, reason string)  // with the handshake of the transport, if it has one
	vanish()
}

// ended is the end of a session, as a speaker sees it.
type ended struct {
	code   int
	reason string
}

// A wsSpeaker speaks over a WebSocket.
type wsSpeaker struct {
	*client
	framed bool // in SockJS
	probed bool // as client.js

	over *ended // when a Close has come
}

const testProbe = "o:probe"

func (s *wsSpeaker) begin(address, secure string) *wsSpeaker {
	path := "/a"
	switch {
	case s.framed:
		path += newSession() + "/websocket"
	case s.probed:
		path += "?nws=1&frames=1"
	}
	s.open(path)
	if s.framed {
		s.want(websocket.Text, "o")
	}
	if s.probed {
		s.client.send(websocket.Text, testProbe)
		op, payload, err := s.read()
		switch {
		case op == websocket.Close: // by an IdleTimeout that is short
			s.answerClose(payload)
		case err != nil || op != websocket.Text || payload != testProbe:
			s.t.Fatalf("opcode %d, %q, %v; want the probe", op, payload, err)
		}
	}
	return s
}

func (s *wsSpeaker) send(messages ...Message) {
	if s.framed {
		s.client.send(websocket.Text, string(sockBody(messages)))
		return
	}
	var out []byte
	for _, m := range messages {
		out = masked(out, map[bool]byte{true: 0x82, false: 0x81}[m.Binary], string(m.Data))
	}
	s.raw(out)
}

func (s *wsSpeaker) answerClose(payload string) {
	s.conn.Write(masked(nil, 0x88, payload))
	code, reason, _ := websocket.ParseClose([]byte(payload))
	s.over = &ended{code, reason}
}

func (s *wsSpeaker) next() (Message, *ended) {
	for s.over == nil {
		op, payload, err := s.read()
		switch {
		case err != nil:
			return Message{}, &ended{1006, ""}
		case op == websocket.Close:
			s.answerClose(payload)
		case op == websocket.Text && s.framed && payload[0] == 'a':
			var text []string
			if err := json.Unmarshal([]byte(payload[1:]), &text); err != nil || len(text) != 1 {
				s.t.Errorf("%q: %v", payload, err)
				return Message{}, &ended{}
			}
			return Message{Data: []byte(text[0])}, nil
		case op == websocket.Text && s.framed: // o, h, c
		case op == websocket.Text || op == websocket.Binary:
			return Message{Binary: op == websocket.Binary, Data: []byte(payload)}, nil
		}
	}
	return Message{}, s.over
}

func (s *wsSpeaker) vanish() { s.conn.Close() }

// A requestSpeaker speaks in requests.
type requestSpeaker struct {
	t        testing.TB
	web      *web
	action   string // of its receivers
	extended bool   // as client.js
	http2    bool
	path     string
	key      string      // written before the open frame is handed on
	number   int         // of the last body
	frames   chan string // from the receivers, as the consumer takes them
	pending  []Message
	over     *ended
	cancel   context.CancelFunc
	running  sync.WaitGroup
}

func (s *requestSpeaker) begin() *requestSpeaker {
	ctx, cancel := context.WithCancel(context.Background())
	s.path, s.key, s.frames, s.cancel = "/a"+newSession(), "1", make(chan string), cancel
	s.running.Go(func() { s.receive(ctx) }) // ends with the session, or with ctx
	s.t.Cleanup(func() {
		cancel()
		s.running.Wait()
	})
	frame := s.frame()
	if frame != "o" && !(s.extended && strings.HasPrefix(frame, "o[")) {
		s.t.Fatalf("%q", frame)
	}
	return s
}

func (s *requestSpeaker) query(number int) string {
	if s.extended {
		return "?nws=" + s.key + "&frames=1&c=_x.y&n=" + fmt.Sprint(number)
	}
	return "?c=_x.y"
}

// receive makes one request after the other, and hands on the frames of their responses.
func (s *requestSpeaker) receive(ctx context.Context) {
	defer close(s.frames)
	method := actions[s.action].method
	for {
		r, err := s.web.try(ctx, method, s.path+"/"+s.action+s.query(0), "")
		if err != nil || r.StatusCode != 200 {
			if err == nil {
				s.t.Errorf("%s: %s %s", s.action, r.Proto, r.Status)
			}
			return
		}
		if s.http2 != (r.ProtoMajor == 2) {
			s.t.Errorf("it is %s", r.Proto)
		}
		some := false
		lines := bufio.NewReader(r.Body)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				break
			}
			if frame := s.unwrap(strings.TrimRight(line, "\r\n")); frame != "" {
				some = true
				if strings.HasPrefix(frame, "o[") {
					s.key = strings.Split(frame, `"`)[3]
				}
				select {
				case s.frames <- frame:
				case <-ctx.Done():
					return
				}
				if frame[0] == 'c' {
					return
				}
			}
		}
		r.Body.Close()
		if !some {
			return
		}
	}
}

// unwrap returns the frame in a line of a response, or "".
func (s *requestSpeaker) unwrap(line string) (frame string) {
	quoted := ""
	switch s.action {
	case "xhr", "xhr_streaming":
		if strings.HasPrefix(line, "hh") {
			return ""
		}
		return line
	case "eventsource":
		data, _ := strings.CutPrefix(line, "data: ")
		frame, err := url.PathUnescape(data)
		if err != nil {
			s.t.Errorf("%q: %v", data, err)
		}
		return frame
	case "htmlfile":
		if !strings.HasPrefix(line, `p("`) {
			return ""
		}
		quoted = strings.TrimSuffix(strings.TrimPrefix(line, "p("), ");")
	case "jsonp":
		quoted = strings.TrimSuffix(strings.TrimPrefix(line, "/**/_x.y("), ");")
	}
	if err := json.Unmarshal([]byte(quoted), &frame); err != nil {
		s.t.Errorf("%.100q: %v", line, err)
	}
	return frame
}

func (s *requestSpeaker) frame() string {
	select {
	case f := <-s.frames:
		return f
	case <-time.After(limit):
		s.t.Error("no frame came")
		return ""
	}
}

func (s *requestSpeaker) next() (Message, *ended) {
	for len(s.pending) == 0 && s.over == nil {
		frame := s.frame()
		switch {
		case frame == "":
			s.over = &ended{1006, ""}
		case frame[0] == 'a':
			var list []json.RawMessage
			if err := json.Unmarshal([]byte(frame[1:]), &list); err != nil {
				s.t.Errorf("%.100q: %v", frame, err)
			}
			for _, element := range list {
				var text string
				var data [][]byte
				if json.Unmarshal(element, &text) == nil {
					s.pending = append(s.pending, Message{Data: []byte(text)})
				} else if json.Unmarshal(element, &data) == nil && len(data) == 1 {
					s.pending = append(s.pending, Message{Binary: true, Data: data[0]})
				} else {
					s.t.Errorf("%.100q", element)
				}
			}
		case frame[0] == 'c':
			var parts []any
			if err := json.Unmarshal([]byte(frame[1:]), &parts); err != nil || len(parts) != 2 {
				s.t.Errorf("%q: %v", frame, err)
				return Message{}, &ended{}
			}
			s.over = &ended{int(parts[0].(float64)), parts[1].(string)}
		}
	}
	if len(s.pending) == 0 {
		return Message{}, s.over
	}
	m := s.pending[0]
	s.pending = s.pending[1:]
	return m, nil
}

func (s *requestSpeaker) send(messages ...Message) { s.post(sockBody(messages)) }

func (s *requestSpeaker) post(body []byte) {
	s.number++
	action := "/xhr_send"
	contentType, text, want := "text/plain", string(body), http.StatusNoContent
	if s.action == "jsonp" {
		action, contentType, text, want = "/jsonp_send", "application/x-www-form-urlencoded", "d="+url.QueryEscape(text), http.StatusOK
	}
	r, err := s.web.try(context.Background(), "POST", s.path+action+s.query(s.number), text, "Content-Type: "+contentType)
	if err != nil {
		s.t.Error(err)
		return
	}
	defer r.Body.Close()
	switch r.StatusCode {
	case want, 413, 429, 404: // 404: the session is over, as next tells
	default:
		answer, _ := io.ReadAll(r.Body)
		s.t.Errorf("%s: %s %s", action, r.Status, answer)
	}
}

func (s *requestSpeaker) close(code int, reason string) {
	quoted, _ := json.Marshal(reason)
	s.post(fmt.Appendf(nil, `[[%d,%s]]`, code, quoted))
}

func (s *requestSpeaker) vanish() {
	s.cancel()
	s.running.Wait()
}

// sockBody returns the body with which client.js sends messages.
func sockBody(messages []Message) []byte {
	out := []byte{'['}
	for i, m := range messages {
		if i > 0 {
			out = append(out, ',')
		}
		if m.Binary {
			out = fmt.Appendf(out, `["%s"]`, base64.StdEncoding.EncodeToString(m.Data))
			continue
		}
		text, _ := json.Marshal(string(m.Data))
		out = append(out, text...)
	}
	return append(out, ']')
}

// forEachTransport runs a test on every transport: plain, over TLS, and over HTTP/2. kind is what
// the client can express: "plain" SockJS has neither binary messages nor a close of its own, "text"
// has no binary messages, and "whole" has everything.
func forEachTransport(t *testing.T, body func(t *testing.T, kind string, start func(o Options, h Handler) speaker)) {
	for _, scheme := range []string{"plain", "TLS", "HTTP2"} {
		secure := scheme != "plain"
		listen := func(t *testing.T, o Options, h Handler) (address string) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			address = l.Addr().String()
			o.UnclaimedTimeout = cmp.Or(o.UnclaimedTimeout, limit) // the next request may be slow to come
			if scheme == "HTTP2" {
				o.TLS = &tls.Config{Certificates: []tls.Certificate{testCertificate()}, NextProtos: []string{"h2"}}
			} else if secure {
				l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{testCertificate()}})
			}
			serveOn(t, l, o, h)
			return address
		}
		insecure := &tls.Config{InsecureSkipVerify: true}
		run := func(name, kind string, start func(t *testing.T, address string) speaker) {
			t.Run(name+"/"+scheme, func(t *testing.T) {
				body(t, kind, func(o Options, h Handler) speaker { return start(t, listen(t, o, h)) })
			})
		}
		webSocket := func(framed, probed bool) func(*testing.T, string) speaker {
			return func(t *testing.T, address string) speaker {
				c := dial(t, address)
				if secure {
					c = newClient(t, tls.Client(c.conn, insecure))
				}
				return (&wsSpeaker{client: c, framed: framed, probed: probed}).begin(address, scheme)
			}
		}
		if scheme != "HTTP2" { // see the tests of HTTP/2's own WebSockets
			run("websocket", "whole", webSocket(false, false))
			run("websocket-sockjs", "text", webSocket(true, false))
			run("websocket-client.js", "whole", webSocket(false, true))
		}
		for action := range actions {
			response := sockjs.ResponseTo(action)
			if response == nil {
				continue
			}
			for _, extended := range []bool{false, true} {
				kind, name := "plain", response.Transport
				if extended {
					kind, name = "whole", name+"-client.js"
				}
				run(name, kind, func(t *testing.T, address string) speaker {
					base := map[bool]string{false: "http://", true: "https://"}[secure]
					w := newWeb(t, base+address)
					transport := w.client.Transport.(*http.Transport)
					transport.TLSClientConfig, transport.ForceAttemptHTTP2 = insecure.Clone(), scheme == "HTTP2"
					return (&requestSpeaker{t: t, web: w, action: action, extended: extended, http2: scheme == "HTTP2"}).begin()
				})
			}
		}
	}
}
