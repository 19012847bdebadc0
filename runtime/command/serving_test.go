package command

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"node.websocket/runtime"
	"node.websocket/runtime/command/option"
)

// TestBannerOfMany checks what the banner leaves out, and that its URL of the pages leads to one.
func TestBannerOfMany(t *testing.T) {
	var found []runtime.Module
	for n := range 120 {
		found = append(found, runtime.Module{Name: fmt.Sprintf("m%03d", n)})
	}
	found[119].Err, found[119].File = errors.New("x"), "modules/m119.js"
	page := &fstest.MapFile{Data: []byte("x")}
	for _, c := range []struct {
		public fs.FS
		want   string
	}{
		{nil, ""}, {fstest.MapFS{}, ""}, {fstest.MapFS{"app.js": page, "b/index.html": page}, ""},
		{fstest.MapFS{"index.html": page, "a.html": page}, "http://localhost:8080/"}, {fstest.MapFS{"b c.html": page, "d.html": page}, "http://localhost:8080/b%20c.html"},
	} {
		s := newServing(option.Set{}, "", found, c.public)
		if s.pages != c.want {
			t.Errorf("%v: %q, want %q", c.public, s.pages, c.want)
		}
		text := s.banner()
		if !strings.Contains(text, " /m019 and 100 more\n") || strings.Contains(text, "m020") || !strings.Contains(text, "modules/m119.js: see above\n") {
			t.Error(text)
		}
	}
	if text := newServing(option.Set{}, "", found[:20], nil).banner(); !strings.Contains(text, " /m019\n") {
		t.Error(text)
	}
}
