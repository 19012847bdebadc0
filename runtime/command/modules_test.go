package command

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/transport/websocket/websockettest"
)

// The modules that come with the server are tested by what goes over the wire.

func startModules(t *testing.T) *commandtest.Process {
	t.Helper()
	return commandtest.Start(t, nil, "--modules", "../../modules")
}

// A chatter is a client of the chat.
type chatter struct{ *websockettest.Client }

// A told is one answer of the chat.
type told struct {
	Type, Nick, Text, Topic, Timestamp string
	Nicks                              []string
	IsSelf                             bool
}

func (c chatter) told() told {
	c.T.Helper()
	text := c.Next()
	var m told
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		c.T.Fatalf("%s: %v", text, err)
	}
	return m
}

// expect reads as many answers as are wanted. A wanted answer is the type and what matters of the
// rest; one that ends in … is only the beginning.
func (c chatter) expect(want ...string) {
	c.T.Helper()
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
			c.T.Fatalf("answer %d is %q, want %q", i, got, w)
		}
	}
}

// join takes a name in a room that is empty otherwise.
func join(t *testing.T, p *commandtest.Process, nick string) chatter {
	t.Helper()
	c := chatter{p.Dial("/chat")}
	c.SendText("NICK " + nick)
	c.expect("JOIN "+nick+" (self)", "TOPIC …", "RPL_WELCOME")
	return c
}

func TestChatConversation(t *testing.T) {
	t.Parallel()
	p := startModules(t)
	ann := join(t, p, "ann")
	bob := join(t, p, "bob")
	ann.expect("JOIN bob")

	ann.SendText("MSG hello, bob")
	ann.expect("MSG ann: hello, bob (self)")
	m := bob.told()
	if m.Type != "MSG" || m.Nick != "ann" || m.Text != "hello, bob" || m.IsSelf {
		t.Errorf("bob gets %+v", m)
	}
	if _, err := time.Parse("Mon Jan 02 2006 15:04:05 GMT-0700 (MST)", m.Timestamp); err != nil {
		t.Errorf("the timestamp is not what Date's toString gives: %v", err)
	}

	bob.SendText("ACTION waves")
	ann.expect("ACTION bob: waves")
	bob.expect("ACTION bob: waves (self)")

	ann.SendText("TOPIC tea at four")
	for _, c := range []chatter{ann, bob} {
		// The server of 2009 set text or topic, and its page read text.
		if m := c.told(); m.Type != "TOPIC" || m.Text != "tea at four" || m.Topic != m.Text || m.Nick != "ann" {
			t.Errorf("the topic is told as %+v", m)
		}
	}
	bob.SendText("TOPIC")
	bob.expect("TOPIC ann: tea at four")

	bob.SendText("USERS")
	bob.expect("RPL_USERS ann,bob")

	bob.SendText("PART")
	if code := awaitClose(t, bob.Client); code != 1000 {
		t.Errorf("after PART the connection closed with %d", code)
	}
	ann.expect("PART bob")
	ann.SendText("USERS")
	ann.expect("RPL_USERS ann") // the disconnect sends no second PART
}

func TestChatHistory(t *testing.T) {
	t.Parallel()
	p := startModules(t)
	ann := join(t, p, "ann")
	ann.SendText("TOPIC numbers")
	ann.expect("TOPIC ann: numbers (self)")
	for i := range 12 {
		ann.SendText(fmt.Sprint("MSG ", i))
		ann.expect(fmt.Sprintf("MSG ann: %d (self)", i))
	}
	bob := chatter{p.Dial("/chat")}
	bob.SendText("NICK bob")
	for i := range 10 {
		bob.expect(fmt.Sprintf("MSG ann: %d", i+2))
	}
	bob.expect("JOIN bob (self)", "TOPIC ann: numbers", "RPL_WELCOME")

	// A client that vanishes has left.
	_ = bob.Conn.Close()
	ann.expect("JOIN bob", "PART bob")
}

