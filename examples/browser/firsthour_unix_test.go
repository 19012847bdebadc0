//go:build unix

package browser

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"node.websocket/runtime/command/commandtest"
)

// heard makes console.log keep what it is given, in window.said.
const heard = `window.said = []; (() => { const log = console.log; console.log = (...all) => { said.push(all.join(' ')); log(...all); }; })(); ''`

// TestFirstHour does what a newcomer does: clone the repository, start the server as the README says, open the
// pages, and paste the README's tour into the console as it is printed, but for the port.
func TestFirstHour(t *testing.T) {
	needBrowser(t)
	if _, err := exec.LookPath("git"); err != nil {
		commandtest.Missing(t, "there is no git on this machine")
	}
	tree := filepath.Join(t.TempDir(), "node.websocket")
	if out, err := exec.Command("git", "clone", "--quiet", "../..", tree).CombinedOutput(); err != nil {
		t.Fatalf("git clone: %v\n%s", err, out)
	}
	data, err := os.ReadFile(filepath.Join(tree, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(commandtest.FreePort(t))
	readme := strings.ReplaceAll(string(data), "8080", port)
	command := regexp.MustCompile(`(?m)^    (go run \. --port \d+)$`).FindStringSubmatch(readme)
	blocks := regexp.MustCompile("(?s)```js\n(.*?)```").FindAllStringSubmatch(readme, 3)
	change := regexp.MustCompile("Now change `(.*?)` to `(.*?)`, save").FindStringSubmatch(readme)
	answers := regexp.MustCompile(`ws\.send\('hello'\);[ };]+// (.*)`).FindAllStringSubmatch(readme, -1)
	if command == nil || len(blocks) != 3 || change == nil || len(answers) != 2 {
		t.Fatalf("the tour is not in the README any more: %q, %q, %q, %q", command, blocks, change, answers)
	}
	server := startShell(t, tree, command[1])
	server.wait(t, "node.websocket is at ws://localhost:"+port+"/")

	p := open(t, "http://localhost:"+port+"/")
	p.look(375, 740, "light")
	module := filepath.Join(tree, "modules", "test.js")
	commandtest.WriteFile(t, module, blocks[0][1])
	eval[string](p, heard)
	paste := func(block string) { eval[any](p, block+"\n; ''") }
	paste(blocks[1][1])
	p.wait(`said.includes(` + strconv.Quote(answers[0][1]) + `)`)
	edit(t, module, change[1], change[2])
	server.wait(t, "test: version 2 serves 1 connection")
	paste(blocks[2][1])
	p.wait(`said.includes(` + strconv.Quote(answers[1][1]) + `)`)

	p.write("#resource", "test")
	p.write("#line", "from a phone")
	p.waitText("#log li.in", "you said from a phone")
	for _, name := range pages[1:] {
		p.navigate("http://localhost:" + port + "/" + name + ".html")
		p.waitState("open")
	}
}

// TestResourcePage checks that a browser that opens a resource is told what it is, and that both snippets work as
// they are printed: one in the page's own console, the other as a page.
func TestResourcePage(t *testing.T) {
	dir := t.TempDir()
	commandtest.WriteFile(t, filepath.Join(dir, "favicon.ico"), "")
	s := startServer(t, "--public", dir)
	p := open(t, s.page("echo"))
	for _, scheme := range []string{"light", "dark"} {
		p.look(375, 740, scheme)
		if over := eval[int](p, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
			t.Errorf("the page is %d px too wide for a phone", over)
		}
		p.picture("resource-375-" + scheme + ".png")
	}
	p.waitText("h1", "/echo is a WebSocket")
	eval[string](p, heard)
	eval[any](p, p.text("#console")+"\n; ''")
	p.wait(`said.includes('hello')`)

	commandtest.WriteFile(t, filepath.Join(dir, "try.html"), "<!doctype html><title>try</title><script>"+heard+"</script>"+p.text("#page"))
	p.navigate(s.page("try.html"))
	p.wait(`said.includes('hello')`)
}

// A shell is a command line that runs.
type shell struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (s *shell) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *shell) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// startShell runs a command line in a folder until the end of the test, when the command and what it has started
// are told to end.
func startShell(t *testing.T, dir, line string) *shell {
	t.Helper()
	s := &shell{}
	words := strings.Fields(line)
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, s, s
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // go run does not pass signals on
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(s)
		}
	})
	return s
}

// wait returns once the command has printed a text. go run may have to compile first.
func (s *shell) wait(t *testing.T, text string) {
	t.Helper()
	deadline, tick := time.After(5*time.Minute), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for !strings.Contains(s.String(), text) {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("timed out: %s\n%s", text, s)
		}
	}
}
