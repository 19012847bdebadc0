package command

import (
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"

	"node.websocket/runtime"
	"node.websocket/runtime/command/option"
	"node.websocket/transport"
)

// A serving holds the addresses and the like that the program prints once it serves.
type serving struct {
	url         string
	modules     []string // their paths; "(!)" follows those that are broken
	folder      string   // of the modules
	named       bool     // --modules names it
	broken      []string // files
	pages       string   // URL; "": none
	console     string   // URL; "": none
	both        []string // the paths of modules that are pages as well
	certificate string   // "": nothing
	flashPolicy int      // port; 0: none
}

// newServing gathers what to tell. public has the pages; nil: there are none.
func newServing(set option.Set, certificate string, found []runtime.Module, public fs.FS) serving {
	at := "://" + shownAddress(set) + "/"
	if option.TLS.In(set) {
		at = "s" + at
	}
	s := serving{url: "ws" + at, folder: option.Modules.In(set), named: option.Modules.GivenIn(set), certificate: certificate, flashPolicy: option.FlashPolicyPort.In(set)}
	if public != nil {
		if page, ok := firstPage(public); ok {
			s.pages = "http" + at + page
		}
	}
	for _, m := range found {
		path := "/" + strings.TrimSuffix(m.Name, "_default")
		if public != nil && transport.IsPage(public, path) {
			s.both = append(s.both, path)
		}
		if m.Err != nil {
			s.broken = append(s.broken, m.File)
			path += "(!)"
		}
		s.modules = append(s.modules, path)
	}
	return s
}

// shownAddress returns the host and the port that a user can write in a URL.
func shownAddress(set option.Set) string {
	host := option.Host.In(set)
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, strconv.Itoa(option.Port.In(set)))
}

// mostShown is the most modules that the banner has.
const mostShown = 20

// others returns the end of a list that leaves out so many.
func others(n int) string {
	if n <= 0 {
		return ""
	}
	return " and " + strconv.Itoa(n) + " more"
}

// firstPage returns the path of a page to begin with: "" for index.html, or the first of the folder. ok is false if
// there is no page in it.
func firstPage(public fs.FS) (path string, ok bool) {
	if transport.IsPage(public, "/") {
		return "", true
	}
	pages, err := fs.Glob(public, "*.html")
	if err != nil || len(pages) == 0 {
		return "", false
	}
	return url.PathEscape(pages[0]), true
}

// banner returns it for people.
func (s serving) banner() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n  node.websocket is at %s\n\n", s.url)
	line := func(what, text string) { fmt.Fprintf(&b, "    %-9s %s\n", what, text) }
	if len(s.modules) == 0 {
		text := "none yet: write " + s.folder + "/test.js"
		if !s.named {
			text += ", or run " + calledAs + " new test"
		}
		line("modules", text)
	} else {
		line("modules", strings.Join(s.modules[:min(len(s.modules), mostShown)], " ")+others(len(s.modules)-mostShown))
	}
	for _, file := range s.broken { // all of them, because of the others nothing has to be done
		line("broken", file+": see above")
	}
	if s.pages != "" {
		line("pages", s.pages)
	}
	if s.console != "" {
		line("console", s.console)
	}
	if len(s.both) > 0 {
		line("both", strings.Join(s.both[:min(len(s.both), mostShown)], " ")+others(len(s.both)-mostShown)+": a GET gets the page, a WebSocket the module")
	}
	if s.certificate != "" {
		line("certificate", s.certificate)
	}
	if s.flashPolicy != 0 {
		line("policy", "for Flash, on port "+strconv.Itoa(s.flashPolicy))
	}
	return b.String() + "\n"
}

// log writes it as a line of the log.
func (s serving) log(log *slog.Logger) {
	attrs := []any{"url", s.url, "modules", strings.Join(s.modules, " ")}
	for _, a := range []struct{ key, text string }{
		{"broken", strings.Join(s.broken, " ")}, {"pages", s.pages}, {"both", strings.Join(s.both, " ")}, {"certificate", s.certificate},
	} {
		if a.text != "" {
			attrs = append(attrs, a.key, a.text)
		}
	}
	if s.flashPolicy != 0 {
		attrs = append(attrs, "flashPolicyPort", s.flashPolicy)
	}
	log.Info("serving", attrs...)
}
