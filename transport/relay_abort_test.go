package transport

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestAbortSeenLate has clients that hang up and come again at once. If the second request is seen
// before the end of the first, it is told of the end of the session, not of another connection.
func TestAbortSeenLate(t *testing.T) {
	t.Parallel()
	for _, style := range []struct{ path, prelude string }{{"xhr", ""}, {"xhr_streaming", xhrPrelude}} {
		for _, hangsUp := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				conversation := newConversation(t)
				w, stop := pipeWeb(t, Options{}, conversation)
				w.want("POST", "/a/0/s/xhr", "", 200, "o\n")
				r := w.do("POST", "/a/0/s/xhr_streaming", "")
				wantNext(t, r, xhrPrelude)
				frame, begin := frameBusy, time.Now()
				if hangsUp {
					frame = frameInterrupted
					time.AfterFunc(200*time.Millisecond, func() { r.Body.Close() })
				}
				w.want("POST", "/a/0/s/"+style.path, "", 200, style.prelude+frame+"\n")
				if took := time.Since(begin); took > 300*time.Millisecond {
					t.Errorf("answered after %v", took)
				}
				r.Body.Close()
				conversation.wantClosed(1006, "")
				stop()
			})
		}
	}
}
