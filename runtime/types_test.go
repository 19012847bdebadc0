package runtime

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"node.websocket/runtime/storage"
)

// TestTypes compares the interfaces that the command types writes with the objects of a VM: each has the names of
// the other.
func TestTypes(t *testing.T) {
	t.Parallel()
	declarations, err := os.ReadFile("command/starter/types.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	store := storage.NewMemory(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = store.Close() })
	r, _ := newRuntimeWith(t, map[string]string{"test.js": `
		var names = function(o){ return Object.getOwnPropertyNames(o).filter(function(k){ return k != 'constructor' }) };
		var Module = this.Module = function(){ };
		Module.prototype.onData = function(data, c){
			c.send(JSON.stringify({
				Connection: names(Object.getPrototypeOf(c)), ConnectionSocket: names(c.socket), Server: names(c.server), HandshakeRequest: names(c.request),
				ModuleFile: names(module), ModuleHot: names(module.hot), ModuleStorage: names(require('storage')),
				Timeout: names(Object.getPrototypeOf(setTimeout(function(){ }, 0)))
			}));
		};
		Module.onRequest = function(request){ return JSON.stringify({HttpRequest: names(request), HttpBody: names(request.body)}) };
	`}, Options{Storage: store})
	_, s := connect(t, r, "test")
	s.deliver(text("x"))
	resource, err := r.Resource("test")
	if err != nil {
		t.Fatal(err)
	}
	answer, err := resource.Respond(context.Background(), Request{Path: "/test"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string][]string{}
	for _, object := range []string{s.messages(), answer.Body} {
		if err := json.Unmarshal([]byte(object), &names); err != nil {
			t.Fatal(err)
		}
	}
	if len(names) != 10 {
		t.Errorf("%d objects", len(names))
	}
	for name, has := range names {
		declared := membersOf(t, string(declarations), name)
		for _, k := range has {
			if !slices.Contains(declared, k) {
				t.Errorf("the interface %s lacks %s", name, k)
			}
		}
		for _, k := range declared {
			if !slices.Contains(has, k) {
				t.Errorf("the interface %s has %s, but the object has not", name, k)
			}
		}
	}
}

var (
	anInterface = regexp.MustCompile(`(?ms)^interface (\w+)(?: extends (\w+))? \{\n(.*?)^\}`)
	aMember     = regexp.MustCompile(`(?m)^  (?:readonly )?(\w+)\??[(:<]`)
)

// membersOf returns the names of an interface's properties, also of those that it extends.
func membersOf(t *testing.T, text, name string) (names []string) {
	t.Helper()
	for _, found := range anInterface.FindAllStringSubmatch(text, -1) {
		if found[1] != name {
			continue
		}
		if found[2] != "" {
			names = membersOf(t, text, found[2])
		}
		for _, member := range aMember.FindAllStringSubmatch(found[3], -1) {
			names = append(names, member[1])
		}
		return names
	}
	t.Fatalf("there is no interface %s in %s", name, strings.SplitN(text, "\n", 2)[0])
	return nil
}
