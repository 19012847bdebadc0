package browser

import (
	"fmt"
	"strings"
	"testing"
)

func join(p *page, nick string) {
	p.t.Helper()
	p.waitState("open")
	p.write("#nick", nick)
	p.wait(`document.getElementById('room').dataset.joined === 'yes'`)
}

// users waits until the page lists exactly these users.
func users(p *page, want ...string) {
	p.t.Helper()
	p.wait(fmt.Sprintf(`[...document.querySelectorAll('#users li')].map((li) => li.childNodes[1].textContent).join() === %q`, strings.Join(want, ",")))
	p.wait(fmt.Sprintf(`document.getElementById('user-count').textContent === '%d'`, len(want)))
}

func TestChat(t *testing.T) {
	s := startServer(t)
	ann, bob := open(t, s.page("chat.html")), open(t, s.page("chat.html"))

	join(ann, "ann")
	users(ann, "ann")
	join(bob, "bob")
	users(bob, "ann", "bob")
	users(ann, "ann", "bob")
	ann.waitText("#log", "bob joined")

	ann.write("#entry", "hello bob")
	bob.waitText("#log .message:last-child:not(.own)", "hello bob")
	ann.waitText("#log .message:last-child.own", "hello bob")

	bob.write("#entry", "/me waves")
	ann.waitText("#log .action:last-child", "bob waves")
	bob.waitText("#log .action:last-child", "bob waves")

	ann.write("#topic", "Tea at four")
	bob.wait(`document.getElementById('topic').value === 'Tea at four'`)
	bob.waitText("#topic-by", "ann")
	bob.waitText("#log", "ann set the topic: Tea at four")

	bob.write("#entry", "/nick robert")
	users(ann, "ann", "robert")
	users(bob, "ann", "robert")
	bob.wait(`document.getElementById('entry').placeholder === 'Message, as robert'`)

	bob.write("#entry", "/quit")
	bob.waitState("closed")
	if detail := bob.text("#detail"); !strings.HasPrefix(detail, "1000") && !strings.HasPrefix(detail, "1005") {
		t.Errorf("after PART the socket closed with %q", detail)
	}
	users(ann, "ann")
	ann.waitText("#log", "robert left")
}

// TestChatRemembers checks that a user who joins sees the last ten messages, marked as past, and the topic.
func TestChatRemembers(t *testing.T) {
	s := startServer(t)
	ann := open(t, s.page("chat.html"))
	join(ann, "ann")
	ann.write("#entry", "/topic Numbers")
	for i := range 12 {
		ann.write("#entry", fmt.Sprintf("number %d", i))
	}
	ann.waitText("#log .message:last-child", "number 11")

	bob := open(t, s.page("chat.html"))
	join(bob, "bob")
	past := eval[[]string](bob, `[...document.querySelectorAll('#log .message .text')].map((p) => p.textContent)`)
	if len(past) != 10 || past[0] != "number 2" || past[9] != "number 11" {
		t.Errorf("the past is %q, want number 2 to number 11", past)
	}
	if marked := eval[int](bob, `document.querySelectorAll('#log .message.past').length`); marked != 10 {
		t.Errorf("%d messages are marked as past, want 10", marked)
	}
	bob.wait(`document.getElementById('topic').value === 'Numbers'`)
	ann.write("#entry", "now")
	bob.waitText("#log .message:last-child:not(.past)", "now")
}

func TestChatNames(t *testing.T) {
	s := startServer(t)
	ann, eve := open(t, s.page("chat.html")), open(t, s.page("chat.html"))
	join(ann, "ann")

	eve.waitState("open")
	eve.write("#nick", "ANN")
	eve.waitText("#nick-error", "ANN is taken")
	join(eve, "<i>eve</i>")
	users(ann, "ann", "<i>eve</i>")
	eve.write("#entry", `<img src=x onerror="document.title='owned'">`)
	ann.waitText("#log .message:last-child", "<img src=x")
	for _, p := range []*page{ann, eve} {
		if made := eval[int](p, `document.querySelectorAll('#room img, #room i').length`); made != 0 {
			t.Error("what people write became HTML")
		}
	}

	eve.write("#entry", "/nick ann")
	eve.waitText("#log .fault", "ann is taken")
	users(eve, "<i>eve</i>", "ann") // as the module lists them: by their names
}
