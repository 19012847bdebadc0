package command

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// These are the modules that come with the server, as their users meet them: by what goes over the wire.

func startModules(t *testing.T) *process {
	t.Helper()
	return start(t, nil, "--modules", "../../modules")
}

// A told is one answer of the chat.
type told struct {
	Type, Nick, Text, Topic, Timestamp string
	Nicks                              []string
	IsSelf                             bool
}

func (c *client) told() told {
	c.t.Helper()
	text := c.next()
	var m told
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		c.t.Fatalf("%s: %v", text, err)
	}
	return m
}

// expect reads as many answers as there are wanted ones. Each is the type and what the test cares for; one that ends
// in … is a beginning.
func (c *client) expect(want ...string) {
	c.t.Helper()
	for i, w := range want {
		m := c.told()
		got := m.Type
		switch m.Type {
		case "MSG", "ACTION", "TOPIC":
			got += fmt.Sprintf(" %s: %s", m.Nick, m.Text)
		case "JOIN", "PART":
			got += " " + m.Nick
		case "RPL_USERS":
			got += " " + strings.Join(m.Nicks, ",")
		case "ERR":
			got += " " + m.Text
		}
		if m.IsSelf {
			got += " (self)"
		}
		if begin, ok := strings.CutSuffix(w, "…"); got != w && !(ok && strings.HasPrefix(got, begin)) {
			c.t.Fatalf("answer %d is %q, want %q", i, got, w)
		}
	}
}

// join takes a name in an empty room.
func join(t *testing.T, p *process, nick string) *client {
	t.Helper()
	c := dial(t, p.port, "/chat", "")
	c.send("NICK " + nick)
	c.expect("JOIN "+nick+" (self)", "TOPIC …", "RPL_WELCOME")
	return c
}

func TestChatConversation(t *testing.T) {
	p := startModules(t)
	ann := join(t, p, "ann")
	bob := join(t, p, "bob")
	ann.expect("JOIN bob")

	ann.send("MSG hello, bob")
	ann.expect("MSG ann: hello, bob (self)")
	m := bob.told()
	if m.Type != "MSG" || m.Nick != "ann" || m.Text != "hello, bob" || m.IsSelf {
		t.Errorf("bob gets %+v", m)
	}
	if _, err := time.Parse("Mon Jan 02 2006 15:04:05 GMT-0700 (MST)", m.Timestamp); err != nil {
		t.Errorf("the timestamp is not what Date's toString gives: %v", err)
	}

	bob.send("ACTION waves")
	ann.expect("ACTION bob: waves")
	bob.expect("ACTION bob: waves (self)")

	ann.send("TOPIC tea at four")
	for _, c := range []*client{ann, bob} {
		// The server of 2009 put it into text or topic, its page read text.
		if m := c.told(); m.Type != "TOPIC" || m.Text != "tea at four" || m.Topic != m.Text || m.Nick != "ann" {
			t.Errorf("the topic is told as %+v", m)
		}
	}
	bob.send("TOPIC")
	bob.expect("TOPIC ann: tea at four")

	bob.send("USERS")
	bob.expect("RPL_USERS ann,bob")

	bob.send("PART")
	go bob.echoClose(t)
	if code := <-bob.closed; code != 1000 && code != 1005 {
		t.Errorf("after PART the connection closed with %d", code)
	}
	ann.expect("PART bob")
	ann.send("USERS")
	ann.expect("RPL_USERS ann") // and no second PART by the disconnect
}

func TestChatHistory(t *testing.T) {
	p := startModules(t)
	ann := join(t, p, "ann")
	ann.send("TOPIC numbers")
	ann.expect("TOPIC ann: numbers (self)")
	for i := range 12 {
		ann.send(fmt.Sprint("MSG ", i))
		ann.expect(fmt.Sprintf("MSG ann: %d (self)", i))
	}
	bob := dial(t, p.port, "/chat", "")
	bob.send("NICK bob")
	for i := range 10 {
		bob.expect(fmt.Sprintf("MSG ann: %d", i+2))
	}
	bob.expect("JOIN bob (self)", "TOPIC ann: numbers", "RPL_WELCOME")

	// Whoever vanishes has left.
	_ = bob.conn.Close()
	ann.expect("JOIN bob", "PART bob")
}

func TestChatNames(t *testing.T) {
	p := startModules(t)
	ann := join(t, p, "ann")
	eve := dial(t, p.port, "/chat", "")

	for _, nick := range []string{"", " ", "two words", "tab\tbed", "zero\u200bwidth", "server", "ANN", strings.Repeat("x", 51)} {
		eve.send("NICK " + nick)
		eve.expect("ERR …")
	}
	eve.send("USERS")
	eve.expect("RPL_USERS ann")
	eve.send("NICK " + strings.Repeat("世", 50))
	eve.expect("JOIN "+strings.Repeat("世", 50)+" (self)", "TOPIC …", "RPL_WELCOME")
	ann.expect("JOIN 世…")

	// A second NICK is told as one who left and one who came.
	eve.send("NICK eve")
	eve.expect("PART 世…", "JOIN eve (self)", "RPL_WELCOME")
	ann.expect("PART 世…", "JOIN eve")
	eve.send("NICK Ann")
	eve.expect("ERR The name Ann is taken.")
	eve.send("NICK eve")
	eve.expect("RPL_WELCOME")
	eve.send("NICK Eve")
	eve.expect("PART eve (self)", "JOIN Eve (self)", "RPL_WELCOME")
	ann.expect("PART eve", "JOIN Eve")
}

