package history

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func newMemory(t *testing.T, o Options) *Memory {
	if o.Window == 0 {
		o.Window = time.Minute
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 1 << 20
	}
	if o.InUse == nil {
		o.InUse = func(string) bool { return false }
	}
	m := New(o)
	t.Cleanup(m.Close)
	return m
}

// TestAfter compares what is kept of random publications of several publishers, on several topics, with a model that
// keeps all of them, from random positions.
func TestAfter(t *testing.T) {
	const most = 7
	m := newMemory(t, Options{})
	random := rand.New(rand.NewPCG(1, 2))
	names, publishers := []string{"a", "b", "room/c"}, []string{"p", "q", "r"}
	all := map[string][]Entry{}
	numbers := map[string]int64{}
	for step := range 5000 {
		name, publisher := names[random.IntN(len(names))], publishers[random.IntN(len(publishers))]
		numbers[publisher] += 1 + random.Int64N(2) // not all of them on topics with a history
		e := Entry{Publisher: publisher, Number: numbers[publisher], Data: []byte(fmt.Sprint(step))}
		all[name] = append(all[name], e)
		epoch := m.Add("owner", name, e, Limit{Messages: most})

		var missed Missed
		position, want, complete := Position{}, []Entry{}, true
		for _, p := range publishers {
			if n := numbers[p] - random.Int64N(12); n > 0 {
				position[p] = n
			}
		}
		for i, e := range all[name] {
			if e.Number <= position[e.Publisher] {
				continue
			}
			if i < len(all[name])-most {
				complete = false
				continue
			}
			want = append(want, e)
		}
		var got []Entry
		for rounds := 0; rounds == 0 || missed.More; rounds++ { // in pieces of at least one entry
			missed = m.After(name, epoch, position, 6, 0)
			if rounds == 0 && missed.Complete != complete {
				t.Fatalf("step %d: complete: %v, want %v", step, missed.Complete, complete)
			}
			if rounds > most {
				t.Fatal("it does not end")
			}
			got = append(got, missed.Entries...)
			for _, e := range missed.Entries {
				position[e.Publisher] = e.Number
			}
		}
		if !slices.EqualFunc(got, want, func(a, b Entry) bool { return a.Publisher == b.Publisher && a.Number == b.Number }) {
			t.Fatalf("step %d: got %v, want %v", step, got, want)
		}
		for publisher, n := range missed.Last {
			if i := slices.IndexFunc(all[name], func(e Entry) bool { return e.Publisher == publisher && e.Number == n }); i < 0 ||
				slices.ContainsFunc(all[name][i+1:], func(e Entry) bool { return e.Publisher == publisher }) {
				t.Fatalf("step %d: the last of %s is said to be %d", step, publisher, n)
			}
		}
	}
}

// TestEpoch checks what is said of positions of another epoch, of the beginning, and of a topic without a history.
func TestEpoch(t *testing.T) {
	m := newMemory(t, Options{})
	if missed := m.After("a", "", nil, 100, 0); missed.Complete || missed.Epoch != "" {
		t.Errorf("no history: %+v", missed)
	}
	opened := m.Open("owner", "a", Limit{})
	if m.Open("owner", "a", Limit{}).Epoch != opened.Epoch || m.Find("a").Epoch != opened.Epoch || m.Find("b").Epoch != "" {
		t.Error("the epoch changes, or b has one")
	}
	m.Add("owner", "a", Entry{Publisher: "p", Number: 1}, Limit{Messages: 2})
	m.Add("owner", "a", Entry{Publisher: "p", Number: 2}, Limit{Messages: 2})
	for epoch, want := range map[string]struct {
		complete bool
		entries  int
	}{"": {true, 2}, opened.Epoch: {true, 0}, "another": {false, 0}} {
		position := Position{"p": 2}
		if epoch == "" {
			position = nil
		}
		if missed := m.After("a", epoch, position, 100, 0); missed.Complete != want.complete || len(missed.Entries) != want.entries {
			t.Errorf("epoch %q: %+v", epoch, missed)
		}
	}
	m.Add("owner", "a", Entry{Publisher: "p", Number: 3}, Limit{Messages: 2})
	if m.After("a", "", nil, 100, 0).Complete {
		t.Error("complete from the beginning, after a message was dropped")
	}
}

