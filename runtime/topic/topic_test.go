package topic

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	for _, c := range []struct {
		name             string
		pattern, publish error
	}{
		{"room", nil, nil},
		{"room/42", nil, nil},
		{"/", nil, nil},
		{"room/", nil, nil},
		{"ä b\n", nil, nil},
		{strings.Repeat("x", MaxName), nil, nil},
		{"room/*", nil, errWild},
		{"*", nil, errWild},
		{"//*", nil, errWild},
		{"", errEmpty, errEmpty},
		{strings.Repeat("x", MaxName+1), errLong, errLong},
		{"room*", errStar, errStar},
		{"*/room", errStar, errStar},
		{"room/*/x", errStar, errStar},
		{"room/**", errStar, errStar},
		{"*/*", errStar, errStar},
	} {
		if err := CheckPattern(c.name); err != c.pattern {
			t.Errorf("subscribe to %q: %v, want %v", c.name, err, c.pattern)
		}
		if err := CheckName(c.name); err != c.publish {
			t.Errorf("publish on %q: %v, want %v", c.name, err, c.publish)
		}
	}
}

// A model is a Hub that is simple and slow.
type model struct {
	own    map[int][]string // the patterns of each subscriber, the first first
	wanted map[string]bool
}

func (m *model) hears(subscriber int, name string) bool {
	return slices.ContainsFunc(m.own[subscriber], func(pattern string) bool {
		prefix, wild := strings.CutSuffix(pattern, "*")
		return pattern == name || wild && strings.HasPrefix(name, prefix)
	})
}

func (m *model) receivers(name string) (all []int) {
	for s := range m.own {
		if m.hears(s, name) {
			all = append(all, s)
		}
	}
	slices.Sort(all)
	return all
}

func (m *model) note(pattern string, wanted bool) {
	if m.wanted[pattern] == wanted {
		panic(fmt.Sprintf("%s is wanted: %v, twice", pattern, wanted))
	}
	if m.wanted[pattern] = wanted; !wanted {
		delete(m.wanted, pattern)
	}
}

// TestHub compares a Hub with a model of it, over random subscriptions.
func TestHub(t *testing.T) {
	const subscribers = 12
	patterns := []string{"a", "b", "a/b", "a/b/c", "a/", "*", "a/*", "a/b/*", "b/*"}
	names := []string{"a", "b", "c", "a/b", "a/b/c", "a/", "b/c", "a/b/", "/"}
	random := rand.New(rand.NewPCG(1, 2))
	m := &model{own: map[int][]string{}, wanted: map[string]bool{}}
	h := NewHub[int](m.note)
	own := make([]Subscriptions[int], subscribers)
	for step := range 20_000 {
		s, pattern := random.IntN(subscribers), patterns[random.IntN(len(patterns))]
		has := slices.Contains(m.own[s], pattern)
		switch n := random.IntN(20); {
		case n < 10:
			want := map[bool]Outcome{false: Added, true: Present}[has]
			if got := h.Subscribe(s, &own[s], pattern); got != want {
				t.Fatalf("step %d: %v, want %v", step, got, want)
			}
			if !has {
				m.own[s] = append(m.own[s], pattern)
			}
		case n < 19:
			if got := h.Unsubscribe(&own[s], pattern); got != has {
				t.Fatalf("step %d: unsubscribed: %v", step, got)
			}
			m.own[s] = slices.DeleteFunc(m.own[s], func(p string) bool { return p == pattern })
		default:
			h.Leave(&own[s])
			if got := h.Patterns(&own[s]); !slices.Equal(got, m.own[s]) {
				t.Fatalf("step %d: left %v, want %v", step, got, m.own[s])
			}
			if got := h.Subscribe(s, &own[s], pattern); got != Left {
				t.Fatalf("step %d: %v after Leave", step, got)
			}
			h.Forget(&own[s])
			if got := h.Patterns(&own[s]); len(got) > 0 {
				t.Fatalf("step %d: %v after Forget", step, got)
			}
			own[s] = Subscriptions[int]{}
			delete(m.own, s)
		}
		if got := h.Patterns(&own[s]); !slices.Equal(got, m.own[s]) || h.Subscribed(&own[s], pattern) != slices.Contains(got, pattern) {
			t.Fatalf("step %d: %v, want %v", step, got, m.own[s])
		}
		name := names[random.IntN(len(names))]
		a, want := h.Audience(name), m.receivers(name)
		got := slices.Sorted(slices.Values(h.Receivers(a)))
		if !slices.Equal(got, want) || h.Count(name) != len(want) || len(h.Subscribers(name)) != len(want) || a.IsEmpty() != (len(want) == 0) {
			t.Fatalf("step %d: %s: %v (%d), want %v", step, name, got, h.Count(name), want)
		}
		if got := h.Hears(&own[s], a); got != m.hears(s, name) {
			t.Fatalf("step %d: %d hears %s: %v", step, s, name, got)
		}
		others := slices.DeleteFunc(want, func(o int) bool { return o == s })
		if got := h.Others(name, s); got.IsEmpty() != (len(others) == 0) {
			t.Fatalf("step %d: others than %d that hear %s: %v, want %v", step, s, name, !got.IsEmpty(), others)
		}
		wild := 0
		for _, all := range m.own {
			if slices.Contains(all, "a/*") {
				wild++
			}
		}
		if got, all := h.Count("a/*"), h.Subscribers("a/*"); got != wild || len(all) != wild {
			t.Fatalf("step %d: %d subscribers of a/*, %v, want %d", step, got, all, wild)
		}
	}
	for s := range own {
		h.Leave(&own[s])
	}
	if len(h.exact)+len(h.wildcards)+len(m.wanted) > 0 {
		t.Errorf("left behind: %v, %v, wanted %v", slices.Collect(maps.Keys(h.exact)), slices.Collect(maps.Keys(h.wildcards)), m.wanted)
	}
}

