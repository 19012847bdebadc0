package runtime

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
	"unsafe"

	"node.websocket/runtime/history"
	"node.websocket/runtime/topic"
)

// A recovery belongs to a connection whose client can recover: when it comes back, it asks for what it has
// missed of the topics that it is subscribed to again. client.js can, and says so in its handshake.
//
// The server keeps nothing of such a client. It tells the client, beside each message of a topic with a
// history, of the message's place in it, and the client names the last of these places. So any node that has
// the history can answer: where there are others, they share it, and places have no epoch, because a node
// delivers its own messages before they are in the history. Whether a client may have the messages is the
// module's decision: they are sent for what it has subscribed the connection to, and nothing else.
//
// What is said beside the module's messages are messages in either direction that begin with a zero byte,
// and then a letter. The module's own messages that begin so are escaped: see frameData. Clients that know these
// frames say so in their handshake, whether they can recover or not: see [inquiry] for the others.
type recovery struct {
	client string      // the client's name for itself; the same for all of its connections, and unguessable
	shared sharedReads // only in turns
}

// These are the letters. A place is the topic, escaped as in a URL, the epoch or nothing, the publisher, and the
// message's number, with spaces between and a line feed at the end. A state is [stateOf].
const (
	// frameData precedes the data of a message that itself begins with a zero byte.
	frameData = "\x00d"
	// framePlaced precedes the place and the data of a message that is new.
	framePlaced = "\x00m"
	// frameMissed precedes the place and the data of a message that was asked for.
	frameMissed = "\x00h"
	// framePlace precedes the place of a message that the client need not get, because it is its own.
	framePlace = "\x00p"
	// frameSubscribed precedes a [subscribed].
	frameSubscribed = "\x00s"
	// frameUnsubscribed precedes a pattern.
	frameUnsubscribed = "\x00u"
	// frameInterrupted tells that messages may be missing from now on, so that the client asks for them.
	frameInterrupted = "\x00i"
	// frameRecovery precedes a [recoveryRequest] of the client's, or a [recoveryAnswer], which is followed by
	// as many messages as it says.
	frameRecovery = "\x00r"
)

const (
	// maxStates is the number of topics that a client is told of that has subscribed to a wildcard.
	maxStates = 500
	// recoveryChunk bounds the bytes of messages that are sent to a client that asks, unless its queue is
	// short; see recoveryPiece. It then asks for more. It bounds the bytes of those states, too.
	recoveryChunk = 64 << 10
	// frameOverhead is the most bytes that a message takes in a queue beside its data, roughly.
	frameOverhead = 32
)

// closeProtocolError is the close code for a client that breaks the protocol (RFC 6455 §7.4.1).
const closeProtocolError = 1002

// closeTooBig is the close code for a client that sends a message which is too long.
const closeTooBig = 1009

// A placed has the other forms of a publication, for clients that can recover.
type placed struct {
	// fixed
	message Message
	place   string // with the line feed; "": none, because the topic has no history

	once sync.Once
	form Prepared
}

// place returns the place of a message of a topic with a history.
func place(name, epoch, publisher string, number int64) string {
	return url.PathEscape(name) + " " + epoch + " " + publisher + " " + strconv.FormatInt(number, 10) + "\n"
}

// framed returns a message behind a prefix.
func framed(frame, place string, m Message) Message {
	data := make([]byte, 0, len(frame)+len(place)+len(m.Data))
	return Message{Binary: m.Binary, Data: append(append(append(data, frame...), place...), m.Data...)}
}

// startsFrame reports whether a message looks like one of ours.
func startsFrame(m Message) bool { return len(m.Data) > 0 && m.Data[0] == 0 }

// prepared returns the form of a publication for c.
func (p *publication) prepared(c *Conn) Prepared {
	s := p.placed
	if s == nil || !c.usual.framed || c.usual.recovery == nil && !startsFrame(s.message) {
		return p.message
	}
	s.once.Do(func() {
		frame := framePlaced
		if s.place == "" {
			frame = frameData
		}
		s.form = c.worker.resource.runtime.options.Prepare(framed(frame, s.place, s.message))
	})
	return s.form
}