// TestBounds checks the bounds on bytes: of one topic, and of all, where those of the topic that was published on last
// stay. Nothing that is dropped for that is forgotten to be missing.
func TestBounds(t *testing.T) {
	const limit = 8 << 20
	m := newMemory(t, Options{MaxBytes: limit})
	data := make([]byte, 64<<10)
	add := func(name string, number int64) {
		m.Add("owner", name, Entry{Publisher: "p", Number: number, Data: data}, Limit{Messages: MaxMessages})
	}
	for i := range int64(1000) {
		add("a", i+1)
	}
	if m.bytes > MaxTopicBytes || m.bytes < MaxTopicBytes-100<<10 {
		t.Errorf("one topic takes %d bytes", m.bytes)
	}
	for i := range int64(200) {
		add(fmt.Sprint("topic", i), 1000+i+1)
	}
	if m.bytes > limit || m.bytes < limit-100<<10 {
		t.Errorf("all take %d bytes", m.bytes)
	}
	if missed := m.After("topic199", "", nil, 100, 0); !missed.Complete || len(missed.Entries) != 1 {
		t.Errorf("the last: %v", missed.Complete)
	}
	if missed := m.After("topic0", "", nil, 100, 0); missed.Complete || len(missed.Entries) != 0 || missed.Epoch == "" {
		t.Errorf("the first: %+v", missed.State)
	}
	for i := range limit / ringSize { // topics without messages
		if m.Open("owner", strings.Repeat("x", 200)+fmt.Sprint(i), Limit{}).Epoch == "" {
			t.Fatal("there is no room for ", i)
		}
	}
	if m.bytes > limit || m.bytes < limit-100<<10 {
		t.Errorf("all take %d bytes", m.bytes)
	}
	before := m.Find("topic0")
	m.Add("owner", "topic0", Entry{Publisher: "p", Number: 5000, Data: data}, Limit{Messages: 10})
	if missed := m.After("topic0", "", nil, 1, 0); before.Epoch != "" || missed.Complete || missed.Epoch == "" {
		t.Errorf("what was forgotten before: %+v, then %+v", before, missed.State)
	}
	m.checkBytes(t)
}

// TestShares checks that an owner with many topics, or many messages, leaves others theirs.
func TestShares(t *testing.T) {
	const limit = 1 << 20
	for name, size := range map[string]int{"messages": 10_000, "topics": -1} {
		m := newMemory(t, Options{MaxBytes: limit})
		for i := range int64(100) {
			m.Add("quiet", "news", Entry{Publisher: "p", Number: i + 1, Data: make([]byte, 1000)}, Limit{Messages: 100})
		}
		epoch := m.Find("news").Epoch
		for i := range int64(3000) {
			topic := fmt.Sprint("flood/", i)
			if size < 0 {
				m.Open("loud", topic, Limit{})
				continue
			}
			m.Add("loud", topic, Entry{Publisher: "q", Number: i + 1, Data: make([]byte, size)}, Limit{Messages: 100})
		}
		m.checkBytes(t)
		if missed := m.After("news", "", nil, 1<<20, 0); !missed.Complete || len(missed.Entries) != 100 || missed.Epoch != epoch {
			t.Errorf("%s: %d messages are left, complete: %v", name, len(missed.Entries), missed.Complete)
		}
		if m.bytes < limit-20_000 || m.shares["loud"].bytes < limit/2 {
			t.Errorf("%s: the loud one has %d of %d bytes", name, m.shares["loud"].bytes, m.bytes)
		}
	}
}

