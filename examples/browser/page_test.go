package browser

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience bounds the wait of a test for something that the page will show.
const patience = time.Minute

// page is one tab. Its methods fail the test if the browser does not obey.
type page struct {
	t      *testing.T
	ctx    context.Context
	mu     sync.Mutex
	faults []string // guarded by mu: errors and warnings on the console
}

// open loads a page in a tab of its own. When the test ends the tab is closed, and errors and
// warnings on its console fail the test.
func open(t *testing.T, url string) *page {
	t.Helper()
	p := newPage(t)
	p.do("opening "+url, chromedp.Navigate(url))
	return p
}

func newPage(t *testing.T) *page {
	t.Helper()
	needBrowser(t)
	ctx, cancel := chromedp.NewContext(tabs)
	p := &page{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, p.listen); err != nil {
		t.Fatalf("opening a tab: %v", err)
	}
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, fault := range p.faults {
			t.Errorf("on the console: %s", fault)
		}
		cancel()
	})
	return p
}

// listen is called on the goroutine that reads from the browser.
func (p *page) listen(event any) {
	fault := ""
	switch event := event.(type) {
	case *runtime.EventExceptionThrown:
		fault = fmt.Sprint(event.ExceptionDetails.Text, " ", event.ExceptionDetails.Exception.Description)
	case *runtime.EventConsoleAPICalled:
		if event.Type == runtime.ConsoleAPICalledTypeError || event.Type == runtime.ConsoleAPICalledTypeWarning {
			fault = string(event.Type)
			for _, arg := range event.Args {
				fault += fmt.Sprintf(" %s%s", arg.Value, arg.Description)
			}
		}
	case *log.EventEntryAdded:
		if event.Entry.Level == log.EntryLevelError || event.Entry.Level == log.EntryLevelWarning {
			fault = event.Entry.Text + " " + event.Entry.URL
		}
	}
	if fault == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, fault)
}

// forgive drops the faults that contain one of these texts: the browser reports requests that are meant to fail.
func (p *page) forgive(texts ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = slices.DeleteFunc(p.faults, func(fault string) bool {
		return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(fault, text) })
	})
}

func (p *page) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("%s: %v\nthe page:\n%s", what, err, p.seen())
	}
}

// wait returns when the JavaScript expression is true. One that throws counts as false, since what
// it needs may not be on the page yet.
func (p *page) wait(expression string) {
	p.t.Helper()
	_, err := chromedp.Run(p.ctx, chromedp.Poll[bool]("(() => { try { return !!("+expression+") } catch { return false } })()",
		chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(patience)))
	if err != nil {
		p.t.Fatalf("waiting for %s: %v\nthe page:\n%s", expression, err, p.seen())
	}
}

// waitText returns when the element's text contains the wanted text.
func (p *page) waitText(selector, want string) {
	p.t.Helper()
	p.wait(fmt.Sprintf("document.querySelector(%q).textContent.includes(%q)", selector, want))
}

// waitState returns when the connection is in that state.
func (p *page) waitState(state string) {
	p.t.Helper()
	p.wait(fmt.Sprintf("document.getElementById('link').dataset.state === %q", state))
}

func (p *page) text(selector string) string {
	p.t.Helper()
	return eval[string](p, fmt.Sprintf("document.querySelector(%q).textContent", selector))
}

func (p *page) click(selector string) {
	p.t.Helper()
	p.do("clicking "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// write replaces the contents of a field, key by key, and presses Enter.
func (p *page) write(selector, text string) {
	p.t.Helper()
	eval[string](p, fmt.Sprintf("document.querySelector(%q).value = ''", selector))
	p.do("writing into "+selector, chromedp.SendKeys(chromedp.CSS(selector), text+"\n"))
}

// look emulates a screen and the reader's preference for a light or dark page.
func (p *page) look(width, height int64, scheme string) {
	p.t.Helper()
	p.do("emulating a screen", chromedp.EmulateViewport(width, height, func(m *emulation.SetDeviceMetricsOverrideParams, _ *emulation.SetTouchEmulationEnabledParams) {
		m.Mobile = width < 500 // scroll bars are overlays, as on phones
	}))
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	if err != nil {
		p.t.Fatalf("emulating prefers-color-scheme: %v", err)
	}
}

// seen returns the page's text, for error messages.
func (p *page) seen() string {
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string]("document.body.innerText"))
	if err != nil {
		return err.Error()
	}
	return "    " + strings.ReplaceAll(text, "\n", "\n    ")
}

func eval[T any](p *page, expression string) T {
	p.t.Helper()
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

func (p *page) navigate(url string) {
	p.t.Helper()
	p.do("opening "+url, chromedp.Navigate(url))
}
