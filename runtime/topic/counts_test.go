package topic

import (
	"fmt"
	"testing"
)

// TestCounts counts the subscribers of more topics than are read at a time.
func TestCounts(t *testing.T) {
	h := NewHub[int](func(string, bool) {})
	var one, other Subscriptions[int]
	for i := range MaxSubscriptions {
		h.Subscribe(1, &one, fmt.Sprint("a/", i))
		h.Subscribe(2, &other, fmt.Sprint("b/", i))
	}
	h.Unsubscribe(&other, "b/0")
	h.Subscribe(2, &other, "a/*")
	h.Unsubscribe(&other, "b/1")
	h.Subscribe(2, &other, "a/7")
	got := h.Counts()
	if len(got) != 2*MaxSubscriptions-1 || got["a/7"] != 2 || got["a/8"] != 1 || got["a/*"] != 1 || got["b/2"] != 1 || got["b/0"] != 0 {
		t.Errorf("%d topics; a/7 %d, a/8 %d, a/* %d, b/2 %d, b/0 %d", len(got), got["a/7"], got["a/8"], got["a/*"], got["b/2"], got["b/0"])
	}
}
