package runtime

import (
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A hostileCase is a case of testdata/hostile.json: a message that an ordinary module is not to suffer
// from. The soak of examples/soak sends them to the program.
type hostileCase struct {
	Name   string
	OnData string   // the code of the module, of data and connection
	Send   string   // the message, in which <x*9> stands for nine x
	Answer string   // what the module answers, with | between messages; or else
	Log    []string // parts of the error in the log
}

func readHostileCases(t *testing.T) (cases []hostileCase) {
	t.Helper()
	text, err := os.ReadFile("testdata/hostile.json")
	if err == nil {
		err = json.Unmarshal(text, &cases)
	}
	if err != nil || len(cases) == 0 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for i := range cases {
		cases[i].Send = repeated.ReplaceAllStringFunc(cases[i].Send, func(s string) string {
			n, _ := strconv.Atoi(s[3 : len(s)-1])
			return strings.Repeat(s[1:2], n)
		})
	}
	return cases
}

var repeated = regexp.MustCompile(`<.\*\d+>`)

// What a client sends to an ordinary module is an answer or an error with its place, and the resource
// answers the next message.
func TestHostileMessages(t *testing.T) {
	t.Parallel()
	for _, c := range readHostileCases(t) {
		t.Run(c.Name, func(t *testing.T) {
			// The limits have to end these, not the watchdog, which the race detector on a busy machine
			// would bring in. Without its limit each would take hours.
			r, log := newRuntimeWith(t, module(`if (data === 'ping') return connection.send('pong'); `+c.OnData), Options{TurnLimit: 3 * time.Minute})
			conn, s := connect(t, r, "test")
			start := time.Now()
			conn.Receive(text(c.Send))
			if got := s.messages(); got != c.Answer {
				t.Errorf("answers %q, want %q\n%s", got, c.Answer, log.text())
			}
			if c.Log != nil {
				log.want(t, c.Log...)
			}
			if took := time.Since(start); took > 2*time.Minute {
				t.Errorf("took %v", took)
			}
			_, os := connect(t, r, "test")
			if got := answer(os, "ping"); got != "pong" {
				t.Errorf("afterwards %q\n%s", got, log.text())
			}
		})
	}
}