func TestChatNames(t *testing.T) {
	t.Parallel()
	p := startModules(t)
	ann := join(t, p, "ann")
	eve := chatter{p.Dial("/chat")}

	for _, nick := range []string{"", " ", "two words", "tab\tbed", "zero\u200bwidth", "server", "ANN", strings.Repeat("x", 51)} {
		eve.SendText("NICK " + nick)
		eve.expect("ERR …")
	}
	eve.SendText("USERS")
	eve.expect("RPL_USERS ann")
	eve.SendText("NICK " + strings.Repeat("世", 50))
	eve.expect("JOIN "+strings.Repeat("世", 50)+" (self)", "TOPIC …", "RPL_WELCOME")
	ann.expect("JOIN 世…")

	// A second NICK looks like one user who leaves and another who joins.
	eve.SendText("NICK eve")
	eve.expect("PART 世…", "JOIN eve (self)", "RPL_WELCOME")
	ann.expect("PART 世…", "JOIN eve")
	eve.SendText("NICK Ann")
	eve.expect("ERR The name Ann is taken.")
	eve.SendText("NICK eve")
	eve.expect("RPL_WELCOME")
	eve.SendText("NICK Eve")
	eve.expect("PART eve (self)", "JOIN Eve (self)", "RPL_WELCOME")
	ann.expect("PART eve", "JOIN Eve")
}

// TestChatRefuses checks that a line the room does not accept is answered with an error, that nobody
// else sees it, and that connection and room stay.
func TestChatRefuses(t *testing.T) {
	t.Parallel()
	p := startModules(t)
	ann := join(t, p, "ann")
	eve := chatter{p.Dial("/chat")}

	for _, line := range []string{"MSG hi", "ACTION waves", "TOPIC mine"} {
		eve.SendText(line)
		eve.expect("ERR Choose a name first: NICK name")
	}
	eve.SendText("NICK eve")
	eve.expect("JOIN eve (self)", "TOPIC server: …", "RPL_WELCOME")
	ann.expect("JOIN eve")

	for _, line := range []string{"", " ", "MSG", "MSG ", "MSG   ", "ACTION \t\n", "HELLO", "MSGhi", "toString x", strings.Repeat("x", 10<<10)} {
		eve.SendText(line)
		eve.expect("ERR …")
	}
	eve.SendText("MSG " + strings.Repeat("x", 10<<10))
	eve.expect("ERR A line of 10244 characters is too long; 2000 are allowed.")
	eve.SendText("TOPIC " + strings.Repeat("x", 201))
	eve.expect("ERR A topic of 201 characters is too long; 200 are allowed.")
	if _, err := eve.Conn.Write(websockettest.AppendFrame(nil, 0x82, "MSG hi")); err != nil {
		t.Fatal(err)
	}
	eve.expect("ERR This room understands text only.")

	eve.SendText("MSG " + strings.Repeat("x", 1996))
	ann.expect("MSG eve: x…")
	eve.SendText("msg one\r\ntwo\x00three")
	ann.expect("MSG eve: one two three")
}

func TestTime(t *testing.T) {
	t.Parallel()
	p := startModules(t)
	c := p.Dial("/time")
	for range 3 {
		c.SendText("start")
	}
	var times []time.Time
	for range 3 {
		var m map[string]string
		text := c.Next()
		if err := json.Unmarshal([]byte(text), &m); err != nil || len(m) != 1 {
			t.Fatalf("%s: %v", text, err)
		}
		at, err := time.Parse("Mon Jan 02 2006 15:04:05 GMT-0700 (MST)", m["time"])
		if err != nil {
			t.Fatal(err)
		}
		times = append(times, at)
	}
	if two := times[2].Sub(times[0]); two < 2*time.Second {
		t.Errorf("three messages took %v, from %v: a second start must not start a second clock", two, times)
	}
}

