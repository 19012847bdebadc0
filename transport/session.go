package transport

import (
	"log/slog"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"
	"unique"

	"node.websocket/transport/websocket"
)

// The values of ReadyState, as in the WebSocket API. There is no connecting, because a Conversation gets
// its session when that is open.
const (
	stateOpen    = 1
	stateClosing = 2
	stateClosed  = 3
)

// A carrier takes a session's bytes to its client. The session does not hold mu when it calls it.
type carrier interface {
	// flush writes what the network takes of the queue without waiting; the rest follows when it takes
	// more. If some is waiting for that already, flush does nothing unless urgent is set.
	flush(urgent bool)
	// hangUp disconnects the client at once. The session is closed and its queue dropped.
	hangUp(c cause)
	// ring is called when the time has come that was set for the session in the Server's deadlines. It
	// calls nothing that waits.
	ring()
	// leave ends the reading, but lets the queue go out: the session is closing, in a protocol that has no
	// Close.
	leave()
	// hasten bounds the time in which the client may take a long queue, and the Close at its end: unless it has
	// answered after CloseTimeout, it is cut.
	hasten()
}

// A Session is one client's ordered two-way conversation, whatever carries it. Its Conversation
// gets it in Connected.
//
// Every method may be called from any goroutine, at any time. None waits for the network.
type Session struct {
	// Fixed before Connected.
	server       *Server
	conversation Conversation
	codec        codec
	carrier      carrier
	id           string
	client       string // address and port, for the log
	terms        unique.Handle[terms]
	options      *Options                // the resource's; shared
	opened       int64                   // on the Server's clock
	account      atomic.Pointer[account] // whose meter, if there is none, State adds
	share        *share                  // of the budget of its HTTP/2 connection; nil: none

	unfinished unfinished
	delivering atomic.Bool // deliver is under way, so no pong can be seen

	ending bool // only in the goroutine that reads: what is delivered now is the client's last
	listed bool // in the Server's list; guarded by the Server's mu

	rings   int32 // its place in the Server's deadlines, counted from 1; guarded by their mu; 0: none
	dropped int32 // messages that were dropped because of Options.DropSlow; guarded by mu

	// Guarded by the Server's mu.
	next, prev *Session // in its list

	mu sync.Mutex

	// Guarded by mu.
	queue queue
	end   *end  // nil: there is no sign of it
	waker waker // woken when any of this has changed; nil: nobody waits

	state      uint8
	connected  bool // Connected has returned
	wantDrain  bool // a Send returned false for a full queue
	telling    bool // Session.drained is under way
	toldBinary bool // it was logged that the client takes no binary messages
	closeSent  bool // a Close was queued
	departed   bool // depart was called
	cutOff     bool // it was cut
	resumed    bool // Resume was called since the last Receive began
	roomless   bool // the client is not read until there is room in the queue
	leaving    bool // the client has said that it is closing, and Ending has not been called for that
}

// terms are the agreement of a handshake. Many sessions have the same, and share them.
type terms struct {
	resource string
	protocol string // the subprotocol
	version  string // of the protocol
}

// An end is the outcome of a session. What ended it first decides: its Close, if that began the close handshake, the
// client's, or the cut.
type end struct {
	code   int // for Disconnected
	reason string
	cause  cause
	detail error // of the network or the codec, behind the cause
}

// endLocked returns how the session ends. Unless that is known, it is without a Close.
func (s *Session) endLocked() *end {
	if s.end == nil {
		s.end = &end{code: websocket.CloseAbnormal}
	}
	return s.end
}

// most returns how many bytes may wait.
func (s *Session) most() int {
	if s.share != nil {
		return streamQueue * s.options.MaxQueue
	}
	return s.options.MaxQueue
}

// now returns the time on the Server's clock.
func (s *Session) now() int64 { return s.server.now() }

// settings returns the options of the session.
func (s *Session) settings() *Options { return s.options }

// ID returns the session's identifier, which cannot be guessed.
func (s *Session) ID() string { return s.id }

// Protocol returns the agreed subprotocol, or "".
func (s *Session) Protocol() string { return s.terms.Value().protocol }

// ReadyState returns 1 (open), 2 (closing) or 3 (closed), as in the WebSocket API.
func (s *Session) ReadyState() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int(s.state)
}

// BufferedAmount returns the number of bytes that wait to be sent, including framing.
func (s *Session) BufferedAmount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue.size()
}

// SendText queues a text message, which the next Flush sends. What is not UTF-8 in it is replaced
// by U+FFFD.
//
// It returns false, and does nothing, if the session is not open. It also returns false if more
// than HighWater bytes wait, this message included; Drained is called when none do. If more than
// MaxQueue bytes wait already, the session is closed as slow, with 1008, and cut unless the client takes
// all of that within CloseTimeout. With DropSlow, the message is dropped instead.
func (s *Session) SendText(data string) bool {
	if !utf8.ValidString(data) {
		data = strings.ToValidUTF8(data, "\uFFFD")
	}
	if !s.lockToQueue() {
		return false
	}
	b := s.queue.grow(len(data) + maxOverhead)
	b.B = s.codec.text(b.B, data)
	s.countOut()
	return s.queuedUnlock()
}

