package browser

import (
	"bytes"
	"fmt"
	"image/png"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

var pages = []string{"index", "time", "echo", "chat", "book", "draw", "cursors", "game", "poll", "presence", "drop", "ticker", "chess"}

// clipped is an expression: the buttons and links on the page that are too small for their text, or for a thumb.
const clipped = `[...document.querySelectorAll('button:not(.squares *), nav a')].filter((e) => e.checkVisibility()).filter((e) => {
	const box = e.getBoundingClientRect();
	return e.scrollWidth > Math.ceil(box.width) || box.width < 40 || box.height < 36 || box.left < 0 || box.right > innerWidth;
}).map((e) => e.textContent + ': ' + Math.round(e.getBoundingClientRect().width) + ' px')`

// TestLook checks that every page fits phones and a desktop, light and dark.
func TestLook(t *testing.T) {
	s := startServer(t)
	for _, name := range pages {
		t.Run(name, func(t *testing.T) {
			p := open(t, s.page(name+".html"))
			if name != "index" {
				p.waitState("open")
			}
			paper := map[string]string{}
			for _, width := range []int64{320, 375, 1280} {
				for _, scheme := range []string{"light", "dark"} {
					p.look(width, 740, scheme)
					paper[scheme] = eval[string](p, `getComputedStyle(document.body).backgroundColor`)
					if over := eval[int](p, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
						t.Errorf("at %d px the page is %d px too wide", width, over)
					}
					if small := eval[[]string](p, clipped); len(small) > 0 {
						t.Errorf("at %d px these are cut off or too small: %q", width, small)
					}
					p.picture(fmt.Sprintf("%s-%d-%s.png", name, width, scheme))
				}
			}
			if paper["light"] == paper["dark"] {
				t.Errorf("light and dark have the same paper, %s", paper["light"])
			}
			if bare := eval[[]string](p, `[...document.querySelectorAll('input, select, progress')].filter((e) => !e.labels.length && !e.ariaLabel).map((e) => e.id)`); len(bare) > 0 {
				t.Errorf("no label for %q", bare)
			}
		})
	}
}

// picture takes a screenshot, which must not be of one colour. -screenshots keeps it.
func (p *page) picture(name string) {
	p.t.Helper()
	data, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Fatalf("%s: %v", name, err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		p.t.Fatalf("%s: %v", name, err)
	}
	colours := map[any]bool{}
	for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x += 3 {
		for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y += 3 {
			colours[img.At(x, y)] = true
		}
	}
	if len(colours) < 8 {
		p.t.Errorf("%s shows %d colours: there is nothing on it", name, len(colours))
	}
	if *screenshots == "" {
		return
	}
	if err := os.MkdirAll(*screenshots, 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*screenshots, name), data, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// TestFromDisk checks that the pages work when they are opened from disk, where their origin is
// null.
func TestFromDisk(t *testing.T) {
	s := startServer(t)
	folder, err := filepath.Abs(filepath.Join("..", "public"))
	if err != nil {
		t.Fatal(err)
	}
	from := func(name string) *page {
		u := url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(folder, name)), RawQuery: "server=" + s.Address()}
		return open(t, u.String())
	}

	clock := from("time.html")
	clock.wait(`document.querySelector('#raw li.in')`)

	echo := from("echo.html")
	echo.waitState("open")
	echo.write("#text", "from disk")
	echo.waitText("#log li:first-child.in", "from disk")

	chat := from("chat.html")
	join(chat, "ann")
	users(chat, "ann")

	index := from("index.html")
	index.write("#line", "hello")
	index.waitText("#log li.in", "hello")
	// A link to another page keeps the server that was asked for.
	index.click(`nav a[href*="time.html"]`)
	index.do("following a link", chromedp.WaitReady(chromedp.CSS("#raw li.in")))
}

func TestIndex(t *testing.T) {
	s := startServer(t)
	p := open(t, s.page(""))
	p.write("#line", "hello")
	p.waitText("#log li:first-child.in", "hello")

	// Another module is another connection.
	p.write("#resource", "chat")
	p.write("#line", "USERS")
	p.waitText("#log li:first-child.in", `{"type":"RPL_USERS","nicks":[]}`)
	p.waitText("#detail", "/chat")
}
