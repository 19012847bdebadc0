package transport

import (
	"cmp"
	"encoding/json"
	"io"
	"os"
	"slices"
	"testing"
)

// A hixieCase is a case of hixie/testdata/frames.json. The tests of package hixie explain the
// notation.
type hixieCase struct {
	Name  string
	Draft int
	Limit int
	In    string
	Want  []string
	Code  int
	At    int
}

// TestHixieCases sends the cases of hixie's decoder to a server, as TestFrameCases does with those
// of the later versions.
func TestHixieCases(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("hixie/testdata/frames.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []hixieCase
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	const first = "first" // what openHixie sends
	ran := 0
	for _, overTLS := range []bool{false, true} {
		o, connect := Options{}, dial
		if overTLS {
			o.TLS, connect = testTLS(t), dialTLS
		}
		for _, now := range cases {
			if now.Limit > 0 && now.Limit < len(first) {
				continue
			}
			stream := parsePayload(t, now.In)
			for _, size := range []int{max(len(stream), 1), max(len(stream)/2, 1), 1} {
				if size == 1 && len(stream) > 300 {
					continue // there are shorter ones of each kind
				}
				ran++
				conversation := newConversation(t)
				conversation.onReceive = func(p *fakeConversation, batch []Message) {
					for _, m := range batch {
						p.received = append(p.received, Message{Binary: m.Binary, Data: slices.Clone(m.Data)})
					}
				}
				h := oneConversation(conversation)
				h.options.Protocols, h.options.MaxMessage = []string{"sample"}, now.Limit
				_, address := serve(t, o, h)
				c := connect(t, address)
				openHixie(c, cmp.Or(now.Draft, 76), 10_000)
				for rest := stream; len(rest) > 0; rest = rest[min(size, len(rest)):] {
					if _, err := c.conn.Write(rest[:min(size, len(rest))]); err != nil {
						break // it was closed for a fault
					}
				}
				if now.Code == 0 {
					c.conn.(interface{ CloseWrite() error }).CloseWrite()
				}
				if _, err := io.Copy(io.Discard, c.in); err != nil && now.Code == 0 {
					t.Errorf("%s: %v", now.Name, err)
				}
				c.conn.Close()
				await(t, conversation.closed) // after all calls of Receive
				want := []string{first}
				for _, s := range now.Want {
					if s != "<closing>" {
						want = append(want, string(parsePayload(t, s)))
					}
				}
				got := []string{}
				for _, m := range conversation.received {
					got = append(got, string(m.Data))
				}
				if !slices.Equal(got, want) {
					t.Fatalf("%s, TLS %v, %d bytes at a time: %d messages, want %d, or others than these", now.Name, overTLS, size, len(got), len(want))
				}
			}
		}
	}
	if ran < 150 {
		t.Errorf("only %d runs", ran)
	}
}
