package clients

import (
	"fmt"
	"os"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "node.websocket-clients-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = commandtest.Build("../..", dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "clients:", err)
		return 1
	}
	return m.Run()
}
