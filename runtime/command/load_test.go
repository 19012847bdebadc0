package command

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/runtime/command/option"
)

// TestThousandClients has a thousand clients send a thousand messages each at once. All of them must
// come back, in order, and the memory and the goroutines must be released. The server runs in this
// process so that its heap can be measured; the test is not parallel for the same reason.
func TestThousandClients(t *testing.T) {
	const clients, messages = 1000, 1000
	address, stop := serveHere(t, map[string]string{"echo.js": "var Module = this.Module = function(){ };\nModule.prototype.onData = function(d, c){ c.send(d); };"})
	defer stop()
	if err := commandtest.Pump(address, 0, 1); err != nil {
		t.Fatal(err)
	}
	heapBefore, goroutinesBefore := usage()
	var all sync.WaitGroup
	failures := make(chan error, clients)
	for i := range clients {
		all.Go(func() {
			if err := commandtest.Pump(address, i, messages); err != nil {
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

// usage returns the bytes of live objects and stacks after a collection, and the number of
// goroutines.
func usage() (bytes uint64, goroutines int) {
	runtime.GC()
	runtime.GC() // the first one leaves what was in a sync.Pool
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse, runtime.NumGoroutine()
}

// serveHere runs the server in this process until stop is called, and returns its address.
func serveHere(t testing.TB, modules map[string]string) (address string, stop func()) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range modules {
		commandtest.WriteFile(t, filepath.Join(dir, name), text)
	}
	set, err := option.Serve.Parse([]string{"--port", "0", "--modules", dir, "--public", "", "--host", "127.0.0.1", "--log", "error"})
	if err != nil {
		t.Fatal(err)
	}
	out, in := io.Pipe()
	signals := make(chan os.Signal, 1)
	ended := make(chan error, 1)
	go func() { // ends at stop
		log, out := newLog(set, in)
		err := run(set, log, out, signals, nil)
		out.close()
		_ = in.Close()
		ended <- err
	}()
	lines := bufio.NewScanner(out)
	for address == "" && lines.Scan() {
		if _, at, ok := strings.Cut(lines.Text(), "ws://"); ok {
			address = strings.TrimSuffix(at, "/")
		}
	}
	if address == "" {
		t.Fatal("no banner: ", <-ended)
	}
	logged := make(chan struct{})
	go func() { // ends with the server
		defer close(logged)
		for lines.Scan() {
			t.Log(lines.Text())
		}
	}()
	return address, func() {
		signals <- os.Interrupt
		if err := <-ended; err != nil {
			t.Error(err)
		}
		<-logged
	}
}
