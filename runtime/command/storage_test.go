package command

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/transport/websocket"
	"node.websocket/transport/websocket/websockettest"
)

// counting increments a number for each message, and answers with the sum once it is kept.
const counting = `
	var storage = require('storage');
	export class Module {
		static options = {workers: 2};
		async onData(d, c){
			if (d == 'total') return c.send(String(await storage.get('total') || 0));
			storage.set('last/' + c.id, d);
			c.send(String(await storage.increment('total')));
		}
	}`

// TestStorageSurvives kills the program while ten clients count. What was confirmed must be there when it
// runs again, and no more than what was asked for.
func TestStorageSurvives(t *testing.T) {
	t.Run("disk", func(t *testing.T) { survives(t, "--data", t.TempDir()) })
	t.Run("redis", func(t *testing.T) { survives(t, "--redis", "redis://"+miniredis.RunT(t).Addr()) })
}

func survives(t *testing.T, options ...string) {
	const clients = 10
	kept := 0
	for round := range 3 {
		p := commandtest.Start(t, map[string]string{"test.js": counting}, options...)
		c := p.Dial("/test")
		c.SendText("total")
		total, err := strconv.Atoi(c.Next())
		if err != nil || total < kept || total > kept+clients {
			t.Fatalf("round %d: the total is %d (%v), confirmed were %d", round, total, err, kept)
		}
		kept = total
		if round == 2 {
			if code := p.Stop(os.Interrupt); code != 0 || strings.Contains(p.Text(), "--data DIR") {
				t.Errorf("exit code %d\n%s", code, p.Text())
			}
			break
		}
		sums := make(chan int, 10_000)
		var all sync.WaitGroup
		for range clients {
			client := p.Dial("/test")
			all.Go(func() { count(client, sums) })
		}
		last := 0
		for n := 0; n < 100; n++ {
			last = max(last, <-sums)
		}
		p.Stop(os.Kill)
		all.Wait()
		for close(sums); ; {
			sum, ok := <-sums
			if !ok {
				break
			}
			last = max(last, sum)
		}
		kept = max(kept, last)
	}
}

// count sends one message after the other, and sends the answers on sums, until the connection breaks.
func count(c *websockettest.Client, sums chan<- int) {
	for i := range 1000 {
		if err := c.Write(websocket.Text, fmt.Sprint(i)); err != nil {
			return
		}
		_, text, err := c.ReadAnswering()
		if err != nil {
			return
		}
		sum, err := strconv.Atoi(text)
		if err != nil {
			return
		}
		sums <- sum
	}
}

// TestStorageIsLocked starts a second program with the folder of the first, which must refuse to.
func TestStorageIsLocked(t *testing.T) {
	dir := t.TempDir()
	commandtest.Start(t, map[string]string{"test.js": counting}, "--data", dir)
	out, code := commandtest.Run(t, ".", "--port", "0", "--modules", t.TempDir(), "--public", "", "--data", dir)
	if code != 1 || !strings.Contains(out, "another process has it open") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

// TestStorageInMemory uses the storage without --data, and is warned once.
func TestStorageInMemory(t *testing.T) {
	p := commandtest.Start(t, map[string]string{"test.js": counting, "b.js": counting})
	for i, path := range []string{"/test", "/b", "/test"} {
		c := p.Dial(path)
		if c.SendText("x"); c.Next() != fmt.Sprint(i+1) {
			t.Error("the resources do not count together")
		}
	}
	p.Wait("the warning", func() bool { return strings.Contains(p.Text(), "--data DIR") })
	if n := strings.Count(p.Text(), "--data DIR"); n != 1 {
		t.Errorf("%d warnings\n%s", n, p.Text())
	}
}

// TestStorageOfTwo counts in two programs that have one Redis, and in a third that has a prefix.
func TestStorageOfTwo(t *testing.T) {
	server := miniredis.RunT(t)
	url := "redis://" + server.Addr()
	files := map[string]string{"test.js": counting}
	a, b := commandtest.Start(t, files, "--redis", url), commandtest.Start(t, files, "--redis", url)
	other := commandtest.Start(t, files, "--redis", url, "--redis-prefix", "staging:")
	disk := commandtest.Start(t, files, "--redis", url, "--data", t.TempDir())
	for i, p := range []*commandtest.Process{a, b, a, other, disk} {
		c := p.Dial("/test")
		if c.SendText("x"); c.Next() != []string{"1", "2", "3", "1", "1"}[i] {
			t.Errorf("count %d is another", i)
		}
	}
	for _, key := range []string{"{node.websocket:storage}:values", "staging:{node.websocket:storage}:values"} {
		if !server.Exists(key) {
			t.Errorf("there is no key %s, but %q", key, server.Keys())
		}
	}
}
