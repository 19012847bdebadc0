package history

import (
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestTree checks that a tree has what a map with the same histories has, and the nodes that it has counted.
func TestTree(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var root tree
	all, nodes := map[string]*ring{}, 0
	for step := range 3000 {
		segments := make([]string, 1+random.IntN(3))
		for i := range segments {
			segments[i] = []string{"", "a", "b"}[random.IntN(3)]
		}
		name := strings.Join(segments, "/")
		if all[name] == nil {
			r := &ring{name: name}
			all[name] = r
			nodes += root.missing(name)
			root.put(r)
		} else {
			delete(all, name)
			nodes -= root.remove(name)
		}
		got := map[string]*ring{}
		root.under("", func(r *ring) bool { got[r.name] = r; return true })
		if !maps.Equal(got, all) || root.nodes() != nodes {
			t.Fatalf("step %d: %v with %d nodes, want %v with %d", step, got, root.nodes(), all, nodes)
		}
	}
	for name := range all {
		root.remove(name)
	}
	if root.nodes() != 0 {
		t.Errorf("%d nodes are left", root.nodes())
	}
}

// nodes returns the number of nodes below one.
func (t *tree) nodes() (n int) {
	for _, child := range t.children {
		n += 1 + child.nodes()
	}
	return n
}