// What the room does not do it says, to nobody else; the connection and the room go on.
func TestChatRefuses(t *testing.T) {
	p := startModules(t)
	ann := join(t, p, "ann")
	eve := dial(t, p.port, "/chat", "")

	for _, line := range []string{"MSG hi", "ACTION waves", "TOPIC mine"} {
		eve.send(line)
		eve.expect("ERR Choose a name first: NICK name")
	}
	eve.send("NICK eve")
	eve.expect("JOIN eve (self)", "TOPIC server: …", "RPL_WELCOME")
	ann.expect("JOIN eve")

	for _, line := range []string{"", " ", "MSG", "MSG ", "MSG   ", "ACTION \t\n", "HELLO", "MSGhi", "toString x", strings.Repeat("x", 10<<10)} {
		eve.send(line)
		eve.expect("ERR …")
	}
	eve.send("MSG " + strings.Repeat("x", 10<<10))
	eve.expect("ERR A line of 10244 characters is too long; 2000 are allowed.")
	eve.send("TOPIC " + strings.Repeat("x", 201))
	eve.expect("ERR A topic of 201 characters is too long; 200 are allowed.")
	if _, err := eve.conn.Write(appendMasked(nil, 2, "MSG hi")); err != nil {
		t.Fatal(err)
	}
	eve.expect("ERR This room understands text only.")

	eve.send("MSG " + strings.Repeat("x", 1996))
	ann.expect("MSG eve: x…")
	eve.send("msg one\r\ntwo\x00three")
	ann.expect("MSG eve: one two three")
}

func TestTime(t *testing.T) {
	p := startModules(t)
	c := dial(t, p.port, "/time", "")
	for range 3 {
		c.send("start")
	}
	var times []time.Time
	for range 3 {
		var m map[string]string
		text := c.next()
		if err := json.Unmarshal([]byte(text), &m); err != nil || len(m) != 1 {
			t.Fatalf("%s: %v", text, err)
		}
		at, err := time.Parse("Mon Jan 02 2006 15:04:05 GMT-0700 (MST)", m["time"])
		if err != nil {
			t.Fatal(err)
		}
		times = append(times, at)
	}
	if two := times[2].Sub(times[0]); two < 2*time.Second || two > 3*time.Second {
		t.Errorf("three messages took %v, from %v: a second start must not start a second clock", two, times)
	}
}

func TestEcho(t *testing.T) {
	p := startModules(t)
	c := dial(t, p.port, "/echo", "")
	for _, text := range []string{"hello", "", "Grüße, 世界 🌍", "\x00", strings.Repeat("x", 60<<10)} {
		c.send(text)
		if got := c.next(); got != text {
			t.Errorf("%.40q came back as %.40q", text, got)
		}
	}
	bytes := string([]byte{0, 255, 128, 10, 13})
	if _, err := c.conn.Write(appendMasked(nil, 2, bytes)); err != nil {
		t.Fatal(err)
	}
	if opcode, payload, err := c.read(); err != nil || opcode != 2 || string(payload) != bytes {
		t.Errorf("binary came back as %d %x, %v", opcode, payload, err)
	}
}

// The module without a name takes everything and answers nothing.
func TestDefault(t *testing.T) {
	p := startModules(t)
	c := dial(t, p.port, "/", "")
	c.send("hello")
	if _, err := c.conn.Write(appendMasked(nil, 9, "still there?")); err != nil {
		t.Fatal(err)
	}
	opcode, payload, err := c.readFrame()
	if err != nil || opcode != 10 || string(payload) != "still there?" {
		t.Errorf("got frame %d %q, %v; want only the pong", opcode, payload, err)
	}
	if log := p.text(); slices.ContainsFunc(strings.Split(log, "\n"), func(line string) bool { return strings.Contains(line, " ERROR ") }) {
		t.Error(log)
	}
}

// Options that would keep everybody out are refused when the module loads, as on the command line.
func TestModuleOptionsAreChecked(t *testing.T) {
	for options, want := range map[string]string{
		"{origins: ['http://a.com', 'http://*.b.com']}": "Module.options.origins: want '*', an origin such as 'http://a.com', or a list of them, not",
		"{protocols: ['v1,v2']}":                        "Module.options.protocols: want a name such as 'v1', or a list of them, not",
		"{transports: ['xhr']}":                         "Module.options.transports: want '*' or a list of websocket, xhr-streaming, xhr-polling, eventsource, htmlfile, jsonp-polling, not",
		"{transports: []}":                              "Module.options.transports: want '*' or a list of",
	} {
		p := start(t, map[string]string{"test.js": farewell + "\nModule.options = " + options}, "--transports", "xhr-polling")
		r, err := http.Get(fmt.Sprintf("http://localhost:%d/test/info", p.port))
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != 500 {
			t.Errorf("%s: %s", options, r.Status)
		}
		p.wait("the error", func() bool { return strings.Contains(p.text(), want) })
	}
	p := start(t, map[string]string{"test.js": farewell + "\nModule.options = {origins: '*', protocols: ['v1', 'v2'], transports: '*'}"}, "--transports", "xhr-polling")
	dial(t, p.port, "/test", "http://a.com")
}
