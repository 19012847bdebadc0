package command

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// soakModule answers a number with itself, with how many numbers its connection has sent, and with the save that wrote it.
const soakModule = `var save = SAVE;
var Module = this.Module = function(){ this.count = 0; };
Module.prototype.onData = function(data, connection){ connection.send(data + ' ' + ++this.count + ' ' + save); };
`

// Two hundred clients send numbers and wait for the answers while the module is saved a hundred times, every tenth time
// broken, each time in another way of saving. Nothing is lost, doubled or out of order, nobody is closed, and each answer
// names a save that was serving between the question and the answer.
func TestReloadSoak(t *testing.T) {
	const clients, saves = 200, 100
	module := func(save int) string { return strings.ReplaceAll(soakModule, "SAVE", strconv.Itoa(save)) }
	p := start(t, map[string]string{"soak.js": module(0)}, "--log=warn")
	file := filepath.Join(p.dir, "soak.js")

	var written atomic.Int64 // the last save that was begun
	var serving atomic.Int64 // the last save that some answer named
	done := make(chan struct{})
	var all sync.WaitGroup
	var messages atomic.Int64
	failures := make(chan error, clients)
	for i := range clients {
		all.Go(func() {
			c, err := connect(p.port, "/soak", "")
			if err != nil {
				failures <- err
				return
			}
			defer c.conn.Close()
			for n := 1; ; n++ {
				select {
				case <-done:
					return
				default:
				}
				least := serving.Load()
				if _, err := c.conn.Write(appendMasked(nil, 1, strconv.Itoa(n))); err != nil {
					failures <- fmt.Errorf("client %d: %w", i, err)
					return
				}
				opcode, payload, err := c.read()
				most := written.Load()
				var number, count, save int64
				if err == nil && opcode == 1 {
					_, err = fmt.Sscan(string(payload), &number, &count, &save)
				}
				if err != nil || opcode != 1 || number != int64(n) || count != int64(n) || save < least || save > most || save%10 == 9 {
					failures <- fmt.Errorf("client %d, message %d: %q, opcode %d, %v; saves %d to %d may serve", i, n, payload, opcode, err, least, most)
					return
				}
				for seen := serving.Load(); save > seen && !serving.CompareAndSwap(seen, save); seen = serving.Load() {
				}
				messages.Add(1)
			}
		})
	}
	for save := 1; save <= saves; save++ {
		text := module(save)
		if save%10 == 9 {
			text = broken[save/10%len(broken)] + text
		}
		written.Store(int64(save))
		if err := saveAs(save%4, file, text); err != nil {
			t.Fatal(err)
		}
		if save%10 == 9 {
			// Its error is told, once.
			p.wait("the error of a broken save", func() bool { return strings.Count(p.text(), "serves 200 connections on") >= save/10+1 })
			continue
		}
		p.wait("save "+strconv.Itoa(save), func() bool { return serving.Load() == int64(save) || len(failures) > 0 })
	}
	close(done)
	all.Wait()
	close(failures)
	for err := range failures {
		t.Error(err)
	}
	t.Logf("%d messages over %d saves", messages.Load(), saves)
	if strings.Contains(p.text(), "disconnected") && strings.Contains(p.text(), "cause=\"protocol") {
		t.Error(p.text())
	}
}

// broken is put before a module to break it.
var broken = []string{"}", "throw new Error('at load');", "Promise.reject(new Error('at load'));", "require('./nosuch');", "var a = ;"}

// saveAs saves a file as one editor or another does.
func saveAs(way int, file, text string) error {
	switch way {
	case 0: // in place
		return os.WriteFile(file, []byte(text), 0o644)
	case 1: // by rename
		if err := os.WriteFile(file+".tmp", []byte(text), 0o644); err != nil {
			return err
		}
		return os.Rename(file+".tmp", file)
	case 2: // as vim: the old one away, a new one written, the old one deleted
		if err := os.Rename(file, file+"~"); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
		return os.Remove(file + "~")
	default: // in two halves
		f, err := os.Create(file)
		if err != nil {
			return err
		}
		if _, err := f.WriteString(text[:len(text)/2]); err != nil {
			return err
		}
		if _, err := f.WriteString(text[len(text)/2:]); err != nil {
			return err
		}
		return f.Close()
	}
}

// The real vim saves, in each way that it can be told to.
func TestReloadByVim(t *testing.T) {
	vim, err := exec.LookPath("vim")
	if err != nil {
		if vim, err = exec.LookPath("vim.tiny"); err != nil {
			skip(t, "vim is not installed")
		}
	}
	p := start(t, map[string]string{"test.js": strings.ReplaceAll(soakModule, "SAVE", "0")})
	c := dial(t, p.port, "/test", "")
	for i, options := range []string{"backupcopy=yes", "backupcopy=no", "backupcopy=auto", "backup backupcopy=no", "nobackup nowritebackup noswapfile"} {
		save := exec.Command(vim, "-u", "NONE", "-N", "-es", "-c", "set "+options, "-c", fmt.Sprintf("%%s/save = %d/save = %d/", i, i+1), "-c", "wq", "test.js")
		save.Dir = p.dir
		if out, err := save.CombinedOutput(); err != nil {
			t.Fatalf("vim, set %s: %v\n%s", options, err, out)
		}
		p.wait("set "+options, func() bool { c.send("x"); return strings.HasSuffix(c.next(), fmt.Sprint(" ", i+1)) })
	}
	for _, unwanted := range []string{"ERROR", "WARN", "deleted", "disconnected"} {
		if strings.Contains(p.text(), unwanted) {
			t.Errorf("%s:\n%s", unwanted, p.text())
		}
	}
}

func TestHangup(t *testing.T) {
	p := start(t, map[string]string{"test.js": strings.ReplaceAll(soakModule, "SAVE", "1")}, "--watch=false")
	c := dial(t, p.port, "/test", "")
	ask := func() string { c.send("x"); return c.next() }
	if got := ask(); got != "x 1 1" {
		t.Error(got)
	}
	writeFile(t, filepath.Join(p.dir, "test.js"), strings.ReplaceAll(soakModule, "SAVE", "2"))
	wait := time.NewTimer(300 * time.Millisecond)
	<-wait.C
	if got := ask(); got != "x 2 1" {
		t.Errorf("%s: reloaded without --watch", got)
	}
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	p.wait("the reload", func() bool { return strings.Contains(p.text(), "version 2 serves 1 connection") })
	if got := ask(); got != "x 3 2" {
		t.Error(got)
	}
}

// A stop does not wait for a module that takes its time to load.
func TestStopDuringReload(t *testing.T) {
	p := start(t, map[string]string{"test.js": farewell}, "--watch=false")
	c := dial(t, p.port, "/test", "")
	go c.echoClose(t)
	writeFile(t, filepath.Join(p.dir, "test.js"), farewell+"\nconsole.log('it loads'); for(;;);")
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	p.wait("the load", func() bool { return strings.Contains(p.text(), "it loads") })
	if code := p.stop(os.Interrupt); code != 0 {
		t.Errorf("exit %d", code)
	}
	stopping, ended := strings.Index(p.text(), "stopping"), strings.Index(p.text(), "ran longer than the limit")
	if stopping < 0 || ended < 0 || stopping > ended {
		t.Errorf("the stop waited:\n%s", p.text())
	}
}
