package transport

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// The tests of this file hold for a session on every transport.

func text(s string) Message { return Message{Data: []byte(s)} }

func wantMessage(t *testing.T, s speaker, want Message) {
	t.Helper()
	m, over := s.next()
	if over != nil {
		t.Fatalf("closed with %d %q, want %.60q", over.code, over.reason, want.Data)
	}
	if m.Binary != want.Binary || !bytes.Equal(m.Data, want.Data) {
		t.Fatalf("%.60q (%d bytes, binary %v), want %.60q (%d bytes, binary %v)", m.Data, len(m.Data), m.Binary, want.Data, len(want.Data), want.Binary)
	}
}

// TestContractOrder sends messages both ways at once, in batches of many sizes, and checks their
// order.
func TestContractOrder(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, kind string, start func(Options, Handler) speaker) {
		s := start(Options{ResponseLimit: 2000}, oneConversation(echoConversation(t)))
		const n = 300
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i := 0; i < n; {
				var batch []Message
				for range min(1+i%40, n-i) {
					batch = append(batch, text(fmt.Sprint("message ", i)))
					i++
				}
				s.send(batch...)
			}
		}()
		for i := range n {
			wantMessage(t, s, text(fmt.Sprint("message ", i)))
		}
		<-done
	})
}

func TestContractSizes(t *testing.T) {
	t.Parallel()
	most := 66_000
	if withRace {
		most = 2_000
	}
	forEachTransport(t, func(t *testing.T, kind string, start func(Options, Handler) speaker) {
		conversation := echoConversation(t)
		s := start(Options{MaxMessage: most}, oneConversation(conversation))
		for _, size := range []int{0, 1, 125, 126, 127, 65_535, 65_536, most - 1, most} {
			if size > most {
				continue
			}
			s.send(text(strings.Repeat("x", size)))
			wantMessage(t, s, text(strings.Repeat("x", size)))
			if size > 200 && size < most {
				continue
			}
			// Each of these bytes is sent as six by SockJS.
			s.send(text(strings.Repeat("\x01", size)))
			wantMessage(t, s, text(strings.Repeat("\x01", size)))
			if kind == "whole" {
				data := Message{Binary: true, Data: bytes.Repeat([]byte{0xff, 0, '\n'}, size)[:size]}
				s.send(data)
				wantMessage(t, s, data)
			}
		}
		tooLong := text(strings.Repeat("x", most+1))
		if strings.Contains(t.Name(), "client.js") { // whose frames have room for more than the data
			s.send(text("\x00" + strings.Repeat("x", most+100)))
			wantMessage(t, s, text("\x00"+strings.Repeat("x", most+100)))
			if rand.IntN(2) == 0 {
				tooLong = text("\x00" + strings.Repeat("x", most+ownRoom))
			}
		}
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			s.send(tooLong)
		}()
		if m, over := s.next(); over == nil || over.code != 1009 {
			t.Errorf("%.60q, %v; want a close with 1009", m.Data, over)
		}
		await(t, sent)
		if got := await(t, conversation.closed); got != (closed{1009, "message too big"}) {
			t.Errorf("Disconnected with %v", got)
		}
	})
}

// TestContractSmall has a limit below the length of what client.js itself sends.
func TestContractSmall(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, _ string, start func(Options, Handler) speaker) {
		s := start(Options{MaxMessage: 3}, oneConversation(echoConversation(t)))
		s.send(text("abc"), text("de"))
		wantMessage(t, s, text("abc"))
		wantMessage(t, s, text("de"))
		s.send(text("abcd"))
		if m, over := s.next(); over == nil || over.code != 1009 {
			t.Errorf("%q, %v; want a close with 1009", m.Data, over)
		}
	})
}

