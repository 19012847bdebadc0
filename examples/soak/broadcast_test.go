package soak

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/transport/websocket/websockettest"
)

// A broadcast is a hundred messages of a megabyte.
const (
	broadcasts    = 100
	broadcastSize = 1_000_000
	// ahead is the number of messages that may be on their way to those that read.
	ahead = 4
)

// broadcastModule publishes a message to all, made of a number that it is sent. It tells anyone else how many there
// are.
var broadcastModule = `var Module = this.Module = function(){ };
	var padding = 'x'.repeat(` + fmt.Sprint(broadcastSize-numberWidth) + `);
	Module.prototype.onConnect = function(connection){ connection.subscribe('all'); };
	Module.prototype.onData = function(data, connection){
		if (data === 'count') connection.send(String(connection.server.subscriberCount('all')));
		else connection.publish('all', data + padding);
	};`

var broadcastPadding = bytes.Repeat([]byte{'x'}, broadcastSize-numberWidth)

// numberWidth is the length of the number at the begin of a message.
const numberWidth = 4

// TestBroadcast has a module broadcast 100 MB to a hundred clients, of which ten never read. What waits for these is
// bounded by their queues, the program's memory by ten times the limit of one, and the others get everything.
func TestBroadcast(t *testing.T) {
	const readers, others, limit = 90, 10, 8 << 20
	p := commandtest.Start(t, map[string]string{"all.js": broadcastModule}, "--max-queue", fmt.Sprint(limit), "--on-slow", "drop",
		"--ping-interval", "3600") // those that never read do not answer pings either
	publisher := p.Dial("/all")
	for range others {
		c := p.Dial("/all")
		if err := c.Conn.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
			t.Fatal(err)
		}
		defer c.Conn.Close()
	}
	var arrived [broadcasts]sync.WaitGroup // of those that read
	var reading sync.WaitGroup
	for n := range arrived {
		arrived[n].Add(readers)
	}
	var clients []*websockettest.Client
	for range readers {
		clients = append(clients, p.Dial("/all"))
	}
	p.Wait("all to subscribe", func() bool {
		publisher.SendText("count")
		return publisher.Next() == strconv.Itoa(1+others+readers)
	})
	m := watch(t, "broadcast", p)
	began := time.Now()
	for i, c := range clients {
		reading.Go(func() { // ends with the last message, or the first that is wrong
			n, err := 0, error(nil)
			for p := make([]byte, 10+broadcastSize); n < broadcasts && err == nil; n++ {
				err = readBroadcast(c, p, n)
				arrived[n].Done()
			}
			if err == nil {
				return
			}
			t.Errorf("client %d, message %d: %v", i, n-1, err)
			for ; n < broadcasts; n++ {
				arrived[n].Done()
			}
		})
	}
	for n := range broadcasts {
		if n >= ahead {
			arrived[n-ahead].Wait()
		}
		publisher.SendText(fmt.Sprintf("%0*d", numberWidth, n))
	}
	reading.Wait()
	const MB = 1 << 10 // of the monitor's KiB
	t.Logf("%d clients got %d messages of %d bytes in %.1f s, beside %d that never read: %v before, at most %d MiB", readers, broadcasts, broadcastSize,
		time.Since(began).Seconds(), others, m.before, m.peak.Load()/MB)
	if held := m.peak.Load() - m.before.resident; held > others*limit>>10 {
		t.Errorf("the program held %d MiB more than before, over ten times the limit of a queue, %d MiB", held/MB, limit>>20)
	}
	if n := strings.Count(p.Text(), "was dropped"); n != others {
		t.Errorf("%d lines of the log tell of a client from which messages were dropped, want %d", n, others)
	}
}

// readBroadcast reads message n, with a buffer for its frame.
func readBroadcast(c *websockettest.Client, p []byte, n int) error {
	_ = c.Conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.ReadFull(c.In, p); err != nil {
		return err
	}
	head, number, padding := p[:10], p[10:][:numberWidth], p[10+numberWidth:]
	if head[0] != 0x81 || head[1] != 127 || binary.BigEndian.Uint64(head[2:]) != broadcastSize {
		return fmt.Errorf("the head of its frame is %x", head)
	}
	if want := fmt.Sprintf("%0*d", numberWidth, n); string(number) != want {
		return fmt.Errorf("it is %q", number)
	}
	if !bytes.Equal(padding, broadcastPadding) {
		return errors.New("its text is another")
	}
	return nil
}
