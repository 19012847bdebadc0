package environment

import (
	"strings"
	"testing"
	"time"
)

// What is expected here is what Node 20 answers.
func TestDomains(t *testing.T) {
	t.Parallel()
	vm, _, _ := newTestVM(t)
	for _, c := range []struct{ name, ascii, unicode string }{
		{"", "", ""},
		{"example.com", "example.com", "example.com"},
		{"EXAMPLE.Com", "example.com", "example.com"},
		{"ESPAÑOL.com", "xn--espaol-zwa.com", "español.com"},
		{"xn--fiq228c.com", "xn--fiq228c.com", "中文.com"},
		{"XN--FIQ228C.com", "xn--fiq228c.com", "中文.com"},
		{"xn--Mnchen-3ya.de", "xn--mnchen-3ya.de", "münchen.de"},
		{"xn--iñvalid.com", "", ""},
		{"xn--a", "", ""},
		{"xn--", "", ""},
		{"xn--zz--x", "", ""},
		{"xn--0.pt", "", ""},
		{"xn--99999999", "", ""},
		{"xn--u-ccb", "", ""},
		{"a..b", "a..b", "a..b"},
		{".a", ".a", ".a"},
		{"a.", "a.", "a."},
		{".ä", ".xn--4ca", ".ä"},
		{"ä..b", "xn--4ca..b", "ä..b"},
		{"ä.", "xn--4ca.", "ä."},
		{"faß.de", "xn--fa-hia.de", "faß.de"},
		{"ẞ.de", "ss.de", "ss.de"},
		{"ﬁ.com", "fi.com", "fi.com"},
		{"ＡＢＣ.com", "abc.com", "abc.com"},
		{"ä\u3002b", "xn--4ca.b", "ä.b"},
		{"a\u3002b", "a.b", "a.b"},
		{"a_b.ä", "a_b.xn--4ca", "a_b.ä"},
		{"-ä.com", "xn----0fa.com", "-ä.com"},
		{"ab--ä.com", "xn--ab---ooa.com", "ab--ä.com"},
		{"a b.ä", "", ""},
		{"ä%", "", ""},
		{"a\u200db", "", ""},
		{"क्\u200dष", "xn--11b2ezcw70k", "क्\u200dष"},
		{"\u05d0a.com", "", ""},
		{"\u05d0.com", "xn--4db.com", "\u05d0.com"},
		{"\u00ad", "", ""},
		{"a\u00adb", "ab", "ab"},
		{"\ufffd", "", ""},
		{"☃.net", "xn--n3h.net", "☃.net"},
		{"xn--ls8h.la", "xn--ls8h.la", "💩.la"},
		{"İ.com", "xn--i-9bb.com", "i̇.com"},
		{"\u0300a", "", ""},
		{"a\u0300", "xn--0ca", "à"},
		{"⒈com", "", ""},
		{"ä/b", "xn--4ca", "ä"},
		{"ä@b", "", ""},
		{"ä:b", "", ""},
		{"ä\u0009b", "xn--b-zfa", "äb"},
		{"x\u0000ä", "", ""},
		{"1.2.3.4", "1.2.3.4", "1.2.3.4"},
		{"０１.２.３.４", "1.2.3.4", "1.2.3.4"},
		{"0x7f.１", "127.0.0.1", "127.0.0.1"},
		{"ä.1", "", ""},
		{"[::1]", "[::1]", "[::1]"},
		{strings.Repeat("ä", 70) + ".com", "xn--4ca" + strings.Repeat("a", 69) + ".com", strings.Repeat("ä", 70) + ".com"},
	} {
		_ = vm.Set("name", c.name)
		for function, want := range map[string]string{"domainToASCII": c.ascii, "domainToUnicode": c.unicode} {
			if v, err := vm.RunString("require('url')." + function + "(name)"); err != nil || v.String() != want {
				t.Errorf("%s(%q) is %q (%v), want %q", function, c.name, v, err, want)
			}
		}
	}
}

// The same rules make the host of a URL.
func TestDomainsInURLs(t *testing.T) {
	t.Parallel()
	vm, _, _ := newTestVM(t)
	for text, want := range map[string]string{
		"http://MÜNCHEN.de/":        "xn--mnchen-3ya.de",
		"http://XN--Mnchen-3ya.DE/": "xn--mnchen-3ya.de",
		"http://m%C3%BCnchen.de/":   "xn--mnchen-3ya.de",
		"http://ä。b/":               "xn--4ca.b",
		"http://１２７.０.０.１/":         "127.0.0.1",
		"http://a\u00adb/":          "ab",
		"http://xn--a/":             "",
		"http://\u00ad/":            "",
		"http://\u05d0a.com/":       "",
	} {
		_ = vm.Set("text", text)
		if v, err := vm.RunString("URL.parse(text)?.hostname ?? ''"); err != nil || v.String() != want {
			t.Errorf("%s has the host %q (%v), want %q", text, v, err, want)
		}
	}
}

// Encoding takes the square of a name's length.
func TestLongDomainsAreRefused(t *testing.T) {
	t.Parallel()
	vm, _, _ := newTestVM(t)
	start := time.Now()
	v, err := vm.RunString(`const name = Array.from({ length: 1e5 }, (_, i) => String.fromCharCode(0x4e00 + i % 20000)).join(''); URL.canParse('http://' + name)`)
	if err != nil || v.ToBoolean() || time.Since(start) > hostileTime {
		t.Errorf("%v, %v after %v", v, err, time.Since(start))
	}
}
