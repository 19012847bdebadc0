package websocket

import (
	"strings"
	"testing"
)

// negotiateCase is a case of testdata/deflate.json.
type negotiateCase struct {
	Name     string
	Offer    []string // lines of Sec-WebSocket-Extensions
	Takeover bool     // the server's option
	Answer   string   // "" if all offers are declined
}

func TestNegotiateDeflateCases(t *testing.T) {
	names := map[string]bool{}
	for _, c := range readCases[negotiateCase](t, "deflate.json") {
		if names[c.Name] {
			t.Errorf("two cases have the name %q", c.Name)
		}
		names[c.Name] = true
		t.Run(c.Name, func(t *testing.T) {
			d := NegotiateDeflate(c.Offer, c.Takeover)
			if got := d.String(); got != c.Answer {
				t.Fatalf("the answer is %q, want %q", got, c.Answer)
			}
			checkAgreed(t, d, c.Takeover)
		})
	}
}

// checkAgreed checks that d agrees with its own text in the response.
func checkAgreed(t testing.TB, d Deflate, takeover bool) {
	t.Helper()
	answer := d.String()
	if d.Agreed() != (answer != "") || d.Agreed() != (d != Deflate{}) {
		t.Fatalf("%+v is answered %q", d, answer)
	}
	if !d.Agreed() {
		if d.ServerTakeover() || d.clientTakeover() || d.ServerWindow() != 0 {
			t.Fatalf("%+v is not agreed to, but does something", d)
		}
		return
	}
	if d.ServerTakeover() == strings.Contains(answer, serverFresh) || d.clientTakeover() == strings.Contains(answer, clientFresh) {
		t.Fatalf("%+v is answered %q", d, answer)
	}
	if !takeover && (d.ServerTakeover() || d.clientTakeover()) {
		t.Fatalf("context is taken over: %q", answer)
	}
	for name, window := range map[string]int{serverBits: d.ServerWindow(), clientBits: d.clientWindow()} {
		want := 1 << 15
		if _, value, ok := strings.Cut(answer, name+"="); ok {
			value, _, _ = strings.Cut(value, ";")
			want = 1 << map[string]int{"8": 8, "9": 9, "10": 10, "11": 11, "12": 12, "13": 13, "14": 14, "15": 15}[value]
		}
		if window != want {
			t.Fatalf("the window of %d bytes is answered %q", window, answer)
		}
	}
	// The response, read as an offer, means the same.
	if again := NegotiateDeflate([]string{answer}, takeover); again != d {
		t.Fatalf("%q reads back as %q", answer, again)
	}
}

func agree(t testing.TB, takeover bool, offer string) Deflate {
	t.Helper()
	d := NegotiateDeflate([]string{offer}, takeover)
	if !d.Agreed() {
		t.Fatalf("%q is declined", offer)
	}
	return d
}

// FuzzNegotiateDeflate checks that the response to any offer is one that the server can keep.
func FuzzNegotiateDeflate(f *testing.F) {
	for _, c := range readCases[negotiateCase](f, "deflate.json") {
		if len(c.Offer) == 1 && len(c.Offer[0]) < 500 {
			f.Add(c.Offer[0], c.Takeover)
		}
	}
	f.Fuzz(func(t *testing.T, offer string, takeover bool) {
		d := NegotiateDeflate([]string{offer}, takeover)
		checkAgreed(t, d, takeover)
		if d.Agreed() && !strings.Contains(offer, deflateName) {
			t.Fatalf("%q was not offered", d)
		}
		if d.clientBits != 0 && !strings.Contains(offer, clientBits) { // RFC 7692 §7.1.2.2
			t.Fatalf("%q answers an offer without %s", d, clientBits)
		}
	})
}

func TestAppendResponseDeflate(t *testing.T) {
	h := exampleHandshake(t)
	h.Deflate = agree(t, false, "permessage-deflate; client_max_window_bits")
	got, err := h.AppendResponse(nil, "chat", nil)
	want := "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n\r\n"
	if err != nil || !strings.HasSuffix(string(got), want) {
		t.Errorf("%q, %v", got, err)
	}
}