// publication returns a publication of a message, whose place is "" if its topic has no history.
func (r *Runtime) publication(m Message, place string) *publication {
	p := &publication{message: r.options.Prepare(m)}
	if place != "" || startsFrame(m) {
		p.placed = &placed{message: m, place: place}
	}
	return p
}

// limit returns what of a topic the module's options keep.
func (w *worker) limit(name string) history.Limit {
	if w.current == nil {
		return history.Limit{}
	}
	limit := w.current.options.History.For(name)
	limit.Window = cmp.Or(limit.Window, w.resource.runtime.options.RecoveryWindow)
	return limit
}

// keep keeps a message in the history of its topic, whose limit is not 0. It returns the message's place, or "" if
// there is no room for the topic.
func (w *worker) keep(name string, m Message, limit history.Limit, except *Conn) string {
	r := w.resource.runtime
	w.kept++
	e := history.Entry{Publisher: w.publisher, Number: w.kept, Binary: m.Binary, Data: m.Data}
	own := except != nil && except.usual.recovery != nil
	if own {
		e.Except = except.usual.recovery.client
	}
	epoch := ""
	if bus := r.options.Bus; bus != nil {
		bus.Keep(name, e, limit)
	} else {
		e.Data = bytes.Clone(e.Data) // it may be part of a long message
		if epoch = r.history.Add(w.resource.name, name, e, limit); epoch == "" {
			return ""
		}
	}
	at := place(name, epoch, w.publisher, w.kept)
	if own && except.connected && r.topics.Hears(&except.subscriptions, r.topics.Audience(name)) {
		except.touch()
		except.session.SendText(framePlace + at)
	}
	return at
}

// tell sends the client a frame. It is called in a turn.
func (c *Conn) tell(frame string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	c.touch()
	c.session.SendText(frame + string(text))
}

// subscribed tells a client of a new subscription.
type subscribed struct {
	Pattern string    `json:"p"`
	Window  int64     `json:"w"` // in milliseconds: after it, a history may have been forgotten
	Topics  []stateOf `json:"t"` // those with a history for which the pattern stands
	More    bool      `json:"more,omitempty"`
	Epoch   string    `json:"g,omitempty"`    // that of topics whose history begins later, if nodes share it
	Unknown bool      `json:"away,omitempty"` // whether there is anything to recover
}

// A stateOf is a [history.State].
type stateOf struct {
	Name  string           `json:"t"`
	Epoch string           `json:"e"` // "" if the history cannot be kept
	Last  history.Position `json:"a"` // may be null
}

// add adds the states of topics, as many as may be sent together. all is false if there are more.
func (s *subscribed) add(states []history.State, all bool) {
	s.More = !all
	size := 0
	for _, state := range states {
		text, err := json.Marshal(stateOf(state))
		if err != nil {
			panic(err)
		}
		if size += len(text); size > recoveryChunk { // clients may have named the topics, at length
			s.More = true
			return
		}
		s.Topics = append(s.Topics, stateOf(state))
	}
}

// tellSubscribed tells the client of a new subscription. It is called after that was made, so that whatever
// was published before is in the states, or will be delivered.
func (c *Conn) tellSubscribed(pattern string) {
	r := c.worker.resource.runtime
	s := subscribed{Pattern: pattern, Window: r.options.RecoveryWindow.Milliseconds(), Topics: []stateOf{}}
	if r.options.Bus != nil { // which knows of a history for longer than any window
		c.tellSubscribedShared(s)
		return
	}
	s.Window = time.Duration(r.shortest.Load()).Milliseconds()
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		s.add(r.history.States(prefix, maxStates))
	} else {
		state := r.history.Find(pattern)
		limit := c.worker.limit(pattern)
		if state.Epoch == "" && limit.Messages > 0 {
			state = r.history.Open(c.worker.resource.name, pattern, limit)
		}
		if state.Epoch != "" || limit.Messages > 0 {
			s.Topics = append(s.Topics, stateOf(state))
		}
	}
	c.tell(frameSubscribed, s)
}

// A recoveryRequest asks for what a client has missed of a topic.
type recoveryRequest struct {
	Name     string           `json:"t"`
	Epoch    string           `json:"e"` // "": from the beginning
	Position history.Position `json:"a"`
}

