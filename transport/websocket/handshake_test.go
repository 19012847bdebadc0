package websocket

import (
	"bufio"
	"cmp"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// handshakeCase is a case of testdata/handshake.json. Its request is the example of RFC 6455 §1.3
// without the headers in Without and with the lines in With.
type handshakeCase struct {
	Name    string
	Line    string   // the request line, if not GET /chat HTTP/1.1
	Without []string // names of headers
	With    []string // header lines, as on the wire
	Serve   []int    // versions to accept; none means 13

	Status    int               // 0: accepted
	Message   string            // of the refusal
	Header    map[string]string // of the refusal
	Version   int               // if accepted, and not 13
	Origins   []string          // if accepted, and not that of the RFC's example
	Protocols []string          // if accepted
	Plain     bool              // IsUpgrade is false
}

var exampleHeaders = []string{
	"Host: server.example.com",
	"Upgrade: websocket",
	"Connection: Upgrade",
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
	"Origin: http://example.com",
	"Sec-WebSocket-Version: 13",
}

const exampleKey, exampleAccept = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" // RFC 6455 §1.3

// acceptOf returns the value of Sec-WebSocket-Accept for a key (RFC 6455 §4.2.2).
func acceptOf(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func (c handshakeCase) request(t testing.TB) *http.Request {
	t.Helper()
	lines := []string{"GET /chat HTTP/1.1"}
	if c.Line != "" {
		lines[0] = c.Line
	}
	for _, line := range exampleHeaders {
		name, _, _ := strings.Cut(line, ":")
		if !slices.Contains(c.Without, name) {
			lines = append(lines, line)
		}
	}
	lines = append(lines, c.With...)
	text := strings.Join(lines, "\r\n") + "\r\n\r\n"
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
	if err != nil {
		t.Fatalf("net/http refuses %q: %v", text, err)
	}
	return r
}

func TestCheckHandshakeCases(t *testing.T) {
	for _, c := range readCases[handshakeCase](t, "handshake.json") {
		t.Run(c.Name, func(t *testing.T) {
			r := c.request(t)
			if got := IsUpgrade(r); got == c.Plain {
				t.Errorf("IsUpgrade is %v", got)
			}
			h, err := CheckHandshake(r, c.Serve...)
			if c.Status == 0 {
				if err != nil {
					t.Fatal(err)
				}
				if c.Origins == nil {
					c.Origins = []string{"http://example.com"}
				}
				if !slices.Equal(h.Origins, c.Origins) {
					t.Errorf("origins are %q, want %q", h.Origins, c.Origins)
				}
				if h.Version != cmp.Or(c.Version, 13) || !slices.Equal(h.Protocols, c.Protocols) {
					t.Errorf("version %d, protocols %q", h.Version, h.Protocols)
				}
				if want := acceptOf(r.Header.Get("Sec-WebSocket-Key")); h.accept != want {
					t.Errorf("accept is %q, want %q", h.accept, want)
				}
				return
			}
			if h != nil || err == nil {
				t.Fatalf("accepted: %+v", h)
			}
			checkRefusal(t, err)
			var e *HandshakeError
			errors.As(err, &e)
			if e.Status != c.Status || e.Message != c.Message {
				t.Errorf("refused with %d %q, want %d %q", e.Status, e.Message, c.Status, c.Message)
			}
			if len(e.Header) != len(c.Header) {
				t.Errorf("headers are %v, want %v", e.Header, c.Header)
			}
			for name, want := range c.Header {
				if got := e.Header.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

func checkRefusal(t testing.TB, err error) {
	t.Helper()
	var e *HandshakeError
	if !errors.As(err, &e) {
		t.Fatalf("error is a %T: %v", err, err)
	}
	if e.Status < 400 || e.Status > 599 || e.Message == "" || strings.ContainsAny(e.Message, "\r\n") {
		t.Fatalf("refused with %d %q", e.Status, e.Message)
	}
}

// TestCheckHandshakeByHand has requests that net/http rejects, but that another server may pass on.
func TestCheckHandshakeByHand(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(r *http.Request)
	}{
		{"no host", func(r *http.Request) { r.Host = "" }},
		{"a key with a line break", func(r *http.Request) {
			r.Header["Sec-Websocket-Key"] = []string{exampleKey[:12] + "\r\n" + exampleKey[12:]}
		}},
		{"a key in spaces", func(r *http.Request) { r.Header["Sec-Websocket-Key"] = []string{" " + exampleKey} }},
		{"a body of unknown length", func(r *http.Request) { r.ContentLength = -1 }},
		{"a protocol with a line break", func(r *http.Request) { r.Header["Sec-Websocket-Protocol"] = []string{"a\r\nb"} }},
		{"a letter that Unicode folds to k", func(r *http.Request) { r.Header["Upgrade"] = []string{"websoc\u212aet"} }},
	} {
		r := handshakeCase{}.request(t)
		if _, err := CheckHandshake(r); err != nil {
			t.Fatal(err)
		}
		c.change(r)
		h, err := CheckHandshake(r)
		if h != nil || err == nil {
			t.Errorf("%s: accepted", c.name)
			continue
		}
		checkRefusal(t, err)
	}
}

// TestIsUpgradeFoldsASCII checks that only ASCII case is ignored: Unicode folds U+212A to k and
// U+017F to s.
func TestIsUpgradeFoldsASCII(t *testing.T) {
	for word, want := range map[string]bool{"WebSocket": true, "websoc\u212aet": false, "web\u017focket": false} {
		r := handshakeCase{}.request(t)
		r.Header["Upgrade"] = []string{word}
		if got := IsUpgrade(r); got != want {
			t.Errorf("IsUpgrade of %q is %v", word, got)
		}
	}
}

// TestRefusalsAreApart checks that callers may change the refusal they get.
func TestRefusalsAreApart(t *testing.T) {
	r := handshakeCase{Without: []string{"Sec-WebSocket-Version"}}.request(t)
	for range 2 {
		_, err := CheckHandshake(r)
		var e *HandshakeError
		if !errors.As(err, &e) || e.Header.Get("Upgrade") != "websocket" {
			t.Fatalf("%#v", err)
		}
		if want := "websocket: handshake refused with 426: Sec-WebSocket-Version is not one of: 13"; err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
		e.Header.Set("Upgrade", "changed")
	}
}
