package runtime

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"node.websocket/runtime/history"
)

// recoverable is topical with a history.
func recoverable(workers int) map[string]string {
	return map[string]string{"test.js": topicalModule(workers) + `Module.options.history = {'room/*': 20, 'long/*': 10000, 'room/none': 0};`}
}

// connectRecovering connects a client that can recover, as client.js does.
func connectRecovering(t testing.TB, r *Runtime, client string) (*Conn, *fakeSession) {
	t.Helper()
	c, a, err := open(r, "test", Request{Recovery: client})
	if err != nil || a.Status != 0 {
		t.Fatalf("open: %v, %+v", err, a)
	}
	s := newFakeSession(c)
	c.Connected(s)
	return c, s
}

// A memory stands in for client.js: it remembers the topics, and handles frames, apart from wildcards.
type memory struct {
	topics    map[string]*remembered
	got       []string // the messages
	recovered []string // the topics, and whether they were
}

type remembered struct {
	epoch    string
	position history.Position
	base     history.Position     // what was there before
	left     int                  // of the messages that were asked for
	held     []string             // frames; nil: frames are not held
	answer   func(s *fakeSession) // asks for more, or ends the recovery
}

// take handles the next frames of a session, and sends its requests.
func (m *memory) take(t testing.TB, s *fakeSession) {
	s.mu.Lock()
	sent := s.sent
	s.sent = nil
	s.mu.Unlock()
	for _, frame := range sent {
		m.frame(t, s, frame)
	}
}

func (m *memory) frame(t testing.TB, s *fakeSession, frame string) {
	if !strings.HasPrefix(frame, "\x00") {
		m.got = append(m.got, frame)
		return
	}
	kind, rest := frame[:2], frame[2:]
	switch kind {
	case frameSubscribed:
		var told subscribed
		if err := json.Unmarshal([]byte(rest), &told); err != nil {
			t.Fatal(err)
		}
		for _, state := range told.Topics {
			switch known := m.topics[state.Name]; {
			case known == nil:
				m.topics[state.Name] = &remembered{epoch: state.Epoch, position: history.Position{}, base: state.Last}
			case known.held == nil: // a message has come before
				if known.epoch == "" {
					known.epoch, known.base = state.Epoch, state.Last
				}
			case told.Unknown:
				m.recovered = append(m.recovered, state.Name+" false")
				m.release(t, s, known)
			default:
				m.ask(s, state.Name)
			}
		}
	case frameInterrupted:
		for name, known := range m.topics {
			if known.held == nil {
				known.hold()
				m.ask(s, name)
			}
		}
	case frameRecovery:
		var answer recoveryAnswer
		if err := json.Unmarshal([]byte(rest), &answer); err != nil {
			t.Fatal(err)
		}
		known := m.topics[answer.Name]
		m.recovered = append(m.recovered, fmt.Sprint(answer.Name, " ", answer.Complete))
		known.epoch = answer.Epoch
		known.left = answer.Entries
		known.answer = func(s *fakeSession) {
			if answer.More {
				m.ask(s, answer.Name)
				return
			}
			for p, n := range answer.Last {
				known.position[p] = max(known.position[p], n)
			}
			m.release(t, s, known)
		}
		if known.left == 0 {
			known.answer(s)
		}
	case framePlaced, frameMissed, framePlace:
		head, data, _ := strings.Cut(rest, "\n")
		parts := strings.Split(head, " ")
		name, _ := url.PathUnescape(parts[0])
		number, err := strconv.ParseInt(parts[3], 10, 64)
		if err != nil {
			t.Fatalf("%q", frame)
		}
		known := m.topics[name]
		if known == nil {
			known = &remembered{epoch: parts[1], position: history.Position{}}
			m.topics[name] = known
		}
		switch {
		case kind == frameMissed:
			known.position[parts[2]] = number
			m.got = append(m.got, data)
			if known.left--; known.left == 0 {
				known.answer(s)
			}
		case known.held != nil:
			known.held = append(known.held, frame)
		case known.position[parts[2]] < number:
			if known.position[parts[2]] = number; kind == framePlaced {
				m.got = append(m.got, data)
			}
		}
	case frameData:
		m.got = append(m.got, rest)
	}
}

// hold begins to hold frames.
func (r *remembered) hold() {
	r.held = []string{}
	for p, n := range r.base {
		r.position[p] = max(r.position[p], n)
	}
}

// release takes the frames that were held.
func (m *memory) release(t testing.TB, s *fakeSession, known *remembered) {
	held := known.held
	known.held = nil
	for _, frame := range held {
		m.frame(t, s, frame)
	}
}

