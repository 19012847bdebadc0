package commandtest

import (
	"errors"
	"fmt"
	"strconv"

	"node.websocket/transport/websocket"
	"node.websocket/transport/websocket/websockettest"
)

// Pump opens a WebSocket for /echo, sends so many numbered messages without waiting for answers, and checks that
// each comes back, in order. Then it closes. client is a number of the client's own, which is part of each
// message.
func Pump(address string, client, messages int) error {
	c, err := Connect(address, "/echo")
	if err != nil {
		return err
	}
	defer c.Conn.Close()
	begin := strconv.Itoa(client) + ":"
	go func() { // ends when all is sent, or the connection is closed
		var b []byte
		for n := range messages {
			b = websockettest.AppendFrame(b, 0x81, begin+strconv.Itoa(n))
			if len(b) > 4<<10 || n == messages-1 {
				if _, err := c.Conn.Write(b); err != nil {
					return
				}
				b = b[:0]
			}
		}
	}()
	for n := range messages {
		op, payload, err := c.ReadAnswering()
		if err != nil {
			return fmt.Errorf("client %d after %d messages: %w", client, n, err)
		}
		if op != websocket.Text || payload != begin+strconv.Itoa(n) {
			return fmt.Errorf("client %d: message %d is %q", client, n, payload)
		}
	}
	if err := c.Write(websocket.Close, websockettest.ClosePayload(1000, "")); err != nil {
		return err
	}
	if op, _, err := c.ReadAnswering(); err != nil || op != websocket.Close {
		return errors.Join(fmt.Errorf("client %d: no close", client), err)
	}
	return nil
}
