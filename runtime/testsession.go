package runtime

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/dop251/goja"

	"node.websocket/runtime/source"
)

// The codes of a normal close, and of one without a code (RFC 6455 §7.4.1).
const (
	closeNormal   = 1000
	closeNoStatus = 1005
	closeLost     = 1006
)

// A testSession is a Session between a test and a module, without a network. One goroutine carries what
// both have sent; it ends with the session, or when the file's tests are over.
type testSession struct {
	// fixed before it is connected
	run    *testRun
	client *goja.Object // the functions message and closed of tests.js, only in a turn of the test's worker
	conn   *Conn
	answer Answer

	wake chan struct{} // has room for one

	mu sync.Mutex

	// guarded by mu
	in, out      []Message // to the module, and to the test
	state        int
	code         int // of the close
	reason       string
	disconnected bool          // Disconnected was called
	offering     bool          // the module is offered what was in in
	offered      chan struct{} // closed when that is over, or at the end; nil: nobody waits
}

// connect is the function native of tests.js: it makes a handshake, and calls the methods opened or
// refused, message and closed of its third argument.
func (t *testRun) connect(call goja.FunctionCall) goja.Value {
	w := t.worker
	client := call.Argument(2).ToObject(w.vm)
	request, err := t.request(call.Argument(0).String(), call.Argument(1).ToObject(w.vm))
	if err != nil {
		panic(w.vm.NewTypeError("connect: %v", err))
	}
	s := &testSession{run: t, client: client, wake: make(chan struct{}, 1)}
	t.open = append(t.open, s)
	go s.carry(request) // ends with the session or with Test
	side := w.vm.NewObject()
	_ = side.Set("send", w.named("send", 1, func(call goja.FunctionCall) goja.Value {
		frame, m := "", s.message(call.Argument(0))
		if startsFrame(m) {
			frame = frameData
		}
		s.put(framed(frame, "", m))
		return goja.Undefined()
	}))
	_ = side.Set("request", w.named("request", 2, func(call goja.FunctionCall) goja.Value {
		s.put(framed(frameRequest, call.Argument(0).String()+"\n", s.message(call.Argument(1))))
		return goja.Undefined()
	}))
	_ = side.Set("close", w.named("close", 2, func(call goja.FunctionCall) goja.Value {
		code, reason := closeNoStatus, ""
		if given(call.Argument(0)) {
			code = int(call.Argument(0).ToInteger())
		}
		if given(call.Argument(1)) {
			reason = call.Argument(1).String()
		}
		s.closeBy(code, reason)
		return goja.Undefined()
	}))
	return side
}

// message returns the message that an argument of a test stands for.
func (s *testSession) message(data goja.Value) Message {
	if bytes, ok := s.run.worker.environment.Bytes(data); ok {
		return Message{Binary: true, Data: bytes}
	}
	return Message{Data: []byte(data.String())}
}

// put adds a message for the module, which may keep its data.
func (s *testSession) put(m Message) {
	m.Owned = true
	s.mu.Lock()
	if s.state <= stateOpen {
		s.in = append(s.in, m)
	}
	s.mu.Unlock()
	s.Resume()
}

// request returns the request of a handshake with the options origin, headers and protocols.
func (t *testRun) request(path string, options *goja.Object) (Request, error) {
	u, err := url.Parse(path)
	if err != nil || !strings.HasPrefix(path, "/") {
		return Request{}, fmt.Errorf("%q is no path, such as '/chat'", path)
	}
	decoded, err := source.DecodePath(u.EscapedPath())
	if err != nil {
		return Request{}, fmt.Errorf("%q is no path: %w", path, err)
	}
	header := http.Header{"Host": {"localhost"}}
	if headers := options.Get("headers"); given(headers) {
		more, err := t.worker.headersOf(headers)
		if err != nil {
			return Request{}, err
		}
		for name, values := range more {
			header[name] = values
		}
	}
	origin := ""
	if v := options.Get("origin"); given(v) {
		origin = v.String()
		header.Set("Origin", origin)
	}
	if v := options.Get("protocols"); given(v) {
		header.Set("Sec-Websocket-Protocol", v.String()) // an array is joined by commas
	}
	var head strings.Builder
	fmt.Fprintf(&head, "GET %s HTTP/1.1\r\n", u.RequestURI())
	_ = header.Write(&head)
	return Request{
		ID: rand.Text(), Head: head.String(), Path: decoded, Origin: origin, RemoteAddress: "127.0.0.1", Transport: "websocket", Version: "13", Framed: true,
	}, nil
}

// carry makes the handshake, and then carries messages until the session is over.
func (s *testSession) carry(request Request) {
	t, ctx := s.run, s.run.worker.context
	if !s.handshake(ctx, request) {
		return
	}
	for {
		select {
		case <-s.wake:
		case <-t.ended:
			s.end(closeLost, "")
			return
		}
		s.deliver()
		if taken := s.offer(); taken {
			s.deliver() // what the module has answered at once
		}
		s.mu.Lock()
		over, code, reason := s.state != stateOpen && len(s.out) == 0, s.code, s.reason
		s.mu.Unlock()
		if over {
			s.end(code, reason)
			t.worker.post(func() { s.tell("closed", code, reason) })
			return
		}
	}
}