// SendBinary is SendText for a binary message. The data is copied. The drafts hixie-76 and hixie-75
// have no binary messages: then SendBinary returns false and does nothing, and the first time for a
// session that is logged.
func (s *Session) SendBinary(data []byte) bool {
	if s.codec.lacks()&lacksBinary != 0 {
		s.refuseBinary()
		return false
	}
	if !s.lockToQueue() {
		return false
	}
	b := s.queue.grow(len(data) + maxOverhead)
	b.B = s.codec.binary(b.B, data)
	s.countOut()
	return s.queuedUnlock()
}

// SendPrepared is SendText or SendBinary for a prepared message. It is encoded at most once for all
// sessions that need the same bytes, which they share.
func (s *Session) SendPrepared(p *Prepared) bool {
	if p.binary && s.codec.lacks()&lacksBinary != 0 {
		s.refuseBinary()
		return false
	}
	if !s.lockToQueue() {
		return false
	}
	if shared := s.codec.prepared(p); shared != nil {
		s.queue.share(shared)
	} else {
		b := s.queue.grow(len(p.data) + maxOverhead)
		b.B = p.append(b.B, s.codec)
	}
	s.countOut()
	return s.queuedUnlock()
}

// refuseBinary logs, once, that a binary message cannot be sent.
func (s *Session) refuseBinary() {
	s.mu.Lock()
	tell := !s.toldBinary && s.state == stateOpen
	s.toldBinary = s.toldBinary || tell
	s.mu.Unlock()
	if tell {
		s.logAt(slog.LevelError, "a binary message was not sent: the client's version of the protocol has text alone; look at connection.version, or send text",
			slog.String("websocket", s.terms.Value().version))
	}
}

// Ping queues a ping with at most 125 bytes of data; the rest is cut off. The drafts hixie-76 and
// hixie-75 have no pings, so then it does nothing.
func (s *Session) Ping(data []byte) {
	if s.codec.lacks()&lacksPing != 0 || s.options.DropSlow && s.overfull() {
		return
	}
	data = data[:min(len(data), websocket.MaxControlPayload)]
	if s.lockToQueue() {
		b := s.queue.grow(len(data) + maxOverhead)
		b.B = s.codec.ping(b.B, data)
		s.queuedUnlock()
	}
}

// lockToQueue locks mu for a message to be queued, and queuedUnlock unlocks it. If the session takes no
// messages, lockToQueue returns false, with mu unlocked.
func (s *Session) lockToQueue() bool {
	s.mu.Lock()
	if s.queue.size() > s.most() && s.state == stateOpen {
		// The last Send flushed, but the client may have taken some since.
		s.mu.Unlock()
		s.carrier.flush(true)
		s.mu.Lock()
		if s.queue.size() > s.most() && s.state == stateOpen {
			if s.options.DropSlow {
				s.dropUnlock()
			} else {
				s.mu.Unlock()
				s.shut(causeSlow, websocket.ClosePolicyViolation, "does not take what it is sent", nil)
				s.carrier.hasten()
			}
			return false
		}
	}
	if s.state != stateOpen {
		s.mu.Unlock()
		return false
	}
	return true
}

// dropUnlock unlocks mu after a message was dropped, and logs the first.
func (s *Session) dropUnlock() {
	s.tally().dropped.Add(1)
	if s.dropped < math.MaxInt32 {
		s.dropped++
	}
	first := s.dropped == 1
	s.wantDrain = true
	s.mu.Unlock()
	if first {
		s.logAt(slog.LevelWarn, "a message to it was dropped: the client does not take what it is sent")
	}
}

// overfull reports whether the queue is longer than the limit.
func (s *Session) overfull() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue.size() > s.most()
}

// queuedUnlock unlocks mu and reports whether the queue is below its high-water mark. If it is not, it
// flushes, without waiting for the end of the turn: a turn that sends much to a client that takes it all
// must not find the client slow.
func (s *Session) queuedUnlock() bool {
	full, exceeded := s.fullLocked(), s.chargeLocked()
	s.mu.Unlock()
	if exceeded {
		s.share.budget.relieve()
	}
	if !full {
		return true
	}
	s.carrier.flush(false)
	s.mu.Lock()
	defer s.mu.Unlock()
	full = s.fullLocked()
	s.wantDrain = s.wantDrain || full
	return !full && s.state == stateOpen
}

func (s *Session) fullLocked() bool { return s.queue.size() > s.options.HighWater }

// Flush sends what was queued in a turn, in one write that does not wait. What the network does not
// take follows when it does.
func (s *Session) Flush() { s.carrier.flush(false) }
