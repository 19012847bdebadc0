package hixie

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// handshakeCase is a case of testdata/handshake.json: a request and its response as transcripts,
// with \n for CR LF in the heads.
type handshakeCase struct {
	Name      string
	Request   string // head, without the empty line
	Challenge string // the eight bytes after it
	Secure    bool

	Other    bool   // IsHandshake is false
	Draft    int    // if accepted
	Response string // head, without the empty line
	Answer   string // the 16 bytes after it

	Status  int    // if refused
	Message string // of the refusal
}

func parseRequest(t testing.TB, head string) *http.Request {
	t.Helper()
	text := strings.ReplaceAll(head, "\n", "\r\n") + "\r\n\r\n"
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
	if err != nil {
		t.Fatalf("net/http refuses %q: %v", text, err)
	}
	return r
}

func TestHandshakeCases(t *testing.T) {
	for _, c := range readCases[handshakeCase](t, "handshake.json") {
		t.Run(c.Name, func(t *testing.T) {
			r := parseRequest(t, c.Request)
			if got := IsHandshake(r); got == c.Other {
				t.Errorf("IsHandshake is %v", got)
			}
			h, err := CheckHandshake(r)
			if c.Status != 0 {
				var e *HandshakeError
				if h != nil || !errors.As(err, &e) || e.Status != c.Status || e.Message != c.Message {
					t.Fatalf("%+v, %v; want %d %q", h, err, c.Status, c.Message)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if h.Draft != c.Draft || !slices.Equal(h.Origins, r.Header["Origin"]) {
				t.Errorf("draft %d, origins %q", h.Draft, h.Origins)
			}
			protocol := ""
			if len(h.Protocols) > 0 {
				protocol = h.Protocols[0]
			}
			head, err := h.AppendResponse([]byte("before"), c.Secure, protocol, nil)
			if want := "before" + strings.ReplaceAll(c.Response, "\n", "\r\n") + "\r\n\r\n"; err != nil || string(head) != want {
				t.Fatalf("%q, %v; want %q", head, err, want)
			}
			for size := 1; size < 10; size++ {
				h := *h
				checkAnswer(t, &h, size, c.Challenge, c.Answer)
			}
		})
	}
}

// checkAnswer feeds Answer the challenge and a frame in pieces.
func checkAnswer(t *testing.T, h *Handshake, size int, challenge, answer string) {
	t.Helper()
	var out, frames []byte
	given := 0
	for p := range slices.Chunk([]byte(challenge+"\x00hello\xff"), size) {
		var rest []byte
		var done bool
		out, rest, done = h.Answer(out, p)
		given += len(p)
		if done != (given >= len(challenge)) {
			t.Fatalf("done is %v after %d bytes", done, given)
		}
		if !done && (len(rest) > 0 || len(out) > 0) {
			t.Fatalf("%q and %q before the challenge was whole", out, rest)
		}
		frames = append(frames, rest...)
	}
	if string(out) != answer || string(frames) != "\x00hello\xff" {
		t.Fatalf("in pieces of %d: answer %q, want %q; then %q", size, out, answer, frames)
	}
}

const exampleRequest = "GET /demo HTTP/1.1\nHost: example.com\nConnection: Upgrade\nUpgrade: WebSocket\nOrigin: http://example.com"

func TestAppendResponse(t *testing.T) {
	get := func() *Handshake {
		h, err := CheckHandshake(parseRequest(t, exampleRequest+"\nWebSocket-Protocol: sample"))
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	head, err := get().AppendResponse(nil, false, "", http.Header{"X-B": {"2"}, "Set-Cookie": {"a=1", "b=ü"}})
	if want := "WebSocket-Location: ws://example.com/demo\r\nSet-Cookie: a=1\r\nSet-Cookie: b=ü\r\nX-B: 2\r\n\r\n"; err != nil || !strings.HasSuffix(string(head), want) {
		t.Errorf("%q, %v", head, err)
	}
	for _, c := range []struct{ protocol, name, value, says string }{
		{"other", "X-A", "", `"other" was not offered`},
		{"", "X-A", "a\r\nX-B: b", "X-A"},
		{"", "X-A", "a\x00", "X-A"},
		{"", "X A", "a", `"X A"`},
		{"", "", "a", `""`},
		{"", "Upgrade", "h2c", "Upgrade"},
		{"", "connection", "close", "connection"},
		{"", "WebSocket-Origin", "a", "WebSocket-Origin"},
		{"", "Sec-Websocket-Location", "a", "Sec-Websocket-Location"},
		{"", "Content-Length", "1", "Content-Length"},
		{"", "Transfer-Encoding", "chunked", "Transfer-Encoding"},
	} {
		got, err := get().AppendResponse([]byte("before"), false, c.protocol, http.Header{c.name: {c.value}})
		if string(got) != "before" || err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
}

// TestCheckHandshakeByHand has requests that net/http rejects, but that another server may pass on.
func TestCheckHandshakeByHand(t *testing.T) {
	for name, change := range map[string]func(r *http.Request){
		"no host":                  func(r *http.Request) { r.Host = "" },
		"a host with a line":       func(r *http.Request) { r.Host = "a\r\nX-A: b" },
		"an origin with a line":    func(r *http.Request) { r.Header["Origin"] = []string{"a\r\nX-A: b"} },
		"a body of unknown length": func(r *http.Request) { r.ContentLength = -1 },
		"a letter that Unicode folds to k": func(r *http.Request) {
			r.Header["Upgrade"] = []string{"websoc\u212aet"}
		},
	} {
		r := parseRequest(t, exampleRequest)
		if _, err := CheckHandshake(r); err != nil {
			t.Fatal(err)
		}
		change(r)
		var e *HandshakeError
		if h, err := CheckHandshake(r); h != nil || !errors.As(err, &e) {
			t.Errorf("%s: %v, %v", name, h, err)
		}
	}
	err := badRequest("Host header is missing").Error()
	if err != "hixie: handshake refused with 400: Host header is missing" {
		t.Error(err)
	}
}

// FuzzHandshake checks that any request that net/http accepts is refused with a status and one
// line, or answered by a head that net/http understands as intended.
func FuzzHandshake(f *testing.F) {
	for _, c := range readCases[handshakeCase](f, "handshake.json") {
		f.Add(strings.ReplaceAll(c.Request, "\n", "\r\n")+"\r\n\r\n", c.Challenge, "X-A", "b")
	}
	f.Fuzz(func(t *testing.T, request, challenge, name, value string) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(request)))
		if err != nil {
			return // net/http has answered it
		}
		h, err := CheckHandshake(r)
		if err != nil {
			var e *HandshakeError
			if !errors.As(err, &e) || e.Status < 400 || e.Status > 599 || e.Message == "" || strings.ContainsAny(e.Message, "\r\n") {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		if !IsHandshake(r) || h.Draft != 75 && h.Draft != 76 {
			t.Fatalf("accepted: %+v", h)
		}
		head, err := h.AppendResponse(nil, true, "", http.Header{name: {value}})
		if err == nil {
			response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(head)), r)
			if err != nil || response.StatusCode != 101 || strings.Count(string(head), "\r\n") != 6+len(h.Origins) {
				t.Fatalf("%q: %v", head, err)
			}
		} else if len(head) > 0 {
			t.Fatalf("an error, and %q", head)
		}
		out, rest, done := h.Answer(nil, []byte(challenge))
		switch {
		case h.Draft == 75 && (!done || len(out) > 0 || string(rest) != challenge):
			t.Fatalf("%q, %q, %v", out, rest, done)
		case h.Draft == 76 && done != (len(challenge) >= 8) || h.Draft == 76 && done && (len(out) != md5.Size || string(rest) != challenge[8:]):
			t.Fatalf("%q, %q, %v", out, rest, done)
		}
	})
}
