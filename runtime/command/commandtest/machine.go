package commandtest

import (
	"net"
	"os"
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

// FreePort returns a TCP port of 127.0.0.1 that nobody listens on at this moment.
func FreePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
