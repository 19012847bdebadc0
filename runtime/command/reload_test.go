package command

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/transport/websocket/websockettest"
)

// soakModule answers a number with that number, with how many numbers its connection has sent, and
// with the save that wrote the code.
const soakModule = `var save = SAVE;
var Module = this.Module = function(){ this.count = 0; };
Module.prototype.onData = function(data, connection){ connection.send(data + ' ' + ++this.count + ' ' + save); };
`

// TestReloadSoak saves a module a hundred times, in several ways, and every tenth time broken, while
// two hundred clients send numbers and wait for the answers. No message may be lost, repeated or
// reordered, no connection closed, and each answer must name a save that was in service between the
// question and the answer.
func TestReloadSoak(t *testing.T) {
	t.Parallel()
	const clients, saves = 200, 100
	module := func(save int) string { return strings.ReplaceAll(soakModule, "SAVE", strconv.Itoa(save)) }
	p := commandtest.Start(t, map[string]string{"soak.js": module(0)}, "--log=warn")
	file := filepath.Join(p.Dir, "soak.js")

	var written atomic.Int64 // the last save that has begun
	var serving atomic.Int64 // the last save that an answer has named
	done := make(chan struct{})
	var all sync.WaitGroup
	var messages, connected atomic.Int64
	failures := make(chan error, clients)
	for i := range clients {
		all.Go(func() {
			c, err := p.Connect("/soak")
			if err != nil {
				failures <- err
				return
			}
			defer c.Conn.Close()
			for n := 1; ; n++ {
				select {
				case <-done:
					return
				default:
				}
				least := serving.Load()
				if _, err := c.Conn.Write(websockettest.AppendFrame(nil, 0x81, strconv.Itoa(n))); err != nil {
					failures <- fmt.Errorf("client %d: %w", i, err)
					return
				}
				opcode, payload, err := c.ReadAnswering()
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
				if messages.Add(1); n == 1 {
					connected.Add(1)
				}
			}
		})
	}
	p.Wait("all clients", func() bool { return connected.Load() == clients || len(failures) > 0 }) // the log counts them
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
			// Its error is logged once.
			p.Wait("the error of a broken save", func() bool { return strings.Count(p.Text(), "serves 200 connections on") >= save/10+1 })
			continue
		}
		p.Wait("save "+strconv.Itoa(save), func() bool { return serving.Load() == int64(save) || len(failures) > 0 })
	}
	close(done)
	all.Wait()
	close(failures)
	for err := range failures {
		t.Error(err)
	}
	t.Logf("%d messages over %d saves", messages.Load(), saves)
	if strings.Contains(p.Text(), "disconnected") && strings.Contains(p.Text(), "cause=\"protocol") {
		t.Error(p.Text())
	}
}

// broken is prepended to a module to break it.
var broken = []string{"}", "throw new Error('at load');", "Promise.reject(new Error('at load'));", "require('./nosuch');", "var a = ;"}

// saveAs saves a file as an editor does: each way is that of another editor.
func saveAs(way int, file, text string) error {
	switch way {
	case 0: // in place
		return os.WriteFile(file, []byte(text), 0o644)
	case 1: // by rename
		if err := os.WriteFile(file+".tmp", []byte(text), 0o644); err != nil {
			return err
		}
		return os.Rename(file+".tmp", file)
	case 2: // as vim: rename the old file, write a new one, delete the old one
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

// TestHangup checks that SIGHUP reloads, and that nothing else does with --watch=false.
func TestHangup(t *testing.T) {
	t.Parallel()
	p := commandtest.Start(t, map[string]string{"test.js": strings.ReplaceAll(soakModule, "SAVE", "1")}, "--watch=false")
	c := p.Dial("/test")
	ask := func() string { c.SendText("x"); return c.Next() }
	if got := ask(); got != "x 1 1" {
		t.Error(got)
	}
	commandtest.WriteFile(t, filepath.Join(p.Dir, "test.js"), strings.ReplaceAll(soakModule, "SAVE", "2"))
	wait := time.NewTimer(300 * time.Millisecond)
	<-wait.C
	if got := ask(); got != "x 2 1" {
		t.Errorf("%s: reloaded without --watch", got)
	}
	p.Signal(syscall.SIGHUP)
	p.Wait("the reload", func() bool { return strings.Contains(p.Text(), "version 2 serves 1 connection") })
	if got := ask(); got != "x 3 2" {
		t.Error(got)
	}
}

// TestStopDuringReload checks that a stop does not wait for a module that is slow to load.
func TestStopDuringReload(t *testing.T) {
	t.Parallel()
	p := commandtest.Start(t, map[string]string{"test.js": farewell}, "--watch=false")
	c := p.Dial("/test")
	closed := make(chan struct{})
	go func() { // ends with the stop
		defer close(closed)
		awaitClose(t, c)
	}()
	commandtest.WriteFile(t, filepath.Join(p.Dir, "test.js"), farewell+"\nconsole.log('it loads'); for(;;);")
	p.Signal(syscall.SIGHUP)
	p.Wait("the load", func() bool { return strings.Contains(p.Text(), "it loads") })
	if code := p.Stop(os.Interrupt); code != 0 {
		t.Errorf("exit %d", code)
	}
	stopping, ended := strings.Index(p.Text(), "stopping"), strings.Index(p.Text(), "ran longer than the limit")
	if stopping < 0 || ended < 0 || stopping > ended {
		t.Errorf("the stop waited:\n%s", p.Text())
	}
	<-closed
}
