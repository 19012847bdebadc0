package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// polls is the query of pages that do without WebSocket.
const polls = "?transport=xhr-polling"

// press moves the mouse to a point of an element and presses it. The point is a part of the element's width and one
// of its height.
func (p *page) press(selector string, at [2]float64) {
	p.t.Helper()
	p.mouse(selector, input.DispatchMouseEventTypeMousePressed, at)
}

// drag presses the mouse at the first of some points of an element, moves over the others, and releases it.
func (p *page) drag(selector string, points ...[2]float64) {
	p.t.Helper()
	p.press(selector, points[0])
	p.mouse(selector, input.DispatchMouseEventTypeMouseMoved, points[1:]...)
	p.mouse(selector, input.DispatchMouseEventTypeMouseReleased, points[len(points)-1])
}

func (p *page) mouse(selector string, kind input.DispatchMouseEventType, points ...[2]float64) {
	p.t.Helper()
	box := eval[[]float64](p, fmt.Sprintf(`(() => {
		const element = document.querySelector(%q);
		element.scrollIntoView({ block: 'center' });
		const { x, y, width, height } = element.getBoundingClientRect();
		return [x, y, width, height];
	})()`, selector))
	for _, at := range points {
		p.do(string(kind)+" over "+selector, chromedp.MouseEvent(kind, box[0]+at[0]*box[2], box[1]+at[1]*box[3], chromedp.ButtonLeft))
	}
}

// painted is an expression: how many of a hundred points on the drawing board have a colour.
const painted = `(() => {
	const board = document.getElementById('board');
	const paper = new OffscreenCanvas(board.width, board.height).getContext('2d', { willReadFrequently: true });
	paper.drawImage(board, 0, 0);
	let n = 0;
	for (let x = 0.05; x < 1; x += 0.1) for (let y = 0.05; y < 1; y += 0.1) n += paper.getImageData(x * board.width, y * board.height, 1, 1).data[3] > 0;
	return n;
})()`

// TestDraw checks that a drawing is the same for who was there and who comes later, and that anybody can wipe it.
func TestDraw(t *testing.T) {
	s := startServer(t)
	ann, bob := open(t, s.page("draw.html")), open(t, s.page("draw.html"+polls))
	ann.waitState("open")
	bob.waitState("open")
	ann.drag("#board", [2]float64{0.05, 0.05}, [2]float64{0.95, 0.05}, [2]float64{0.95, 0.95})
	bob.wait(painted + ` >= 15`)
	bob.drag("#board", [2]float64{0.05, 0.95}, [2]float64{0.85, 0.95})
	ann.wait(painted + ` >= 22`)

	want := eval[int](ann, painted)
	late := open(t, s.page("draw.html"))
	late.wait(fmt.Sprint(painted, ` === `, want))
	late.click("#clear")
	for _, p := range []*page{ann, bob, late} {
		p.wait(painted + ` === 0`)
	}
}

// TestCursors checks that a page shows the pointers of the others with their names, as text, until they leave.
func TestCursors(t *testing.T) {
	s := startServer(t)
	ann, bob := open(t, s.page("cursors.html")), open(t, s.page("cursors.html"+polls))
	ann.waitText("#count", "1")
	bob.waitText("#count", "1")
	ann.drag("#field", [2]float64{0.5, 0.5}, [2]float64{0.25, 0.75})
	bob.wait(`document.querySelector('.cursor').style.left.startsWith('25') && document.querySelector('.cursor').style.top.startsWith('75')`)
	ann.write("#name", "<b>ann</b>")
	bob.wait(`document.querySelector('.cursor b').textContent === '<b>ann</b>'`)

	ann.click("#toggle")
	ann.waitState("closed")
	bob.wait(`!document.querySelector('.cursor') && document.getElementById('count').textContent === '0'`)
}

// TestGame plays with the keys and with the pointer, while the rules are changed: the game goes on.
func TestGame(t *testing.T) {
	modules := t.TempDir()
	if err := os.CopyFS(modules, os.DirFS(filepath.Join("..", "..", "modules"))); err != nil {
		t.Fatal(err)
	}
	s := startServer(t, "--modules", modules)
	ann, bob := open(t, s.page("game.html")), open(t, s.page("game.html"+polls))
	for _, p := range []*page{ann, bob} {
		p.waitState("open")
		p.waitText("#players", "2")
	}
	// By the new rules, whoever moves to the left or right gets a coin with each step.
	edit(t, filepath.Join(modules, "game.js"), "findIndex((coin) => ", "findIndex((coin) => player.dx !== 0 || ")
	s.waitLog("resource=game", "version 2 serves 2 connections")
	ann.do("holding a key", chromedp.Focus(chromedp.CSS("#arena")))
	eval[bool](ann, `document.getElementById('arena').dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight'}))`)
	bob.press("#arena", [2]float64{0.99, 0.5})
	for _, p := range []*page{ann, bob} {
		p.wait(`Number(document.getElementById('score').textContent) > 3`)
	}
	if n := s.lines(" disconnected ", "resource=game"); n != 0 {
		t.Errorf("%d players were disconnected", n)
	}
	bob.mouse("#arena", input.DispatchMouseEventTypeMouseReleased, [2]float64{0.99, 0.5})
	bob.click("#toggle")
	ann.wait(`document.getElementById('players').textContent === '1'`)
}
