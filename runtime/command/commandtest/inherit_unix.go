//go:build unix

package commandtest

import (
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// StartInheriting is Start with sockets that the test listens on. The program is to serve them, as it does
// those of systemd. env is added to its environment: LISTEN_FDNAMES=… names the sockets.
func StartInheriting(t testing.TB, sockets []*os.File, env []string, modules map[string]string, args ...string) *Process {
	t.Helper()
	return start(t, modules, inheriting(sockets, env), args...)
}

// RunInheriting is Run with sockets that the test listens on, as in StartInheriting.
func RunInheriting(t testing.TB, dir string, sockets []*os.File, env []string, args ...string) (string, int) {
	t.Helper()
	return run(t, dir, inheriting(sockets, env), args...)
}

// inheriting returns what changes a command so that its program gets these sockets.
func inheriting(sockets []*os.File, env []string) func(*exec.Cmd) {
	return func(cmd *exec.Cmd) {
		// Only the shell knows the id that the program will have.
		cmd.Args = append([]string{"sh", "-c", `LISTEN_PID=$$ exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)
		cmd.Path = "/bin/sh"
		cmd.Env = append(append(cmd.Env, "LISTEN_FDS="+strconv.Itoa(len(sockets))), env...)
		cmd.ExtraFiles = sockets
	}
}
