package command

import (
	"strconv"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// TestReplTyped types at a terminal.
func TestReplTyped(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", dir)
	p := commandtest.Start(t, map[string]string{"chat.js": countingMessages}, "--allow-repl")
	awaitRepl(p, dir)
	r := startTyping(t, "repl", "chat", "--port", strconv.Itoa(p.Port))
	r.types("", "connected to the module chat; ", 1)
	r.types("'a' +\r", "..... ", 1)
	r.types("'b'\r", "'ab'\r\n", 1)
	r.types("nosuch\r", "ReferenceError: nosuch is not defined\r\n", 1)
	r.types("'\\x1b[31m'\r", `'\x1B[31m'`, 1)
	r.types("new Promise(() => { })\r", "", 0)
	r.types("\x03", "", 0) // ^C, although no answer comes
	r.ended("<nil>")
}
