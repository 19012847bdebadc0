package commandtest

import (
	"crypto/tls"
	"net"
	"time"

	"node.websocket/transport/websocket/websockettest"
)

// Dial opens a WebSocket for a path, with further lines of the handshake's head, each of which ends in "\r\n".
func (p *Process) Dial(path string, lines ...string) *websockettest.Client {
	p.t.Helper()
	return websockettest.Dial(p.t, p.Address()).Open(path, lines...)
}

// Connect is Dial for a goroutine that may not fail the test. The caller closes the connection.
func (p *Process) Connect(path string, lines ...string) (*websockettest.Client, error) {
	return Connect(p.Address(), path, lines...)
}

// Connect opens a WebSocket to an address. The caller closes the connection.
func Connect(address, path string, lines ...string) (*websockettest.Client, error) {
	c, err := websockettest.TryDial(address)
	if err != nil {
		return nil, err
	}
	if err := c.TryOpen(path, lines...); err != nil {
		_ = c.Conn.Close()
		return nil, err
	}
	return c, nil
}

// DialTLS connects with TLS. A configuration without authorities takes any certificate; nil is an empty one.
func (p *Process) DialTLS(config *tls.Config) (*tls.Conn, error) {
	if config == nil {
		config = &tls.Config{}
	}
	config.InsecureSkipVerify = config.RootCAs == nil
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: limit}, "tcp", p.Address(), config)
	if err != nil {
		return nil, err
	}
	p.t.Cleanup(func() { _ = conn.Close() })
	return conn, conn.SetDeadline(time.Now().Add(limit))
}