// A recoveryAnswer precedes the messages that were asked for.
type recoveryAnswer struct {
	stateOf
	Complete bool `json:"ok"`
	Entries  int  `json:"n"`
	More     bool `json:"more,omitempty"` // to be asked for after these
}

// receiveFrame takes a message that starts as a frame does. It returns the message that it stands for, if
// the module is to get one. It is called in a turn.
func (c *Conn) receiveFrame(m Message) (plain Message, ok bool) {
	switch text := unsafe.String(unsafe.SliceData(m.Data), len(m.Data)); {
	case strings.HasPrefix(text, frameData):
		m.Data = m.Data[len(frameData):]
		return m, c.admits(m)
	case strings.HasPrefix(text, frameRequest):
		head, deliver, valid := c.receiveRequest(text[len(frameRequest):])
		if valid {
			m.Data = m.Data[len(frameRequest)+head:]
			return m, deliver && c.admits(m)
		}
	case strings.HasPrefix(text, frameWithdrawn):
		c.withdraw(text[len(frameWithdrawn):])
		return Message{}, false
	case strings.HasPrefix(text, frameRecovery) && c.usual.recovery != nil:
		var request recoveryRequest
		if err := json.Unmarshal(m.Data[len(frameRecovery):], &request); err != nil || topic.CheckName(request.Name) != nil {
			break
		}
		c.recover(request)
		return Message{}, false
	}
	c.shut = true
	c.session.Close(closeProtocolError, "no such frame")
	return Message{}, false
}

// admits reports whether the data of a frame is no longer than a message may be. Otherwise it closes the session.
func (c *Conn) admits(m Message) bool {
	if most := c.usual.maxMessage; most == 0 || len(m.Data) <= most {
		return true
	}
	c.shut = true
	c.session.Close(closeTooBig, "message too big")
	return false
}

// recover sends what a client has missed of a topic that it hears.
func (c *Conn) recover(request recoveryRequest) {
	r := c.worker.resource.runtime
	if !r.topics.Hears(&c.subscriptions, r.topics.Audience(request.Name)) { // it was unsubscribed meanwhile
		c.tell(frameRecovery, recoveryAnswer{stateOf: stateOf{Name: request.Name}})
		return
	}
	overhead := frameOverhead + len(frameMissed) + len(place(request.Name, request.Epoch, c.worker.publisher, math.MaxInt64))
	if r.options.Bus != nil {
		c.recoverShared(request, overhead)
		return
	}
	c.sendMissed(r.history.After(request.Name, request.Epoch, request.Position, c.recoveryPiece(), overhead))
}

// recoveryPiece returns how many bytes of missed messages are sent together: half of what may wait for the client at
// most, because new messages have to fit beside them. A message that is longer is sent alone.
func (c *Conn) recoveryPiece() int {
	if most := c.worker.current.options.MaxQueue; most > 0 {
		return min(recoveryChunk, most/2)
	}
	return recoveryChunk
}

// sendMissed answers a request of the client.
func (c *Conn) sendMissed(missed history.Missed) {
	entries := missed.Entries[:0]
	for _, e := range missed.Entries {
		if e.Except != c.usual.recovery.client {
			entries = append(entries, e)
		}
	}
	c.tell(frameRecovery, recoveryAnswer{stateOf: stateOf(missed.State), Complete: missed.Complete, Entries: len(entries), More: missed.More})
	for _, e := range entries {
		m := framed(frameMissed, place(missed.Name, missed.Epoch, e.Publisher, e.Number), Message{Binary: e.Binary, Data: e.Data})
		if m.Binary {
			c.session.SendBinary(m.Data)
		} else {
			c.session.SendText(unsafe.String(unsafe.SliceData(m.Data), len(m.Data)))
		}
	}
}

// takeFrame takes the first of a batch, in a turn, if that starts as a frame does. It returns what remains to be
// delivered together, up to the next such message, and whether the first was taken.
func (c *Conn) takeFrame(batch []Message) (rest []Message, taken bool) {
	if startsFrame(batch[0]) {
		m, ok := c.receiveFrame(batch[0])
		if !ok {
			return nil, true
		}
		return []Message{m}, false
	}
	for i := range batch {
		if startsFrame(batch[i]) {
			return batch[:i], false
		}
	}
	return batch, false
}
