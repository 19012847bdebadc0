package clients

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// systemd returns the path of one of systemd's programs.
func systemd(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		commandtest.Missing(t, "there is no "+name+" on this machine")
	}
	return path
}

// TestUnits has systemd check the units of examples/deploy, and rate what the service may do.
func TestUnits(t *testing.T) {
	t.Parallel()
	analyze := systemd(t, "systemd-analyze")
	dir := t.TempDir()
	program := commandtest.Command(t.Context()).Path
	var units []string
	for _, name := range []string{"node.websocket.service", "node.websocket.socket"} {
		unit, err := os.ReadFile(filepath.Join("../deploy", name))
		if err != nil {
			t.Fatal(err)
		}
		// systemd wants to see the program.
		text := strings.ReplaceAll(string(unit), "/usr/local/bin/node.websocket", program)
		units = append(units, filepath.Join(dir, name))
		commandtest.WriteFile(t, units[len(units)-1], text)
	}
	if out, err := exec.Command(analyze, append([]string{"verify", "--man=no"}, units...)...).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	// 100 is a service that may do anything, and 20 is what systemd calls OK.
	if out, err := exec.Command(analyze, "security", "--offline=true", "--threshold=20", units[0]).CombinedOutput(); err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, out)
	}
}

// TestSocketActivation has systemd's own program open the port, and start the server for the first client.
func TestSocketActivation(t *testing.T) {
	t.Parallel()
	activate := systemd(t, "systemd-socket-activate")
	dir := t.TempDir()
	commandtest.WriteFile(t, filepath.Join(dir, "test.js"), `this.Module = function(){ this.onData = function(d, c){ c.send('got ' + d) } };`)
	at := "127.0.0.1:" + strconv.Itoa(commandtest.FreePort(t))
	ctx, cancel := context.WithTimeout(t.Context(), scriptLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, activate, "-l", at, commandtest.Command(ctx).Path, "--modules", dir, "--public", "")
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var conn net.Conn
	for conn == nil { // until it listens
		var err error
		if conn, err = net.Dial("tcp", at); err != nil && ctx.Err() != nil {
			t.Fatal(err)
		}
	}
	conn.Close() // starts the server
	c, err := commandtest.Connect(at, "/test")
	if err != nil {
		t.Fatal(err)
	}
	c.T = t
	c.SendText("x")
	if got := c.Next(); got != "got x" {
		t.Errorf("%q", got)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil { // the server has taken the process over
		t.Error(err)
	}
	if code, err := c.AwaitClose(); code != 1001 || err != nil {
		t.Errorf("closed with %d, %v", code, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, log.String())
	}
}