func TestContractUnicode(t *testing.T) {
	t.Parallel()
	texts := []string{"ü€😀\U0010FFFF", "\x00\x01\x1f\x7f\u0080\u009f\u00ad", "\u200b\u2028\u2029\u2060\ufeff\ufffd\ufffe\uffff", `"\/<script></script>%25%`, "a\nb\r\nc\td", "\n", "  x  ", "h", "o", `c[3000,"x"]`}
	forEachTransport(t, func(t *testing.T, kind string, start func(Options, Handler) speaker) {
		s := start(Options{}, oneConversation(echoConversation(t)))
		for _, x := range texts {
			s.send(text(x))
			wantMessage(t, s, text(x))
		}
		// Half a surrogate pair does not exist in UTF-8. Where a client can send it, U+FFFD arrives, as in
		// the WebSocket API.
		if r, ok := s.(*requestSpeaker); ok {
			r.post([]byte(`["\ud800 \udc00\ud83d","\ud83d\ude00"]`))
			wantMessage(t, s, text("\ufffd \ufffd\ufffd"))
			wantMessage(t, s, text("😀"))
		}
	})
}

func TestContractServerCloses(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, kind string, start func(Options, Handler) speaker) {
		conversation := newConversation(t)
		conversation.onReceive = func(p *fakeConversation, batch []Message) {
			p.session.SendText("last")
			p.session.Close(4001, "enough, grüße")
			p.session.Close(4002, "too late")
			if p.session.SendText("too late") {
				t.Error("a closing session takes messages")
			}
			p.session.Flush()
		}
		s := start(Options{}, oneConversation(conversation))
		s.send(text("x"))
		wantMessage(t, s, text("last"))
		if m, over := s.next(); over == nil || *over != (ended{4001, "enough, grüße"}) {
			t.Errorf("%q, %v", m.Data, over)
		}
		conversation.wantClosed(4001, "enough, grüße")
	})
}

func TestContractClientCloses(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, kind string, start func(Options, Handler) speaker) {
		if kind == "plain" {
			return // SockJS has no close by the client but its going away: see TestContractVanishes
		}
		for _, code := range []int{1000, 3000, 4999} {
			conversation := echoConversation(t)
			s := start(Options{}, oneConversation(conversation))
			s.send(text("before"))
			wantMessage(t, s, text("before"))
			if w, ok := s.(*wsSpeaker); ok {
				w.client.close(code, "grüße")
			} else {
				s.close(code, "grüße")
			}
			if m, over := s.next(); over == nil || over.code != code {
				t.Errorf("%q, %v", m.Data, over)
			}
			conversation.wantClosed(code, "grüße")
		}
	})
}

func TestContractVanishes(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, kind string, start func(Options, Handler) speaker) {
		conversation := echoConversation(t)
		s := start(Options{}, oneConversation(conversation))
		s.send(text("x"))
		wantMessage(t, s, text("x"))
		if r, ok := conversation.session.carrier.(*relay); ok { // the next request is there; without, it would take five seconds
			waitFor(t, func() bool {
				r.mu.Lock()
				defer r.mu.Unlock()
				return r.receiver != nil
			})
		}
		s.vanish()
		conversation.wantClosed(1006, "") // once, as fakeConversation checks
	})
}

func TestContractTerminates(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, kind string, start func(Options, Handler) speaker) {
		conversation := newConversation(t)
		conversation.onReceive = func(p *fakeConversation, batch []Message) { p.session.Terminate() }
		s := start(Options{}, oneConversation(conversation))
		s.send(text("x"))
		if m, over := s.next(); over == nil || over.code != 1006 && over.code != 1002 {
			t.Errorf("%q, %v", m.Data, over)
		}
		conversation.wantClosed(1006, "")
	})
}

// TestContractInput checks that a Conversation gets no message while it is in Receive, and that
// none is lost meanwhile.
func TestContractInput(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, kind string, start func(Options, Handler) speaker) {
		conversation := newConversation(t)
		began, goOn := make(chan int, 100), make(chan struct{})
		var got []string
		conversation.onReceive = func(p *fakeConversation, batch []Message) {
			for _, m := range batch {
				got = append(got, string(m.Data))
			}
			began <- len(got)
			<-goOn
		}
		s := start(Options{}, oneConversation(conversation))
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i := range 20 {
				s.send(text(fmt.Sprint(i)))
			}
		}()
		taken := await(t, began)
		if len(began) != 0 {
			t.Error("a second Receive while the first is under way")
		}
		close(goOn)
		for taken < 20 {
			taken = await(t, began)
		}
		await(t, done)
		for i, x := range got {
			if x != fmt.Sprint(i) {
				t.Fatalf("message %d is %s", i, x)
			}
		}
	})
}

