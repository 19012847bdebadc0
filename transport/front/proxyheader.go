package front

import (
	"errors"
	"net"

	"node.websocket/transport/proxy"
)

// readProxyHeader consumes the PROXY header that the connection begins with.
func (a *arrival) readProxyHeader() error {
	for want := 1; ; {
		p, err := a.peek(want)
		if err != nil {
			if errors.Is(err, net.ErrClosed) || len(a.seen.B) == 0 {
				return err // nothing came, which is not the proxy's fault
			}
			return &proxy.HeaderError{What: "it did not come whole: " + err.Error()}
		}
		h, n, err := proxy.ParseHeader(p)
		switch {
		case err != nil:
			return err
		case n == 0:
			want = len(p) + 1
			continue
		}
		a.read += n
		a.secure = h.Secure
		if h.Client.IsValid() {
			a.remote = net.TCPAddrFromAddrPort(h.Client)
		}
		return nil
	}
}
