package browser

import (
	"strings"
	"testing"
)

func TestTimeTicks(t *testing.T) {
	s := startServer(t)
	p := open(t, s.page("time.html"))
	p.waitState("open")

	p.wait(`/^\d\d:\d\d:\d\d$/.test(document.getElementById('digits').textContent)`)
	first := p.text("#digits")
	p.wait(`document.getElementById('digits').textContent !== '` + first + `'`)
	second := p.text("#digits")
	if first == second {
		t.Errorf("the clock stands at %s", first)
	}

	// The messages are those that the pages of 2009 read.
	if raw := p.text("#raw li.in"); !strings.HasPrefix(raw, `{"time":"`) || !strings.Contains(raw, "GMT") {
		t.Errorf(`a message is %s, want {"time":"<Date string>"}`, raw)
	}
	// The messages are a second apart, allowing for a busy machine.
	p.wait(`document.getElementById('count').textContent >= 3 && Math.abs(parseFloat(document.getElementById('gap').textContent) - 1) < 0.5`)
}

// TestTimeStartsOnce checks that a page that says start twice gets one clock.
func TestTimeStartsOnce(t *testing.T) {
	s := startServer(t)
	p := open(t, s.page("index.html"))
	p.write("#resource", "time") // sends the other field, which the module ignores
	p.write("#line", "start")    // whether or not the socket is still connecting
	p.write("#line", "start")
	p.wait(`[...document.querySelectorAll('#log li.out')].filter((li) => li.textContent === 'start').length === 2`)

	p.wait(`document.querySelectorAll('#log li.in').length >= 3`)
	messages := eval[[]string](p, `[...document.querySelectorAll('#log li.in')].map((li) => li.textContent)`)
	for i := range messages[1:] {
		if messages[i] == messages[i+1] {
			t.Errorf("two messages in one second: %q", messages)
		}
	}
}