// checkBytes counts again.
func (m *Memory) checkBytes(t *testing.T) {
	t.Helper()
	sum, filled, all, shares := nodeSize*m.tree.nodes(), 0, 0, nodeSize*m.tree.nodes()
	for _, a := range m.ages {
		all += a.rings.Len()
	}
	for _, s := range m.shares {
		all -= s.rings.Len() // back to 0
		filled -= s.filled.Len()
		shares += s.bytes
	}
	for name, r := range m.rings {
		sum += ringSize + len(name)
		for i := range r.n {
			sum += r.sizeOf(r.at(i))
		}
		if r.n > 0 {
			filled++
		}
	}
	ringsInShares := 0
	for _, s := range m.shares {
		ringsInShares += s.rings.Len()
	}
	if sum != m.bytes || shares != m.bytes || filled != 0 || all != 0 || len(m.rings) != ringsInShares {
		t.Errorf("%d bytes, %d in shares, want %d; %d histories in lists, want %d; the lists differ by %d and %d", m.bytes, shares, sum, ringsInShares, len(m.rings), filled, all)
	}
}

// TestWindow checks how long histories last: with publications, with subscribers, and without either.
func TestWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		used := map[string]bool{"subscribed": true}
		m := newMemory(t, Options{Window: time.Minute, InUse: func(name string) bool { return used[name] }})
		number := int64(0)
		publish := func(name string) {
			number++
			m.Add("owner", name, Entry{Publisher: "p", Number: number}, Limit{Messages: 10})
		}
		has := func(when, name string, entries int, history bool) {
			t.Helper()
			m.mu.Lock()
			defer m.mu.Unlock()
			r := m.rings[name]
			if r == nil && history || r != nil && (!history || r.n != entries) {
				t.Errorf("%s: %s: %+v", when, name, r)
			}
		}
		for _, name := range []string{"busy", "subscribed", "quiet"} {
			publish(name)
		}
		for range 59 {
			time.Sleep(time.Second) // on the bubble's clock
			publish("busy")
		}
		synctest.Wait()
		has("before the window is over", "quiet", 1, true)
		has("before the window is over", "subscribed", 1, true)
		for range 180 {
			time.Sleep(time.Second) // on the bubble's clock
			publish("busy")
		}
		synctest.Wait()
		has("after four windows", "busy", 10, true)
		has("after four windows", "subscribed", 0, true)
		has("after four windows", "quiet", 0, false)

		m.mu.Lock()                // with which InUse is called
		used["subscribed"] = false // its last subscriber leaves, and comes back
		m.mu.Unlock()
		time.Sleep(time.Minute) // on the bubble's clock
		synctest.Wait()
		has("a window after the subscriber has left", "subscribed", 0, true)
		time.Sleep(3 * time.Minute) // on the bubble's clock
		synctest.Wait()
		if m.mu.Lock(); len(m.rings) != 0 || len(m.ages) != 0 || m.bytes != 0 {
			t.Errorf("at the end: %d histories, %d ages, %d bytes", len(m.rings), len(m.ages), m.bytes)
		}
		m.mu.Unlock()
		publish("again")
		has("after that", "again", 1, true)
	})
}

