package runtime

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// inquiryModule replies in the way that its client names.
const inquiryModule = `var Module = this.Module = function(){ };
Module.options = {requests: true};
Module.prototype.onData = function(d, c){
	switch (String(d)) {
	case 'text': c.reply('answer'); break;
	case '9,0': c.reply(new Uint8Array([1, 2])); break;
	case 'object': c.reply({toString: function(){ return 'shown' }}); break;
	case 'twice': c.send('' + [c.reply('first'), c.reply('second')]); break;
	case 'silent': break;
	case 'throw': c.send('throwing'); null.secret; break;
	case 'reply and throw': c.reply('said'); null.secret; break;
	case 'keep': c.server.kept = c.reply; break;
	case 'keep and throw': c.server.kept = c.reply; null.secret; break;
	case 'use': c.send(c.server.kept('late')); break;
	case 'async': return Promise.resolve().then(function(){ return new Promise(function(done){ c.server.go = done }) }).then(function(){ c.reply('awaited') });
	case 'reject': return Promise.reject(new Error('secret'));
	case 'microtask': Promise.resolve().then(function(){ c.reply('soon') }); break;
	case 'onError': c.rescue = true; null.secret; break;
	case 'go': c.server.go(); break;
	default: c.send(d + ' ' + typeof c.reply);
	}
};
Module.prototype.onError = function(e, c){ if (c.rescue) c.reply('rescued'); c.rescue = false; };`

// connectFramed connects a client that knows frames.
func connectFramed(t *testing.T, r *Runtime) (*Conn, *fakeSession) {
	t.Helper()
	c, a, err := open(r, "test", Request{Framed: true})
	if err != nil || a.Status != 0 {
		t.Fatalf("open: %v, %+v", err, a)
	}
	s := newFakeSession(c)
	c.Connected(s)
	return c, s
}

// wantSent checks what a session was sent, and forgets it.
func (s *fakeSession) wantSent(t *testing.T, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if got := strings.Join(s.sent, "|"); got != strings.Join(want, "|") {
		t.Errorf("sent %q, want %q", got, strings.Join(want, "|"))
	}
	s.sent = nil
}

func TestInquiry(t *testing.T) {
	t.Parallel()
	r, _ := newRuntime(t, map[string]string{"test.js": inquiryModule})
	c, s := connectFramed(t, r)
	for _, test := range []struct{ data, want string }{
		{"text", frameReply + "7\nanswer"},
		{"object", frameReply + "7\nshown"},
		{"twice", frameReply + "7\nfirst|true,false"},
		{"silent", frameRefused + "7\n" + refusedUnanswered},
		{"throw", "throwing|" + frameRefused + "7\n" + refusedFailed},
		{"reply and throw", frameReply + "7\nsaid"},
		{"keep and throw", frameRefused + "7\n" + refusedFailed},
		{"reject", frameRefused + "7\n" + refusedFailed},
		{"microtask", frameReply + "7\nsoon"},
		{"onError", frameReply + "7\nrescued"},
	} {
		s.deliver(text(frameRequest + "7\n" + test.data))
		s.wantSent(t, strings.Split(test.want, "|")...)
	}
	s.deliver(text(frameRequest+"70\n", frameRequest+"71\n\x00"))
	s.wantSent(t, " function", "\x00d\x00 function")
	s.deliver([]Message{{Binary: true, Data: []byte(frameRequest + "8\n\x09\x00")}})
	s.wantSent(t, "binary:"+fmt.Sprintf("%x", frameReply+"8\n\x01\x02"))

	// A message between two requests is none, nor is one of another connection.
	_, other := connectFramed(t, r)
	s.deliver(text(frameRequest+"1\nkeep", "plain", frameRequest+"2\ntext", "use", "use"))
	s.wantSent(t, "plain undefined", frameReply+"2\nanswer", frameReply+"1\nlate", "true", "false")

	// While a promise is pending, the next request waits.
	s.deliver(text(frameRequest + "3\nasync"))
	delivered := make(chan struct{})
	go func() { // ends once the promise is settled
		defer close(delivered)
		s.deliver(text(frameRequest + "4\ntext"))
	}()
	s.wantSent(t)
	other.deliver(text("x", "go"))
	other.wantSent(t, "x undefined")
	<-delivered
	s.wantSent(t, frameReply+"3\nawaited", frameReply+"4\nanswer")

	// A client that waits no more gets no reply.
	s.deliver(text(frameRequest+"5\nkeep", frameWithdrawn+"5", frameWithdrawn+"99", "use"))
	s.wantSent(t, "false")
	s.deliver(text(frameRequest + "6\nkeep"))
	disconnect(c, 1006)
	other.deliver(text("use"))
	other.wantSent(t, "false")
	if w := c.worker; len(w.inquiries) != 0 {
		t.Errorf("%d connections with requests are left", len(w.inquiries))
	}
}

