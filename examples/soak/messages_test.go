package soak

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/http2"

	"node.websocket/transport/websocket/websockettest"
)

// hostileMessage sends one of the messages of clients.json to a module that uses it. The module answers the
// next message.
func hostileMessage(a *attacker, n int) error {
	c := a.cases[n%len(a.cases)]
	s, err := a.open(n/len(a.cases)+n, c.path())
	if err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	defer s.close()
	start := time.Now() // before they are sent, because the call is in progress before the client knows that they are
	if err := s.send(c.Send, "ping"); err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	var want []string
	if c.Answer != "" {
		want = strings.Split(c.Answer, "|")
	}
	for _, text := range append(want, "pong") {
		got, err := s.receive()
		if time.Since(start) > 5*time.Second && (got == "pong" || isClosed(err, 1011)) {
			break // on a slow machine the call was ended
		}
		if err != nil || got != text {
			return fmt.Errorf("%s: %q, %v; want %q", c.Name, got, err, text)
		}
	}
	return nil
}

// longCall has a module called for too long: one time in JavaScript, and two times in native code, so that it
// is given up for the third time within the minute.
func longCall(a *attacker, n int) error {
	if n%3 == 0 {
		return endlessCall(a, n/3)
	}
	return hangingCall(a)
}

// endlessCall has a module loop for ever, in JavaScript. The module answers the next message.
func endlessCall(a *attacker, n int) error {
	s, err := a.open(n, "/endless")
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.send("for ever", "next"); err != nil {
		return err
	}
	if got, err := s.receive(); err != nil || got != "next" {
		return fmt.Errorf("%q, %v", got, err)
	}
	return nil
}

// lost are the times at which hangingCall saw its resource given up. One goroutine calls it; see kinds.
var lost []time.Time

// hangingCall has a module be in native code for long after its limit. All connections are closed with 1011
// then, and from the third time on the resource is not served for a minute.
func hangingCall(a *attacker) error {
	began, often, last := time.Now(), len(lost) >= 3, time.Time{}
	if often {
		last = lost[len(lost)-1]
	}
	s, err := version13.open(a.ctx, a.plain, "/names")
	if often && isStatus(err, http.StatusServiceUnavailable) {
		if after := began.Sub(last); after > time.Minute {
			return fmt.Errorf("refused %v after it was given up", after)
		}
		return nil
	}
	if err != nil {
		return err
	}
	defer s.close()
	if after := time.Since(last); after < 50*time.Second { // the program has given up a little earlier than this saw it
		return fmt.Errorf("served %v after it was given up for the third time or more", after)
	}
	names, known := make([]string, 50_000), make([]string, 50_000)
	for i := range names {
		names[i], known[i] = fmt.Sprint("n", i), fmt.Sprint("k", i)
	}
	text, err := json.Marshal(map[string][]string{"names": names, "known": known})
	if err != nil {
		return err
	}
	if err := s.send(string(text)); err != nil {
		return err
	}
	if got, err := s.receive(); !isClosed(err, 1011) {
		return fmt.Errorf("%.40q, %v; want a close with 1011", got, err)
	}
	lost = append(lost, time.Now())
	return nil
}

// flood sends many small messages at once, and reads what is answered.
func flood(a *attacker, n int) error {
	s, err := a.open(n, "/victim")
	if err != nil {
		return err
	}
	defer s.close()
	texts := make([]string, 500)
	for i := range texts {
		texts[i] = fmt.Sprint(i)
	}
	if err := s.send(texts...); err != nil {
		return err
	}
	for _, text := range texts {
		if got, err := s.receive(); err != nil || got != text {
			return fmt.Errorf("%q, %v; want %q", got, err, text)
		}
	}
	return nil
}

// loud sends the longest message there can be to all clients of a resource, itself among them.
func loud(a *attacker, n int) error {
	s, err := a.openOf([]way{version13, version8, hixie76, http2Way, streaming, polling, source, jsonp}, n, "/loud")
	if err != nil {
		return err
	}
	defer s.close()
	text := strings.Repeat(string(rune('a'+n%26)), 1<<20)
	if err := s.send(text); err != nil {
		return err
	}
	for { // until its own message comes, or the client is closed, because a second one was over its queue's limit
		if got, err := s.receive(); err != nil || got == text {
			return nil
		}
	}
}

// subscribe names more and longer topics than a client can subscribe to.
func subscribe(a *attacker, n int) error {
	s, err := a.open(n, "/topics")
	if err != nil {
		return err
	}
	defer s.close()
	const most, more = 1000, 100 // topic.MaxSubscriptions, and beyond
	topics := make([]string, most+more)
	for i := range topics {
		topics[i] = fmt.Sprint(n, "/", strings.Repeat("x", 200), "/", i)
	}
	if err := s.send(topics...); err != nil {
		return err
	}
	for i := range topics {
		if got, err := s.receive(); err != nil || got != fmt.Sprint(i < most) {
			return fmt.Errorf("subscription %d: %q, %v", i, got, err)
		}
	}
	return nil
}

// silent does not answer a ping, and is cut after twenty seconds. The pings of its resource come after one.
func silent(a *attacker, n int) error {
	s, err := a.openOf([]way{version13, version8, http2Way}, n, "/silent")
	if err != nil {
		return err
	}
	defer s.close()
	_, err = io.Copy(io.Discard, s.(*frames).In)
	if _, isReset := errors.AsType[http2.StreamError](err); isReset || errors.Is(err, syscall.ECONNRESET) {
		return nil
	}
	return err
}

// vanish sends a message and hangs up without a close.
func vanish(a *attacker, n int) error {
	s, err := a.open(n, "/victim")
	if err != nil {
		return err
	}
	defer s.close()
	return s.send("a message")
}

// reset sends messages and has the connection reset: at each stage of one, or a session of any kind.
func reset(a *attacker, n int) error {
	if n%2 == 0 {
		b := *a
		b.ctx = withReset(a.ctx)
		return vanish(&b, n/2)
	}
	n /= 2
	conn, err := dial(withReset(a.ctx), a.target(n))
	if err != nil {
		return err
	}
	defer conn.Close()
	if n%4 > 0 { // otherwise before it has sent anything
		p := []byte(head("13", "/victim"))
		if n%4 > 1 {
			p = websockettest.AppendFrame(p, 0x81, "a message")
		}
		if _, err := conn.Write(p); err != nil {
			return err
		}
	}
	if n%4 == 3 {
		if _, err := conn.Read(make([]byte, 1)); err != nil {
			return err
		}
	}
	return nil
}

// pollNoMore opens a session of requests and makes no further request, on a connection that stays open. The
// program ends the session after five seconds.
func pollNoMore(a *attacker, n int) error {
	action := []string{"xhr", "jsonp"}[n%2]
	s := newRequests(a.ctx, action, n%5 == 4, a.target(n), "/victim")
	defer s.cancel()
	if err := s.receiveOne(func(frame string) error {
		if frame != "o" && frame != "" {
			return fmt.Errorf("frame %.40q", frame)
		}
		return nil
	}); err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	a.hold(8 * time.Second)
	if err := s.send("a message"); !isStatus(err, http.StatusNotFound) && a.ctx.Err() == nil {
		return fmt.Errorf("%s: %v; want status 404", action, err)
	}
	return nil
}
