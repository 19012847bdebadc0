package command

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"node.websocket/runtime/command/option"
)

// A thousand clients at once send a thousand messages each: all come back, in order, and the memory and the goroutines
// that this took are given back. The server runs in this process, so that its heap can be looked at.
func TestThousandClients(t *testing.T) {
	const clients, messages = 1000, 1000
	port, stop := serveHere(t, map[string]string{"echo.js": "var Module = this.Module = function(){ };\nModule.prototype.onData = function(d, c){ c.send(d); };"})
	defer stop()
	if err := pump(port, 0, 1); err != nil {
		t.Fatal(err)
	}
	heapBefore, goroutinesBefore := usage()
	var all sync.WaitGroup
	failures := make(chan error, clients)
	for i := range clients {
		all.Go(func() {
			if err := pump(port, i, messages); err != nil {
				failures <- err
			}
		})
	}
	all.Wait()
	close(failures)
	for err := range failures {
		t.Error(err)
		break
	}
	const spare = 8 << 20 // pools, and what Go keeps of goroutines that ended
	deadline := time.Now().Add(20 * time.Second)
	for {
		heap, goroutines := usage()
		if heap < heapBefore+spare && goroutines <= goroutinesBefore+10 {
			t.Logf("heap and stacks: %d KiB before, %d KiB after; goroutines: %d, %d", heapBefore>>10, heap>>10, goroutinesBefore, goroutines)
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("heap and stacks: %d KiB before, %d KiB after; goroutines: %d, %d", heapBefore>>10, heap>>10, goroutinesBefore, goroutines)
		}
	}
}

// usage is what live objects and stacks take after a collection, and the number of goroutines.
func usage() (bytes uint64, goroutines int) {
	runtime.GC()
	runtime.GC() // the first one only empties the pools into their victims
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse, runtime.NumGoroutine()
}

// serveHere runs the server in this process until stop is called.
func serveHere(t testing.TB, modules map[string]string) (port int, stop func()) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range modules {
		writeFile(t, filepath.Join(dir, name), text)
	}
	set, err := option.Serve.Parse([]string{"--port", "0", "--modules", dir, "--public", "", "--log", "error"})
	if err != nil {
		t.Fatal(err)
	}
	out, in := io.Pipe()
	signals := make(chan os.Signal, 1)
	ended := make(chan error, 1)
	go func() { // ends at stop
		err := run(set, in, signals, nil)
		_ = in.Close()
		ended <- err
	}()
	lines := bufio.NewScanner(out)
	for port == 0 && lines.Scan() {
		if m := atPort.FindStringSubmatch(lines.Text()); m != nil {
			port, _ = strconv.Atoi(m[1])
		}
	}
	if port == 0 {
		t.Fatal("no banner: ", <-ended)
	}
	go func() { // ends with the server
		for lines.Scan() {
			t.Log(lines.Text())
		}
	}()
	return port, func() {
		signals <- os.Interrupt
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// pump sends numbered messages in batches and checks what comes back.
func pump(port, client, messages int) error {
	c, err := connect(port, "/echo", "")
	if err != nil {
		return err
	}
	defer c.conn.Close()
	go func() { // ends when all is sent, or the connection is closed
		var b []byte
		for n := range messages {
			b = appendMasked(b, 1, fmt.Sprintf("%d:%d", client, n))
			if len(b) > 4<<10 || n == messages-1 {
				if _, err := c.conn.Write(b); err != nil {
					return
				}
				b = b[:0]
			}
		}
	}()
	for n := range messages {
		opcode, payload, err := c.read()
		if err != nil {
			return fmt.Errorf("client %d after %d messages: %w", client, n, err)
		}
		if want := fmt.Sprintf("%d:%d", client, n); opcode != 1 || string(payload) != want {
			return fmt.Errorf("client %d: message %d is %q", client, n, payload)
		}
	}
	if _, err := c.conn.Write(appendMasked(nil, 8, "\x03\xe8")); err != nil {
		return err
	}
	if opcode, _, err := c.read(); err != nil || opcode != 8 {
		return errors.Join(fmt.Errorf("client %d: no close", client), err)
	}
	return nil
}