// TestFull checks the bound on a subscriber's subscriptions.
func TestFull(t *testing.T) {
	h := NewHub[int](func(string, bool) {})
	var own Subscriptions[int]
	for i := range MaxSubscriptions {
		if got := h.Subscribe(1, &own, fmt.Sprint(i)); got != Added {
			t.Fatalf("subscription %d: %v", i, got)
		}
	}
	if got := h.Subscribe(1, &own, "more"); got != Full || h.Count("more") != 0 {
		t.Errorf("one more: %v, and %d subscribers", got, h.Count("more"))
	}
	if got := h.Subscribe(1, &own, "0"); got != Present {
		t.Errorf("one again: %v", got)
	}
	h.Unsubscribe(&own, "500")
	if got := h.Subscribe(1, &own, "more"); got != Added {
		t.Errorf("one instead: %v", got)
	}
}

// TestReceiversStay checks that a list of receivers does not change while it is used.
func TestReceiversStay(t *testing.T) {
	h := NewHub[int](func(string, bool) {})
	own := make([]Subscriptions[int], 200)
	for i := range own {
		h.Subscribe(i, &own[i], "a")
	}
	a := h.Audience("a")
	before := h.Receivers(a)
	kept := slices.Clone(before)
	for i := range 199 {
		h.Unsubscribe(&own[i], "a")
		h.Receivers(a)
	}
	if !slices.Equal(before, kept) {
		t.Error("changed")
	}
	if got := h.Receivers(a); len(got) != 1 || got[0] != 199 {
		t.Errorf("left: %v", got)
	}
}

// BenchmarkAudience looks up who hears a name, with and without wildcards.
func BenchmarkAudience(b *testing.B) {
	for _, wildcards := range []bool{false, true} {
		b.Run(fmt.Sprintf("wildcards=%v", wildcards), func(b *testing.B) {
			h := NewHub[int](func(string, bool) {})
			own := make([]Subscriptions[int], 10_000)
			for i := range own {
				h.Subscribe(i, &own[i], fmt.Sprintf("room/%d", i%100))
			}
			if wildcards {
				h.Subscribe(-1, new(Subscriptions[int]), "other/*")
			}
			b.ReportAllocs()
			for b.Loop() {
				if h.Audience("room/42").IsEmpty() {
					b.Fatal("nobody")
				}
			}
		})
	}
}
