//go:build linux

package load

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// A Room is clients that join a chat room and then speak in turn. The server sends all members what
// one says, with the name that the member has joined under.
type Room struct {
	Clients  int
	InFlight int // members that have said something which not all have got yet; fewer than Clients
}

// The messages of a room: what a client joins with and what it gets for that, what it says, and what
// all get then. Names are numbers.
var (
	joinText   = newForm(`{"type":"join","name":"#"}`)
	joinedText = newForm(`{"type":"joined","name":"#"}`)
	sayText    = newForm(`{"type":"say","number":#,"text":"The quick brown fox jumps over the lazy dog."}`)
	saidText   = newForm(`{"type":"said","name":"#","number":#,"text":"The quick brown fox jumps over the lazy dog."}`)
)

// newForm returns a form whose number stands where text has the last #. Zeros stand for the others.
func newForm(text string) form {
	text = strings.ReplaceAll(text, "#", zeros)
	return form{[]byte(text), strings.LastIndex(text, zeros), false}
}

func (r *Room) clients() int { return r.Clients }

func (r *Room) script(s *Session) script {
	d := s.target.Dialect
	x := &room{
		Room:    r,
		session: s,
		join:    (&Text{Event: "join", send: joinText}).prepare(&s.target),
		say:     (&Text{Event: "say", send: sayText}).prepare(&s.target),
		joined:  d.wrap("joined", joinedText),
		said:    d.wrap("said", saidText),
	}
	x.nameAt = bytes.Index(x.said.text, []byte(zeros))
	x.heard = make([][]int, r.Clients)
	for i := range x.heard {
		x.heard[i] = make([]int, r.Clients)
	}
	x.missing, x.saidAt = make([]int, r.Clients), make([]time.Duration, r.Clients)
	return x
}

type room struct {
	*Room
	session      *Session
	join, say    exchanger
	joined, said form
	nameAt       int     // of a message of the form said
	members      int     // clients that have joined
	heard        [][]int // by member and speaker: how many messages
	missing      []int   // by speaker: the deliveries of its last message that have not come yet
	saidAt       []time.Duration
	next         int // the member that speaks next, unless it waits for deliveries
	speaking     int // members that wait for deliveries
}

func (r *room) start(c *client) {
	if c.joined {
		r.enter()
		return
	}
	c.out = r.join.append(c.out, c, 0)
	r.session.queue(c)
}

// enter counts a member, and lets the first ones speak after the last has joined.
func (r *room) enter() {
	if r.members++; r.members == r.Clients {
		for range r.InFlight {
			r.speak()
		}
	}
}

// speak lets the next member speak, unless the run is over.
func (r *room) speak() {
	s := r.session
	if s.over() {
		return
	}
	for r.missing[r.next] > 0 {
		r.next = (r.next + 1) % r.Clients
	}
	c := s.all[r.next]
	c.out = r.say.append(c.out, c, r.heard[c.index][c.index]) // the speaker has heard itself
	s.result.Sent++
	s.queue(c)
	r.missing[r.next], r.saidAt[r.next] = r.Clients, s.now
	r.speaking++
	r.next = (r.next + 1) % r.Clients
}

func (r *room) answer(c *client, m message) error {
	if !c.joined {
		c.joined = true
		if err := r.joined.check(m, number(c.index, 0)); err != nil {
			return err
		}
		r.enter()
		return nil
	}
	speaker, err := r.speaker(m)
	if err != nil {
		return err
	}
	n := &r.heard[c.index][speaker]
	place := r.said.at
	if got, want := readNumber(m.payload[place:]), number(speaker, *n); got != want || r.missing[speaker] == 0 {
		return fmt.Errorf("the server sent number %d of member %d, where %d was expected: a message was lost, repeated or changed", got, speaker+1, want)
	}
	*n++
	s := r.session
	s.result.Delivered++
	s.result.Latency.Add(s.now-r.saidAt[speaker], 1)
	if r.missing[speaker]--; r.missing[speaker] == 0 {
		r.speaking--
		r.speak()
	}
	return nil
}

// speaker returns the index of the client that a message is from. It fails if the message differs from
// the form in anything but the name and the number.
func (r *room) speaker(m message) (int, error) {
	text, p, name, end := r.said.text, m.payload, r.nameAt, r.said.at+digits
	if m.compressed || m.opcode != opText || len(p) != len(text) || string(p[:name]) != string(text[:name]) ||
		string(p[name+digits:r.said.at]) != string(text[name+digits:r.said.at]) || string(p[end:]) != string(text[end:]) {
		return 0, fmt.Errorf("the server sent %s, where %q was expected", m, text)
	}
	n := (readNumber(p[name:]) - leastNumber) / clientStep
	if n < 0 || n >= r.Clients || number(n, 0) != readNumber(p[name:]) {
		return 0, fmt.Errorf("the server sent %s, which is of no member", m)
	}
	return n, nil
}

func (r *room) finished() bool { return r.members == r.Clients && r.speaking == 0 }