// handshake connects to the module, and reports whether that has not refused it.
func (s *testSession) handshake(ctx context.Context, request Request) bool {
	w := s.run.worker
	name := strings.ToLower(strings.Trim(request.Path, "/"))
	if name == "" {
		name = "_default"
	}
	refused := func(status int, body string) bool {
		w.post(func() { s.tell("refused", status, body) })
		return false
	}
	resource, err := w.resource.runtime.Resource(name)
	if err != nil {
		return refused(http.StatusNotFound, err.Error())
	}
	c, answer, err := resource.Open(ctx, request)
	switch {
	case err != nil:
		return refused(http.StatusInternalServerError, err.Error())
	case answer.Status != 0:
		return refused(answer.Status, answer.Body)
	}
	s.mu.Lock()
	s.conn, s.answer = c, answer
	if s.state == 0 {
		s.state = stateOpen
	}
	s.mu.Unlock()
	w.post(func() { s.tell("opened", answer.Protocol) })
	c.Connected(s)
	s.Resume()
	return true
}

// offer offers the module what the test has sent, and reports whether it has taken some.
func (s *testSession) offer() bool {
	s.mu.Lock()
	batch := s.in
	s.in, s.offering = nil, len(s.in) > 0
	s.mu.Unlock()
	if len(batch) == 0 {
		return false
	}
	taken := s.conn.Receive(batch)
	s.mu.Lock()
	s.in = append(batch[taken:len(batch):len(batch)], s.in...)
	s.noteOfferedLocked()
	s.mu.Unlock()
	return taken > 0
}

// noteOfferedLocked wakes settle.
func (s *testSession) noteOfferedLocked() {
	s.offering = false
	if s.offered != nil {
		close(s.offered)
		s.offered = nil
	}
}

// settle waits until the module has taken what the test has sent, or does not take it, as while a promise of onData is
// pending.
func (s *testSession) settle(ctx context.Context) {
	for {
		s.mu.Lock()
		if s.state != stateOpen || len(s.in) == 0 && !s.offering { // what is in the module's hands is not in s.in
			s.mu.Unlock()
			return
		}
		if s.offered == nil {
			s.offered = make(chan struct{})
		}
		offered := s.offered
		s.mu.Unlock()
		s.Resume()
		select {
		case <-offered:
		case <-ctx.Done():
			return
		case <-s.run.ended:
			return
		}
		held := true
		s.conn.worker.do(func() { held = s.conn.paused || s.conn.pending })
		if held { // otherwise the worker was busy
			return
		}
	}
}

// deliver hands the test what the module has sent.
func (s *testSession) deliver() {
	s.mu.Lock()
	batch := s.out
	s.out = nil
	s.mu.Unlock()
	if len(batch) == 0 {
		return
	}
	w := s.run.worker
	w.post(func() {
		for _, m := range batch {
			s.take(m)
		}
	})
}

// take hands the test one message, or what a frame stands for.
func (s *testSession) take(m Message) {
	value := func(data []byte) goja.Value {
		if m.Binary {
			return s.run.worker.environment.Uint8Array(data)
		}
		return s.run.worker.environment.Text(data)
	}
	if !startsFrame(m) {
		s.tell("message", value(m.Data))
		return
	}
	frame, rest := string(m.Data[:len(frameData)]), m.Data[len(frameData):]
	if frame == frameData {
		s.tell("message", value(rest))
		return
	}
	number, data, _ := bytes.Cut(rest, []byte("\n"))
	n, _ := strconv.Atoi(string(number)) // it is one that the test has sent
	if frame == frameReply {
		s.tell("replied", n, value(data))
	} else {
		s.tell("unanswered", n, string(data))
	}
}

// tell calls a function of tests.js, in a turn of the test's worker.
func (s *testSession) tell(name string, args ...any) {
	w := s.run.worker
	if w.stopped { // the tests are over
		return
	}
	values := make([]goja.Value, len(args))
	for i, a := range args {
		values[i] = w.vm.ToValue(a)
	}
	w.Call(call{name: name, this: s.client, args: values})
}

// end tells the module that the session is over, once.
func (s *testSession) end(code int, reason string) {
	s.mu.Lock()
	again := s.disconnected
	s.state, s.disconnected = stateClosed, true
	s.noteOfferedLocked()
	s.mu.Unlock()
	if !again {
		s.conn.Disconnected(code, reason)
	}
}

// closeBy closes the session with a code.
func (s *testSession) closeBy(code int, reason string) {
	s.mu.Lock()
	if s.state <= stateOpen {
		s.state, s.code, s.reason = stateClosing, code, reason
	}
	s.mu.Unlock()
	s.Resume()
}

func (s *testSession) send(m Message) bool {
	s.mu.Lock()
	open := s.state == stateOpen
	if open {
		s.out = append(s.out, m)
	}
	s.mu.Unlock()
	return open
}

// SendText implements [Session].
func (s *testSession) SendText(data string) bool { return s.send(Message{Data: []byte(data)}) }

// SendBinary implements [Session].
func (s *testSession) SendBinary(data []byte) bool {
	return s.send(Message{Binary: true, Data: slices.Clone(data)})
}

// SendPrepared implements [Session].
func (s *testSession) SendPrepared(p Prepared) bool { return s.send(p.(Message)) }

// Flush implements [Session].
func (s *testSession) Flush() { s.Resume() }

// Close implements [Session].
func (s *testSession) Close(code int, reason string) { s.closeBy(code, reason) }

// Terminate implements [Session].
func (s *testSession) Terminate() { s.closeBy(closeLost, "") }

// Abandon implements [Session].
func (s *testSession) Abandon(code int, reason string) { s.closeBy(code, reason) }

// Ping implements [Session]. The test answers nothing.
func (s *testSession) Ping([]byte) {}

// ReadyState implements [Session].
func (s *testSession) ReadyState() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// BufferedAmount implements [Session].
func (s *testSession) BufferedAmount() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.out {
		n += len(m.Data)
	}
	return n
}

// Protocol implements [Session].
func (s *testSession) Protocol() string { return s.answer.Protocol }

// Resume implements [Session].
func (s *testSession) Resume() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
