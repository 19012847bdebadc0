// The tests are in a package of their own, because the imports of a package's internal tests are
// initialised before it.
package extendedconnect_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"node.websocket/transport/extendedconnect"
)

const variable = "GODEBUG"

// settings requests the settings of an HTTP/2 server and reports whether
// SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441 §3) is on.
func settings(t *testing.T) bool {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	s := &http.Server{Protocols: protocols}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	defer func() {
		s.Shutdown(context.Background())
		<-done
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(c, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"); err != nil {
		t.Fatal(err)
	}
	head := make([]byte, 9) // length, type, flags, stream
	if _, err := io.ReadFull(c, head); err != nil || head[3] != 4 {
		t.Fatalf("% x, %v; want the head of SETTINGS", head, err)
	}
	payload := make([]byte, int(head[1])<<8|int(head[2]))
	if _, err := io.ReadFull(c, payload); err != nil {
		t.Fatal(err)
	}
	for ; len(payload) >= 6; payload = payload[6:] {
		if string(payload[:6]) == "\x00\x08\x00\x00\x00\x01" {
			return true
		}
	}
	return false
}

// TestInitialised checks that this package is initialised before net/http.
func TestInitialised(t *testing.T) {
	if asked := os.Getenv(variable); !strings.HasSuffix(asked, "http2xconnect=0") && !settings(t) {
		t.Error("net/http does not offer extended CONNECT: it was initialised before this package was")
	}
}

// TestEnvironment runs itself with other values of the variable, and checks what Restore leaves.
func TestEnvironment(t *testing.T) {
	if os.Getenv("EXTENDEDCONNECT_TEST") != "" {
		value := os.Getenv(variable)
		extendedconnect.Restore()
		restored := os.Getenv(variable)
		os.Stdout.WriteString("during=" + value + "; after=" + restored + "; offered=" + map[bool]string{true: "yes", false: "no"}[settings(t)] + "\n")
		return
	}
	for was, want := range map[string]string{
		"":                "during=http2xconnect=1; after=; offered=yes",
		"http2debug=0":    "during=http2debug=0,http2xconnect=1; after=http2debug=0; offered=yes",
		"http2xconnect=0": "during=http2xconnect=0; after=http2xconnect=0; offered=no",
	} {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestEnvironment$")
		cmd.Env = append(os.Environ(), "EXTENDEDCONNECT_TEST=1", variable+"="+was)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), want+"\n") {
			t.Errorf("%s=%s: %v\n%s want %s", variable, was, err, out, want)
		}
	}
}
