package command

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/transport/websocket/websockettest"
)

// A bookLine is one answer of the guest book.
type bookLine struct {
	Type, Name, Text, Timestamp string
	Number, Visits              int
	Entries                     []bookLine
}

func nextOfBook(c *websockettest.Client) (line bookLine) {
	c.T.Helper()
	text := c.Next()
	if err := json.Unmarshal([]byte(text), &line); err != nil {
		c.T.Fatalf("%s: %v", text, err)
	}
	return line
}

// TestBook writes into the guest book, which keeps the last fifty entries.
func TestBook(t *testing.T) {
	t.Parallel()
	p := startModules(t)
	visit := func(visits int) *websockettest.Client {
		c := p.Dial("/book")
		if book := nextOfBook(c); book.Type != "BOOK" || book.Visits != visits || len(book.Entries) != 0 {
			t.Fatalf("%+v", book)
		}
		return c
	}
	ann := visit(1)
	bob := visit(2) // only now, or he might be counted first
	for _, wrong := range []string{"", "null", "{", "[]", `{"name":"ann"}`, `{"name":" ","text":"x"}`, `{"name":1,"text":"x"}`, `{"name":"ann","text":"\n"}`,
		`{"name":"` + strings.Repeat("x", 41) + `","text":"x"}`, `{"name":"ann","text":"` + strings.Repeat("x", 201) + `"}`} {
		ann.SendText(wrong)
		if line := nextOfBook(ann); line.Type != "ERR" || line.Text == "" {
			t.Errorf("%s: %+v", wrong, line)
		}
	}
	for i := range 52 {
		ann.SendText(fmt.Sprintf(`{"name":"ann","text":"line\n%d"}`, i))
		for _, c := range []*websockettest.Client{ann, bob} {
			if line := nextOfBook(c); line.Type != "ENTRY" || line.Name != "ann" || line.Text != fmt.Sprint("line ", i) || line.Number != i+1 || line.Timestamp == "" {
				t.Fatalf("%d: %+v", i, line)
			}
		}
	}
	if book := nextOfBook(p.Dial("/book")); book.Visits != 3 || len(book.Entries) != 50 || book.Entries[0].Text != "line 2" || book.Entries[49].Text != "line 51" {
		t.Errorf("a third client gets %+v", book)
	}
}

// TestBookStays reads the guest book after a restart.
func TestBookStays(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	start := func() *commandtest.Process {
		return commandtest.Start(t, nil, "--modules", "../../modules", "--data", data)
	}
	p := start()
	c := p.Dial("/book")
	nextOfBook(c)
	c.SendText(`{"name":"ann","text":"was here"}`)
	nextOfBook(c)
	c.Conn.Close()
	if code := p.Stop(os.Interrupt); code != 0 {
		t.Fatalf("it ended with %d", code)
	}
	if book := nextOfBook(start().Dial("/book")); book.Visits != 2 || len(book.Entries) != 1 || book.Entries[0].Text != "was here" {
		t.Errorf("%+v", book)
	}
}