// TestWindows checks that histories last as long as their own windows say, also when these change.
func TestWindows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, Options{Window: time.Minute})
		add := func(name string, number int64, window time.Duration) {
			m.Add("owner", name, Entry{Publisher: "p", Number: number}, Limit{10, window})
		}
		check := func(when string, want ...string) {
			t.Helper()
			synctest.Wait()
			m.mu.Lock()
			defer m.mu.Unlock()
			if got := slices.Sorted(maps.Keys(m.rings)); !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", when, got, want)
			}
		}
		add("long", 1, time.Hour)
		add("short", 2, time.Second)
		add("standard", 3, 0)
		add("longer now", 4, time.Second)
		add("longer now", 5, time.Hour)
		add("shorter now", 6, time.Hour)
		add("shorter now", 7, time.Second)
		time.Sleep(time.Second - 1) // on the bubble's clock
		check("before the first window is over", "long", "longer now", "short", "shorter now", "standard")
		time.Sleep(5 * time.Second) // likewise
		check("after the first", "long", "longer now", "standard")
		time.Sleep(5 * time.Minute) // likewise
		check("after the second", "long", "longer now")
		if m.mu.Lock(); m.rings["longer now"].n != 2 || len(m.ages) != 1 {
			t.Errorf("%d messages, %d ages", m.rings["longer now"].n, len(m.ages))
		}
		m.mu.Unlock()
		time.Sleep(5 * time.Hour) // likewise
		check("at the end")
		m.checkBytes(t)
	})
}

// TestStates checks that the topics with a prefix are listed, up to a number.
func TestStates(t *testing.T) {
	m := newMemory(t, Options{})
	for _, name := range []string{"room/1", "room/2", "room/2/x", "room/", "room", "rooms/1", "/", "//a", "é"} {
		m.Add("owner", name, Entry{Publisher: "p", Number: 1}, Limit{Messages: 1})
	}
	for prefix, want := range map[string]string{
		"room/": "[room/ room/1 room/2 room/2/x]", "room/2/": "[room/2/x]", "room/2/x/": "[]", "none/": "[]", "none/at/all/": "[]",
		"/": "[/ //a]", "//": "[//a]", "": "[/ //a room room/ room/1 room/2 room/2/x rooms/1 é]",
	} {
		names := []string{}
		states, all := m.States(prefix, 9)
		for _, s := range states {
			names = append(names, s.Name)
		}
		if slices.Sort(names); !all || fmt.Sprint(names) != want {
			t.Errorf("%q: %v, all: %v, want %v", prefix, names, all, want)
		}
	}
	if states, all := m.States("room/", 3); all || len(states) != 3 {
		t.Errorf("%v, all: %v", states, all)
	}
}

func TestLimits(t *testing.T) {
	l := NewLimits(map[string]Limit{"*": {1, 0}, "room/*": {2, time.Minute}, "room/vip/*": {3, 0}, "room/vip/x": {}, "news": {5, time.Hour}})
	for name, want := range map[string]int{"a": 1, "room": 1, "room/1": 2, "room/vip/1": 3, "room/vip/x": 0, "news": 5, "news/x": 1} {
		if got := l.For(name); got.Messages != want || got.Window != map[int]time.Duration{2: time.Minute, 5: time.Hour}[want] {
			t.Errorf("%s: %v, want %d", name, got, want)
		}
	}
	if short, long := l.Shortest(time.Second), l.Shortest(24*time.Hour); short != time.Second || long != time.Minute {
		t.Errorf("the shortest windows: %v and %v", short, long)
	}
	if new(Limits).For("a").Messages != 0 {
		t.Error("the zero value keeps messages")
	}
}

// TestClosed checks that nothing is kept after Close.
func TestClosed(t *testing.T) {
	m := newMemory(t, Options{})
	m.Add("owner", "a", Entry{Publisher: "p", Number: 1}, Limit{Messages: 1})
	m.Close()
	if epoch := m.Add("owner", "a", Entry{Publisher: "p", Number: 2}, Limit{Messages: 1}); epoch != "" || m.Find("a").Epoch != "" {
		t.Error("it is kept")
	}
}

func BenchmarkAdd(b *testing.B) {
	m := New(Options{Window: time.Minute, MaxBytes: 1 << 26, InUse: func(string) bool { return true }})
	defer m.Close()
	e := Entry{Publisher: "p", Data: make([]byte, 100)}
	b.ReportAllocs()
	for b.Loop() {
		e.Number++
		m.Add("owner", "room/1", e, Limit{Messages: 100})
	}
}
