package clients

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// roomModule is a module whose clients hear the topic that they name. "publish TOPIC N M" publishes the numbers from N to M,
// some of them at a time.
const roomModule = `var Module = this.Module = function(){ };
Module.options = {history: {'room/*': 1000, 'short/*': 20}};
Module.prototype.onConnect = function(c){
	var topic = c.request.url.split('?')[1];
	if (topic) c.subscribe(topic);
};
Module.prototype.onData = function(d, c){
	var words = d.split(' '), n = +words[2];
	var timer = setInterval(function(){
		for (var i = 0; i < 3 && n <= words[3]; i++) c.server.publish(words[1], n++);
		if (n > words[3]) { clearInterval(timer); c.send('published'); }
	}, 5);
};`

// A scripted is recovery.js.
type scripted struct {
	t     *testing.T
	in    io.Writer
	lines chan string
}

func runRecovery(t *testing.T, ports ...int) *scripted {
	t.Helper()
	needPackage(t, "ws")
	args := []string{"testdata/recovery.js", "../../transport/client/client.js"}
	for _, port := range ports {
		args = append(args, strconv.Itoa(port))
	}
	cmd := exec.Command("node", args...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &scripted{t, in, make(chan string, 10_000)}
	go func() { // ends with the script
		for lines := bufio.NewScanner(out); lines.Scan(); {
			s.lines <- lines.Text()
		}
		close(s.lines)
	}()
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return s
}

func (s *scripted) tell(line string) {
	s.t.Helper()
	if _, err := fmt.Fprintln(s.in, line); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scripted) next() string {
	s.t.Helper()
	select {
	case line, ok := <-s.lines:
		if ok {
			return line
		}
		s.t.Fatal("the script has ended")
	case <-time.After(30 * time.Second):
		s.t.Fatal("nothing arrives")
	}
	return ""
}

// expect checks the next lines.
func (s *scripted) expect(want ...string) {
	s.t.Helper()
	for _, line := range want {
		if got := s.next(); got != line {
			s.t.Fatalf("%s, want %s", got, line)
		}
	}
}

// numbers checks that the numbers from first to last come once and in order. It returns what else is said.
func (s *scripted) numbers(first, last int, at func(n int)) (said []string) {
	s.t.Helper()
	for n := first; n <= last; {
		line := s.next()
		if text, ok := strings.CutPrefix(line, "got "); !ok {
			said = append(said, line)
			continue
		} else if text != strconv.Itoa(n) {
			s.t.Fatalf("%s, want %d; %q", line, n, said)
		}
		if at != nil {
			at(n)
		}
		n++
	}
	return said
}

// TestRecoveryOnAnotherNode has client.js come back to another program than it was connected to, after that was killed, while
// something is published, after more was published than is kept, and after Redis was restarted.
func TestRecoveryOnAnotherNode(t *testing.T) {
	t.Parallel()
	r := newRedis(t).Start()
	nodes := startNodes(t, r, 2, map[string]string{"room.js": roomModule})
	s := runRecovery(t, nodes[0].Port, nodes[1].Port)
	publisher := nodes[1].Dial("/room")
	publish := func(topic string, from, to int) {
		publisher.SendText(fmt.Sprint("publish ", topic, " ", from, " ", to))
	}
	published := func() {
		t.Helper()
		if got := publisher.Next(); got != "published" {
			t.Fatal(got)
		}
	}

	s.tell("topic room/1")
	s.expect("open")
	publish("room/1", 1, 600)
	first := s.next() // the subscription may take effect after the first
	for !strings.HasPrefix(first, "got ") {
		first = s.next()
	}
	n, err := strconv.Atoi(strings.TrimPrefix(first, "got "))
	if err != nil {
		t.Fatal(err)
	}
	said := s.numbers(n+1, 600, func(n int) {
		if n == 200 {
			nodes[0].Signal(os.Kill)
			s.tell("move")
		}
	})
	published()
	if got := strings.Join(said, ", "); got != "open, recovered room/1 true" && got != "recovered room/1 true, open" {
		t.Errorf("said %s", got)
	}

	s.tell("away")
	publish("room/1", 601, 700)
	published()
	s.tell("back")
	if got := strings.Join(s.numbers(601, 700, nil), ", "); got != "open, recovered room/1 true" {
		t.Errorf("said %s", got)
	}

	s.tell("away")
	r.Kill()
	nodes[1].Wait("the end of Redis", func() bool { return strings.Contains(nodes[1].Text(), "other nodes are not reached") })
	s.tell("back")
	s.expect("open", "recovered room/1 false")
	publish("room/1", 701, 703) // local clients do not wait for Redis
	if said := s.numbers(701, 703, nil); len(said) > 0 {
		t.Errorf("said %q", said)
	}
	published()
	s.tell("away")
	r.Start()
	nodes[1].Wait("Redis", func() bool { return strings.Contains(nodes[1].Text(), "reached through Redis again") })
	s.tell("back")
	s.expect("open", "recovered room/1 false") // what other nodes had published before is gone
	publish("room/1", 704, 706)
	if said := s.numbers(704, 706, nil); len(said) > 0 {
		t.Errorf("said %q", said)
	}
	published()
	s.tell("away")
	publish("room/1", 707, 709)
	published()
	s.tell("back")
	if got := strings.Join(s.numbers(707, 709, nil), ", "); got != "open, recovered room/1 true" {
		t.Errorf("said %s", got)
	}
}

// TestRecoveryExceeded has client.js come back after more was published than is kept.
func TestRecoveryExceeded(t *testing.T) {
	t.Parallel()
	nodes := startNodes(t, newRedis(t).Start(), 2, map[string]string{"room.js": roomModule})
	s := runRecovery(t, nodes[0].Port, nodes[1].Port)
	publisher := nodes[0].Dial("/room")
	s.tell("topic short/1")
	s.expect("open")
	publisher.SendText("publish short/1 1 3")
	publisher.Next()
	s.expect("got 1", "got 2", "got 3")
	s.tell("away")
	publisher.SendText("publish short/1 4 50")
	publisher.Next()
	s.tell("move")
	s.expect("open", "recovered short/1 false")
	s.numbers(31, 50, nil)
}

// TestRecoveryOfTheBus cuts the connections on which programs hear each other, while something is published: a client that stays
// connected gets all of it, once and in order.
func TestRecoveryOfTheBus(t *testing.T) {
	t.Parallel()
	r := newRedis(t).Start()
	nodes := startNodes(t, r, 2, map[string]string{"room.js": roomModule})
	s := runRecovery(t, nodes[0].Port, nodes[1].Port)
	publisher := nodes[1].Dial("/room")
	s.tell("topic room/1")
	s.expect("open")
	s.joined(publisher.SendText)
	publisher.SendText("publish room/1 1 900")
	for _, line := range s.numbers(1, 900, func(n int) {
		if n%250 != 0 {
			return
		}
		if out, err := exec.Command("redis-cli", "-p", strconv.Itoa(r.Port), "client", "kill", "type", "pubsub").CombinedOutput(); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
	}) {
		if line != "recovered room/1 true" {
			t.Error(line)
		}
	}
}

// joined waits until the client hears what is published on room/1.
func (s *scripted) joined(publish func(string)) {
	s.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := 1_000_001; ; n++ {
		publish(fmt.Sprintf("publish room/1 %d %d", n, n))
		select {
		case <-s.lines:
		case <-tick.C:
			continue
		}
		publish("publish room/1 0 0")
		for s.next() != "got 0" {
		}
		return
	}
}
