package commandtest

import (
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
)

// Missing skips a test because of what this machine does not have; with CI=true it fails the test. Only tests of
// foreign programs, in examples, may call it.
func Missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal("CI must not skip this: ", why)
	}
	t.Skip(why)
}

// FreePort returns a TCP port of 127.0.0.1 that nobody listens on, another at each call. Systems give such ports to
// nobody who does not ask for them, as they give others to clients and to whoever asks for port 0, so that it stays
// free until the test uses it.
func FreePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := 20000 + int(portsTaken.Add(1)+firstPort)%12000 // Linux begins to give them at 32768, and others at 49152
		if l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port)); err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

// The ports of processes that run at once begin at different places.
var (
	firstPort  = rand.Uint32N(12000)
	portsTaken atomic.Uint32
)
