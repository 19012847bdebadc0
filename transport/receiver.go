package transport

import (
	"context"
	"errors"
	"math"
	"net/http"
	"os"
	"strconv"
	"time"

	"node.websocket/transport/socket"
	"node.websocket/transport/sockjs"
)

// A receiver is a request that takes what is sent, for as long as its response lasts. It belongs to
// the request's goroutine, except for wakeUp.
type receiver struct {
	style    *sockjs.Response
	callback string
	extended bool // the client is client.js
	w        http.ResponseWriter
	control  *http.ResponseController
	options  *Options
	wake     chan struct{} // of wakeUp; has room for one
	over     chan struct{} // closed at the end of serve

	// Only in the goroutine of the request.
	begun bool // the header has been written
	sent  int  // bytes of frames that were written
	frame []byte
	out   []byte
}

// wakeUp makes the receiver look at the queue. It does not wait, and any goroutine may call it.
func (rx *receiver) wakeUp() {
	select {
	case rx.wake <- struct{}{}:
	default:
	}
}

// serve writes the session's queue as it fills, until the response is full, the session has ended,
// or the client is gone.
func (rx *receiver) serve(ctx context.Context, r *relay) {
	defer close(rx.over)
	rx.control.SetReadDeadline(time.Time{}) // the request has been read; what may come is its client's end
	err := rx.writeHeader()
	beat := time.NewTimer(time.Hour)
	beat.Stop() // until there is nothing to send
	defer beat.Stop()
	beating := false
	idle := rx.watchIdle(r)
	defer idle.Stop()
	for err == nil {
		r.mu.Lock()
		if r.receiver != rx { // the session was cut
			final := r.final
			r.mu.Unlock()
			rx.last(final)
			return
		}
		n := 0
		if queued := r.session.front(); queued != nil {
			rx.frame, n = sockjs.AppendFrame(rx.frame[:0], queued, max(rx.options.ResponseLimit-rx.sent, 1))
			rx.out = rx.style.AppendFrame(rx.out[:0], rx.frame, rx.callback)
			rx.sent += len(rx.out)
			switch {
			case rx.frame[0] == 'c':
				r.final = append([]byte(nil), rx.frame...)
				r.receiver = nil
				r.session.took(n)
				r.mu.Unlock()
				if rx.write(rx.out) == nil {
					r.closed()
				} else {
					r.session.cut(causeVanished, errAborted)
				}
				return
			case rx.style.Single || rx.sent >= rx.options.ResponseLimit:
				r.session.took(n)
				r.leaveLocked() // before the client sees the end and comes again
				r.mu.Unlock()
				if err := rx.write(rx.out); err != nil {
					rx.lost(r, err)
					return
				}
				r.left()
				return
			}
		}
		r.mu.Unlock()
		if n > 0 {
			beating = false
			err = rx.write(rx.out)
			r.session.took(n)
			continue
		}
		if !beating && rx.options.Heartbeat > 0 {
			beating = true
			beat.Reset(rx.options.Heartbeat)
		}
		select {
		case <-rx.wake:
		case <-beat.C:
			beating = false
			r.session.enqueuePingIfEmpty()
		case <-idle.C:
			idle = rx.watchIdle(r)
		case <-ctx.Done():
			err = errAborted
		}
	}
	rx.lost(r, err)
}

// watchIdle closes a session whose client has sent no message for IdleTimeout. Otherwise it returns a timer for
// when that may be so.
func (rx *receiver) watchIdle(r *relay) *time.Timer {
	open, read, _ := r.session.pulse()
	left := r.session.idleIn(r.session.now(), read)
	if open && left <= 0 {
		r.session.closeIdle()
		left = math.MaxInt64
	}
	return time.NewTimer(left)
}

// lost cuts a session whose receiver has failed: the client may have missed what was written.
func (rx *receiver) lost(r *relay, err error) {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		r.session.cutStuck()
		return
	}
	r.session.cut(causeVanished, err)
}

// last answers the request with a single frame.
func (rx *receiver) last(frame []byte) {
	if rx.writeHeader() == nil {
		rx.write(rx.style.AppendFrame(nil, frame, rx.callback))
	}
}

// writeHeader writes the header and what precedes the first frame. If the response has only one frame,
// the header is written with that.
func (rx *receiver) writeHeader() error {
	if rx.begun {
		return nil
	}
	rx.begun = true
	h := rx.w.Header()
	h.Set("Content-Type", rx.style.ContentType)
	h.Set("Cache-Control", cacheNone)
	h.Set("X-Content-Type-Options", "nosniff")
	if rx.style.Single {
		return nil
	}
	h.Set("X-Accel-Buffering", "no") // nginx would wait for the end of the response
	return rx.write([]byte(rx.style.Prelude(rx.callback, rx.extended)))
}

// write writes p as the network takes it, and returns when it has taken all. It fails if nothing is
// taken for HeartbeatTimeout.
func (rx *receiver) write(p []byte) error {
	if rx.style.Single {
		rx.w.Header().Set("Content-Length", strconv.Itoa(len(p)))
	}
	for len(p) > 0 {
		rx.control.SetWriteDeadline(time.Now().Add(rx.options.HeartbeatTimeout))
		n, err := rx.w.Write(p[:min(len(p), socket.MaxWrite)])
		if err != nil {
			return err
		}
		p = p[n:]
	}
	err := rx.control.Flush()
	rx.control.SetWriteDeadline(time.Time{})
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}
