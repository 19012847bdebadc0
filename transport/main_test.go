package transport

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// netHTTP has the servers of the tests leave every handshake to net/http. CI runs the tests with it and
// without.
var netHTTP = flag.Bool("nethttp", false, "leave every handshake to net/http")

// goroutines has all tests, not only those that run in each way, read each connection with a goroutine of its
// own.
var goroutines = flag.Bool("goroutines", false, "test without event loops")

// TestMain fails the run if goroutines of the package, or of net/http on its behalf, outlive the tests.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	deadline := time.Now().Add(30 * time.Second)
	for {
		left := leaked()
		if len(left) == 0 {
			break
		}
		if time.Now().After(deadline) {
			fmt.Fprintf(os.Stderr, "%d goroutines are left:\n\n%s\n", len(left), strings.Join(left, "\n\n"))
			code = 1
			break
		}
		<-time.After(time.Millisecond)
	}
	os.Exit(code)
}

func leaked() (left []string) {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for _, stack := range strings.Split(string(stacks), "\n\n")[1:] {
		if strings.Contains(stack, "node.websocket/transport") || strings.Contains(stack, "net/http.") {
			left = append(left, stack)
		}
	}
	return left
}
