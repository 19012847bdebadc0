package transport

import (
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"node.websocket/transport/websocket"
)

// The values of ReadyState, as in the WebSocket API. A session is never seen connecting: its Conversation gets it when it is open.
const (
	stateOpen    = 1
	stateClosing = 2
	stateClosed  = 3
)

// A carrier takes a session's bytes to its client. The session calls it without holding mu.
type carrier interface {
	// flush writes what the network takes of the queue without waiting, and sees to it that the rest follows.
	// If the rest is being seen to already, it tries only if urgent.
	flush(urgent bool)
	// hangUp ends the conversation at once. The session is closed, and its queue dropped.
	hangUp(c cause)
	// wait returns when what the conversation did not take may be offered again: see resumedLocked. Only deliver calls it.
	wait()
	// leave ends the reading, without a cut: the session is closing, in a protocol where no Close says so.
	leave()
}

// A Session is one client's ordered two-way conversation, whatever carries it. Its Conversation gets it in Connected.
//
// Every method may be called from any goroutine, at any time, and none waits for the network.
type Session struct {
	// Fixed before Connected.
	server       *Server
	conversation Conversation
	codec        codec
	carrier      carrier
	id           string
	resource     string
	client       string   // address and port, for the log
	protocol     string   // the subprotocol
	version      string   // of the protocol
	options      *Options // with the resource's; shared
	most         int      // bytes that may wait: MaxQueue, but see streamQueue
	opened       time.Time

	ending bool // only of the goroutine that reads: what is delivered now is the last of the client

	delivering atomic.Bool // deliver is under way: no pong can be seen

	mu sync.Mutex

	// Guarded by mu.
	state     int
	queue     queue
	connected bool // Connected has returned
	wantDrain bool // a Send returned false for a full queue
	telling   bool // Session.drained is under way

	toldBinary bool // the log has said that the client takes no binary messages
	closeSent  bool // a Close is in the queue, or out
	departed   bool // see depart
	cutOff     bool // there was no time for a close handshake, or it failed
	code       int  // for Disconnected
	reason     string
	cause      cause
	sent       int // the code that was sent, and its reason
	sentReason string
	detail     error         // what the network or the codec said of it
	resumed    bool          // Resume came since the last offer
	roomless   bool          // the carrier waits for room in the queue, and does not read
	wake       chan struct{} // closed when something of the above has changed; nil: nobody waits
}

// ID returns the session's name, which nobody can guess.
func (s *Session) ID() string { return s.id }

// Protocol returns the subprotocol that was agreed on, or "".
func (s *Session) Protocol() string { return s.protocol }

// ReadyState returns 1 (open), 2 (closing) or 3 (closed), as in the WebSocket API.
func (s *Session) ReadyState() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// BufferedAmount returns how many bytes wait to be sent, those that framing adds included.
func (s *Session) BufferedAmount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue.size()
}

// SendText queues a text message, to go out with the next Flush. What is not UTF-8 in it is replaced by U+FFFD.
//
// It returns false if the session is not open, and then does nothing; and if, with this message, more than HighWater bytes wait. Then
// Drained will tell when none do. If more than MaxQueue wait already, the session is cut as slow.
func (s *Session) SendText(data string) bool {
	if !utf8.ValidString(data) {
		data = strings.ToValidUTF8(data, "\uFFFD")
	}
	if !s.begin() {
		return false
	}
	b := s.queue.grow(len(data) + maxOverhead)
	b.B = s.codec.text(b.B, data)
	return s.end()
}

// SendBinary is SendText for a binary message. The data is copied. The drafts hixie-76 and hixie-75 have none: then it does nothing
// and returns false, and the log says so, once for a session.
func (s *Session) SendBinary(data []byte) bool {
	if s.codec.lacks()&lacksBinary != 0 {
		s.refuseBinary()
		return false
	}
	if !s.begin() {
		return false
	}
	b := s.queue.grow(len(data) + maxOverhead)
	b.B = s.codec.binary(b.B, data)
	return s.end()
}

// SendPrepared is SendText or SendBinary of a message that was prepared: it is encoded at most once for all sessions that want
// the same bytes of it, and they share them.
func (s *Session) SendPrepared(p *Prepared) bool {
	if p.binary && s.codec.lacks()&lacksBinary != 0 {
		s.refuseBinary()
		return false
	}
	if !s.begin() {
		return false
	}
	if shared := s.codec.prepared(p); shared != nil {
		s.queue.share(shared)
	} else {
		b := s.queue.grow(len(p.data) + maxOverhead)
		b.B = p.append(b.B, s.codec)
	}
	return s.end()
}

// refuseBinary logs that a binary message cannot be sent.
func (s *Session) refuseBinary() {
	s.mu.Lock()
	tell := !s.toldBinary && s.state == stateOpen
	s.toldBinary = s.toldBinary || tell
	s.mu.Unlock()
	if tell {
		s.logAt(slog.LevelError, "a binary message was not sent: the client's version of the protocol has text alone; look at connection.version, or send text",
			slog.String("websocket", s.version))
	}
}

// Ping queues a ping with at most 125 bytes of data; what is more is left off. The drafts hixie-76 and hixie-75 have none.
func (s *Session) Ping(data []byte) {
	if s.codec.lacks()&lacksPing != 0 {
		return
	}
	data = data[:min(len(data), websocket.MaxControlPayload)]
	if s.begin() {
		b := s.queue.grow(len(data) + maxOverhead)
		b.B = s.codec.ping(b.B, data)
		s.end()
	}
}

// begin locks mu before a message is queued; end must follow. It reports false, with nothing locked, if the session takes no messages.
func (s *Session) begin() bool {
	s.mu.Lock()
	if s.queue.size() > s.most && s.state == stateOpen {
		// The last Send has tried, but the client may have taken some since.
		s.mu.Unlock()
		s.carrier.flush(true)
		s.mu.Lock()
		if s.queue.size() > s.most && s.state == stateOpen {
			s.mu.Unlock()
			s.cut(causeSlow, nil)
			return false
		}
	}
	if s.state != stateOpen {
		s.mu.Unlock()
		return false
	}
	return true
}

// end unlocks what begin has locked, and says whether the queue is below the high-water mark. If it is not, it does not wait for the end of
// the turn: a turn that sends much to a client that takes it all must not find it slow.
func (s *Session) end() bool {
	full := s.fullLocked()
	s.mu.Unlock()
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

// Flush says that the turn is over: what was sent in it goes out, in one write that does not wait. What the network does not take
// follows when it does.
func (s *Session) Flush() { s.carrier.flush(false) }