// TestInquiryRefused checks requests that reach no module: beyond the bound, where they are off, and of clients that know no frames.
func TestInquiryRefused(t *testing.T) {
	t.Parallel()
	off := strings.Replace(inquiryModule, "requests: true", "", 1)
	r, _ := newRuntime(t, map[string]string{"test.js": inquiryModule, "off.js": off})
	_, s := connectFramed(t, r)
	for i := range maxInquiries + 1 {
		s.deliver(text(fmt.Sprintf("%s%d\nkeep", frameRequest, i)))
	}
	s.wantSent(t, fmt.Sprintf("%s%d\n%s", frameRefused, maxInquiries, refusedMany))
	s.deliver(text(frameWithdrawn+"17", frameRequest+"17\ntext"))
	s.wantSent(t, frameReply+"17\nanswer")

	for _, bad := range []string{"1", "\n", "x\n", "-1\n", strings.Repeat("1", maxInquiryNumber+1) + "\n", "3\n"} {
		_, s := connectFramed(t, r)
		s.deliver(text(frameRequest+"3\nkeep", frameRequest+bad))
		if s.code != closeProtocolError {
			t.Errorf("%q: closed with %d", bad, s.code)
		}
	}

	_, plain := connect(t, r, "test")
	plain.deliver(text(frameRequest + "1\ntext"))
	plain.wantSent(t, frameRequest+"1\ntext undefined") // as it came

	c, a, err := open(r, "off", Request{Framed: true})
	if err != nil || a.Status != 0 {
		t.Fatalf("open: %v, %+v", err, a)
	}
	s = newFakeSession(c)
	c.Connected(s)
	s.deliver(text(frameRequest+"1\ntext", "plain"))
	s.wantSent(t, frameRefused+"1\n"+refusedOff, "plain undefined")
}

// TestFramed checks that messages which begin as a frame does are escaped for clients that know frames and cannot recover.
func TestFramed(t *testing.T) {
	t.Parallel()
	r, _ := newRuntime(t, recoverable(1))
	_, plain := connect(t, r, "test")
	_, s := connectFramed(t, r)
	s.deliver(text(`c.subscribe('room/1') && undefined`, `c.send('\0to me'), undefined`, frameData+`c.send('escaped'), undefined`))
	plain.run(t, `server.publish('room/1', 'kept'), server.broadcast('\0all'), server.broadcast(new Uint8Array([0, 1]))`)
	eventually(t, "the broadcasts", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.sent) == 5
	})
	s.wantSent(t, "\x00d\x00to me", "escaped", "kept", "\x00d\x00all", "binary:"+fmt.Sprintf("%x", "\x00d\x00\x01"))
	s.deliver(text(frameRecovery + `{"t":"room/1","e":"","a":{}}`))
	if s.code != closeProtocolError {
		t.Errorf("closed with %d after a request of what it has missed", s.code)
	}
}

// TestFramesTooBig checks that the data of a frame is bounded as a message is, and what surrounds it is not.
func TestFramesTooBig(t *testing.T) {
	t.Parallel()
	r, _ := newRuntime(t, map[string]string{"test.js": `
		this.Module = function(){ };
		this.Module.options = {requests: true};
		this.Module.prototype.onData = function(d, c){ var reply = c.reply; c.send(d); reply && reply(d) };`})
	for _, frame := range []string{frameData, frameRequest + "1234567890\n"} {
		c, a, err := open(r, "test", Request{Framed: true, MaxMessage: 4})
		if err != nil || a.Status != 0 {
			t.Fatal(err, a)
		}
		s := newFakeSession(c)
		c.Connected(s)
		s.deliver(text(frame + "1234"))
		if s.code != 0 || !slices.Contains(s.sent, "1234") {
			t.Errorf("%q: sent %q, closed with %d", frame, s.sent, s.code)
		}
		s.deliver(text(frame+"12345", "next"))
		if s.code != closeTooBig || slices.Contains(s.sent, "12345") || slices.Contains(s.sent, "next") {
			t.Errorf("%q: sent %q, closed with %d", frame, s.sent, s.code)
		}
		c.Disconnected(closeTooBig, "")
	}
}