// lose is to be called after the connection was lost, with what it has sent.
func (m *memory) lose(t testing.TB, s *fakeSession) {
	m.take(t, s)
	for _, known := range m.topics {
		known.hold()
	}
}

func (m *memory) ask(s *fakeSession, name string) {
	known := m.topics[name]
	request, _ := json.Marshal(recoveryRequest{name, known.epoch, known.position})
	s.deliver(text(frameRecovery + string(request)))
}

// TestRecovery checks what a client gets that comes back, of topics that it is subscribed to again.
func TestRecovery(t *testing.T) {
	r, _ := newRuntime(t, recoverable(1))
	_, other := connect(t, r, "test")
	publish := func(topic string, texts ...string) {
		for _, text := range texts {
			other.run(t, fmt.Sprintf("server.publish(%q, %q)", topic, text))
		}
	}
	publish("room/1", "before")
	m := &memory{topics: map[string]*remembered{}}
	c, s := connectRecovering(t, r, "me")
	s.deliver(text(`c.subscribe('room/1') && c.subscribe('room/none') && undefined`))
	publish("room/1", "one", "\x00two")
	publish("room/none", "without a history", "\x00escaped")
	other.run(t, `server.publish('room/1', new Uint8Array([0, 255])), server.broadcast('\0all')`)
	s.deliver(text(`c.publish('room/1', 'mine')`, `c.send('\0to me'), undefined`, frameData+`c.send('escaped'), undefined`))
	expect := func(got *[]string, want ...string) {
		t.Helper()
		eventually(t, fmt.Sprintf("%q", want), func() bool {
			m.take(t, s)
			return len(*got) >= len(want)
		})
		if !slices.Equal(*got, want) {
			t.Fatalf("got %q, want %q", *got, want)
		}
		*got = nil
	}
	lose := func() {
		disconnect(c, 1006)
		m.lose(t, s)
		m.recovered = nil
		c, s = connectRecovering(t, r, "me")
	}
	// The binary message has its frame as part of its data, which fakeSession shows in hex.
	binary := "binary:" + fmt.Sprintf("%x", place("room/1", r.history.Find("room/1").Epoch, r.resources["test"].all()[0].publisher, 4)+"\x00\xff")
	binary = "binary:" + fmt.Sprintf("%x", framePlaced) + binary[len("binary:"):]
	expect(&m.got, "one", "\x00two", "without a history", "\x00escaped", binary, "\x00all", "= false", "\x00to me", "escaped")

	lose()
	publish("room/1", "three", "four")
	publish("room/none", "missed")
	s.deliver(text(`c.subscribe('room/1') && c.subscribe('room/none') && undefined`))
	publish("room/1", "five")
	expect(&m.got, "three", "four", "five") // and not "mine"
	expect(&m.recovered, "room/1 true")

	lose()
	for i := range 25 {
		publish("room/1", fmt.Sprint(i))
	}
	s.deliver(text(`c.subscribe('room/1') && undefined`))
	var last20 []string
	for i := range 20 {
		last20 = append(last20, fmt.Sprint(5+i))
	}
	expect(&m.got, last20...)
	expect(&m.recovered, "room/1 false")

	lose() // it is not subscribed again
	publish("room/1", "secret")
	m.ask(s, "room/1")
	s.deliver(text(`1`))
	expect(&m.recovered, "room/1 false")
	expect(&m.got, "= 1")

	s.deliver(text(frameRecovery + "{"))
	if s.code != closeProtocolError {
		t.Errorf("closed with %d", s.code)
	}
}

// TestRecoveryInPieces checks that what was missed comes in pieces for which the client asks, few long messages as well as
// many empty ones of a topic with a long name.
func TestRecoveryInPieces(t *testing.T) {
	for _, test := range []struct {
		topic        string
		size, number int
		queue, most  int // bytes
	}{
		{"long/1", 10000, 100, 0, recoveryChunk + 10<<10},
		{"long/" + strings.Repeat("é", 100), 0, 2000, 0, recoveryChunk + 10<<10},
		{"long/1", 1000, 100, 8000, 4000 + 500},
		{"long/1", 3000, 20, 1024, 3000 + 500}, // one by one
	} {
		module := recoverable(1)
		module["test.js"] += fmt.Sprintf("Module.options.maxQueue = %d", test.queue)
		r, _ := newRuntime(t, module)
		_, other := connect(t, r, "test")
		m := &memory{topics: map[string]*remembered{}}
		c, s := connectRecovering(t, r, "me")
		subscribe := text(fmt.Sprintf(`c.subscribe('%s') && undefined`, test.topic))
		s.deliver(subscribe)
		disconnect(c, 1006)
		m.lose(t, s)
		other.run(t, fmt.Sprintf(`(function(){ for (var i = 0; i < %d; i++) server.publish('%s', i + ' ' + 'x'.repeat(%d)) })()`, test.number, test.topic, test.size))
		_, s = connectRecovering(t, r, "me")
		s.deliver(subscribe)
		for len(m.got) < test.number {
			before := len(m.got)
			s.mu.Lock()
			size := 0
			for _, frame := range s.sent {
				size += len(frame)
			}
			s.mu.Unlock()
			if size > test.most {
				t.Fatalf("%d bytes at a time", size)
			}
			if m.take(t, s); len(m.got) == before && len(m.recovered) > 1 {
				t.Fatal("no progress")
			}
		}
		for i, got := range m.got {
			if !strings.HasPrefix(got, fmt.Sprint(i, " ")) {
				t.Fatalf("message %d is %.10s", i, got)
			}
		}
		if len(m.recovered) < 10 || slices.Contains(m.recovered, test.topic+" false") {
			t.Errorf("%d answers: %v", len(m.recovered), m.recovered)
		}
	}
}