// TestContractOutput fills the queue of a client that takes nothing, until Send tells. Drained
// comes when the client has taken everything.
func TestContractOutput(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, kind string, start func(Options, Handler) speaker) {
		conversation := newConversation(t)
		drained := make(chan struct{}, 1)
		conversation.onDrained = func(*fakeConversation) {
			select {
			case drained <- struct{}{}:
			default:
			}
		}
		filled := make(chan int, 1)
		payload := strings.Repeat("y", 20_000)
		conversation.onReceive = func(p *fakeConversation, batch []Message) {
			n := 0
			for full := 0; full < 2; n++ { // it stays full
				if p.session.SendText(fmt.Sprint(n, payload)) {
					full = 0
				} else {
					full++
				}
				p.session.Flush()
			}
			filled <- n
		}
		s := start(Options{MaxQueue: 8 << 20}, oneConversation(conversation))
		s.send(text("fill"))
		n := await(t, filled)
		for i := range n {
			wantMessage(t, s, text(fmt.Sprint(i, payload)))
		}
		await(t, drained)
	})
}

// TestContractSlow checks that a client is cut that takes nothing while the module sends on: without a WebSocket, when it has
// not come again.
func TestContractSlow(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, kind string, start func(Options, Handler) speaker) {
		t.Parallel() // it waits
		for unclaimed := 300 * time.Millisecond; ; unclaimed *= 4 {
			conversation := newConversation(t)
			payload := strings.Repeat("y", 200_000)
			conversation.onReceive = func(p *fakeConversation, batch []Message) {
				for p.session.ReadyState() == 1 {
					p.session.SendText(payload)
				}
			}
			s := start(Options{CloseTimeout: 100 * time.Millisecond, UnclaimedTimeout: unclaimed}, oneConversation(conversation))
			s.send(text("fill"))
			got := await(t, conversation.closed)
			if got.code == 1006 && unclaimed < limit {
				continue // the machine is busy, and its client was too late to come again for the first time
			}
			if got != (closed{1008, "does not take what it is sent"}) {
				t.Errorf("Disconnected with %v", got)
			}
			return
		}
	})
}

// TestContractResume checks that what a Receive does not take is offered again after Resume and
// only then, each message once and in order.
func TestContractResume(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, kind string, start func(Options, Handler) speaker) {
		conversation := newConversation(t)
		const n = 20
		short, all := make(chan int, 1), make(chan []string, 1)
		var got []string
		var resumed atomic.Bool // a Receive may come
		resumed.Store(true)
		conversation.takes = func(p *fakeConversation, batch []Message) int {
			if !resumed.Load() {
				t.Error("offered again without a Resume")
			}
			m := string(batch[0].Data)
			got = append(got, m)
			if len(got) == n {
				all <- got
			}
			switch {
			case len(batch) == 1:
			case len(got)%2 == 0: // a Resume that comes before the Receive has returned
				p.session.Resume()
			default:
				resumed.Store(false)
				short <- len(got)
			}
			return 1
		}
		s := start(Options{}, oneConversation(conversation))
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			for i := 0; i < n; i += 5 {
				s.send(text(fmt.Sprint(i)), text(fmt.Sprint(i+1)), text(fmt.Sprint(i+2)), text(fmt.Sprint(i+3)), text(fmt.Sprint(i+4)))
			}
		}()
		session := await(t, conversation.opened)
		for over := false; !over; {
			select {
			case <-short:
				resumed.Store(true)
				session.Resume()
			case got := <-all:
				over = true
				for i, m := range got {
					if m != fmt.Sprint(i) {
						t.Fatalf("message %d is %s", i, m)
					}
				}
			}
		}
		await(t, sent)
	})
}