func TestEcho(t *testing.T) {
	t.Parallel()
	p := startModules(t)
	c := p.Dial("/echo")
	for _, text := range []string{"hello", "", "Grüße, 世界 🌍", "\x00", strings.Repeat("x", 60<<10)} {
		c.SendText(text)
		if got := c.Next(); got != text {
			t.Errorf("%.40q came back as %.40q", text, got)
		}
	}
	bytes := string([]byte{0, 255, 128, 10, 13})
	if _, err := c.Conn.Write(websockettest.AppendFrame(nil, 0x82, bytes)); err != nil {
		t.Fatal(err)
	}
	if opcode, payload, err := c.ReadAnswering(); err != nil || opcode != 2 || string(payload) != bytes {
		t.Errorf("binary came back as %d %x, %v", opcode, payload, err)
	}
}

// TestDefault checks that the module for / takes everything and answers nothing.
func TestDefault(t *testing.T) {
	t.Parallel()
	p := startModules(t)
	c := p.Dial("/")
	c.SendText("hello")
	if _, err := c.Conn.Write(websockettest.AppendFrame(nil, 0x89, "still there?")); err != nil {
		t.Fatal(err)
	}
	opcode, payload, err := c.Read()
	if err != nil || opcode != 10 || string(payload) != "still there?" {
		t.Errorf("got frame %d %q, %v; want only the pong", opcode, payload, err)
	}
	if log := p.Text(); slices.ContainsFunc(strings.Split(log, "\n"), func(line string) bool { return strings.Contains(line, " ERROR ") }) {
		t.Error(log)
	}
}

// TestModuleOptionsAreChecked checks that options that the command line refuses are refused when a
// module loads, too.
func TestModuleOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for options, want := range map[string]string{
		"{origins: ['http://a.com', 'http://*.b.com']}": "Module.options.origins: want '*', an origin such as 'http://a.com', or a list of them, not",
		"{protocols: ['v1,v2']}":                        "Module.options.protocols: want a name such as 'v1', or a list of them, not",
		"{transports: ['xhr']}":                         "Module.options.transports: want '*' or a list of websocket, xhr-streaming, xhr-polling, eventsource, htmlfile, jsonp-polling, not",
		"{transports: []}":                              "Module.options.transports: want '*' or a list of",
	} {
		p := commandtest.Start(t, map[string]string{"test.js": farewell + "\nModule.options = " + options}, "--transports", "xhr-polling")
		r, err := http.Get(fmt.Sprintf("http://localhost:%d/test/info", p.Port))
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != 500 {
			t.Errorf("%s: %s", options, r.Status)
		}
		p.Wait("the error", func() bool { return strings.Contains(p.Text(), want) })
	}
	p := commandtest.Start(t, map[string]string{"test.js": farewell + "\nModule.options = {origins: '*', protocols: ['v1', 'v2'], transports: '*'}"}, "--transports", "xhr-polling")
	p.Dial("/test", "Origin: http://a.com\r\n")
}

// TestProcesses checks that the module runs ps if that is granted, and otherwise names the flag.
func TestProcesses(t *testing.T) {
	t.Parallel()
	c := startModules(t).Dial("/processes")
	c.SendText("start")
	if got, want := c.Next(), `"child_process" is not available: modules run programs only if the server is started with --allow-run=PROGRAM, or --allow-run for all`; got != want {
		t.Errorf("without the flag: %q, want %q", got, want)
	}
	// A program that stands for ps, which need not be there.
	dir := t.TempDir()
	write := "#!/bin/sh\necho PID COMMAND; echo \"$@\"\n"
	if err := os.WriteFile(filepath.Join(dir, "ps"), []byte(write), 0o755); err != nil {
		t.Fatal(err)
	}
	c = commandtest.Start(t, nil, "--modules", "../../modules", "--allow-run="+filepath.Join(dir, "ps")).Dial("/processes")
	c.SendText("start")
	if got, want := c.Next(), "PID COMMAND\nawux\n"; got != want {
		t.Errorf("with the flag: %q, want %q", got, want)
	}
}
