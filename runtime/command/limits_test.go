package command

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"node.websocket/runtime/command/commandtest"
)

// TestHandshakeTimeout has a client that sends half a head.
func TestHandshakeTimeout(t *testing.T) {
	t.Parallel()
	p := commandtest.Start(t, map[string]string{"test.js": `exports.onData = function(){};`}, "--handshake-timeout", "0.2")
	c, err := net.Dial("tcp", p.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(9 * time.Second)) // less than the default
	if _, err := io.WriteString(c, "GET /test HTTP/1.1\r\nHost: localhost\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, c); err != nil {
		t.Error(err)
	}
}

// TestHighWaterMark has modules with marks of their own, and one with the server's.
func TestHighWaterMark(t *testing.T) {
	t.Parallel()
	const count = `exports.onData = function(d, c){
		while (c.send(new Uint8Array(5000)));
		console.log(d, c.bufferedAmount > +d && c.bufferedAmount < +d + 5100);
	};`
	p := commandtest.Start(t, map[string]string{
		"own.js":     `exports.Module = function(){}; exports.Module.options = {highWaterMark: 300000};` + strings.ReplaceAll(count, "exports.onData", "exports.Module.prototype.onData"),
		"servers.js": count,
	}, "--high-water-mark", "200000", "--max-queue", "1000000")
	for path, mark := range map[string]string{"/own": "300000", "/servers": "200000"} {
		p.Dial(path).SendText(mark) // and reads nothing
		p.Wait("the mark", func() bool { return strings.Contains(p.Text(), mark+" true") })
	}
}