// TestRecoverySeam loses connections again and again while several workers publish. Every message arrives
// once, and those of each publisher in order.
func TestRecoverySeam(t *testing.T) {
	const publishers, each, losses = 3, 400, 40
	r, _ := newRuntime(t, recoverable(publishers))
	sessions := connectAll(t, r, publishers)
	m := &memory{topics: map[string]*remembered{}}
	c, s := connectRecovering(t, r, "me")
	s.deliver(text(`c.subscribe('long/1') && undefined`))
	m.take(t, s)
	var all sync.WaitGroup
	for p, other := range sessions {
		all.Go(func() {
			for i := range each {
				other.deliver(text(fmt.Sprintf("server.publish('long/1', '%d %d'), undefined", p, i)))
			}
		})
	}
	for range losses {
		m.take(t, s)
		c.Disconnected(1006, "")
		m.lose(t, s)
		c, s = connectRecovering(t, r, "me")
		s.deliver(text(`c.subscribe('long/1') && undefined`))
	}
	all.Wait()
	eventually(t, "every message", func() bool {
		m.take(t, s)
		return len(m.got) >= publishers*each
	})
	var next [publishers]int
	for _, got := range m.got {
		var p, i int
		if _, err := fmt.Sscan(got, &p, &i); err != nil || i != next[p] {
			t.Fatalf("got %q, want number %d", got, next[p])
		}
		next[p]++
	}
	if slices.Contains(m.recovered, "long/1 false") {
		t.Error("not recovered")
	}
}

// TestHistoryOff checks that topics without a history cost a publication nothing.
func TestHistoryOff(t *testing.T) {
	allocations := func(files map[string]string, topic string) float64 {
		r, _ := newRuntime(t, files)
		c, s := connect(t, r, "test")
		s.run(t, `(server.f = function(){ server.publish('`+topic+`', 'x') }, c.subscribe('`+topic+`'))`)
		return testing.AllocsPerRun(1000, func() {
			c.Receive(text("server.f()"))
			s.clear()
		})
	}
	without := allocations(map[string]string{"test.js": topicalModule(1)}, "room/none")
	with := allocations(recoverable(1), "room/none")
	if with > without {
		t.Errorf("%v allocations with a history of other topics, %v without", with, without)
	}
}

// TestManyStates checks that a client is told of the topics of a wildcard, but of no more than fit into its queue, and
// then that there are more.
func TestManyStates(t *testing.T) {
	for _, test := range []struct {
		topic  string
		number int
		more   bool
	}{
		{"room/", 100, false},
		{"room/" + strings.Repeat("\\0", 240), 100, true},
		{"room/", maxStates + 1, true},
	} {
		r, _ := newRuntime(t, recoverable(1))
		_, other := connect(t, r, "test")
		other.run(t, fmt.Sprintf(`(function(){ for (var i = 0; i < %d; i++) server.publish('%s' + i, '') })()`, test.number, test.topic))
		_, s := connectRecovering(t, r, "me")
		s.deliver(text(`c.subscribe('room/*') && undefined`))
		s.mu.Lock()
		frame := s.sent[0]
		s.mu.Unlock()
		var told subscribed
		if err := json.Unmarshal([]byte(strings.TrimPrefix(frame, frameSubscribed)), &told); err != nil {
			t.Fatal(err)
		}
		if told.More != test.more || !told.More && len(told.Topics) != test.number || len(told.Topics) == 0 || len(frame) > recoveryChunk+1<<10 {
			t.Errorf("%d topics like %.20q: told of %d in %d bytes, more: %v", test.number, test.topic, len(told.Topics), len(frame), told.More)
		}
	}
}
