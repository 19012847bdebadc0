package transport

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// The header that a proxy puts before the client's first byte, to say who that is: the PROXY protocol of HAProxy
// (doc/proxy-protocol.txt), in its versions 1, a line of text, and 2, binary.

// proxyHeader is what one says. Without a client, the connection is the proxy's own (a check of its health, say).
type proxyHeader struct {
	client netip.AddrPort // not valid: none
	secure bool           // the client has TLS up to the proxy; version 2 alone tells
}

// proxyError is the error of a connection that should have begun with a PROXY header and did not.
type proxyError struct {
	what string
}

func (e *proxyError) Error() string { return "PROXY header: " + e.what }

const (
	// maxProxyLine is the most bytes of a header of version 1, the line break included (§2.1).
	maxProxyLine = 107
	// maxProxyHeader is the most bytes of one of version 2 that is read: with all that a proxy tells, the certificate's names
	// too, it has a few hundred. It fits into the buffer that is looked into.
	maxProxyHeader = 2 << 10

	proxySignature = "\r\n\r\n\x00\r\nQUIT\n"
	proxyHead      = len(proxySignature) + 4
)

// parseProxyHeader reads the header at the front of p, which may not have come whole: then n is 0, without an error. Otherwise n is its length.
// It fails at the first byte that cannot be right.
func parseProxyHeader(p []byte) (h proxyHeader, n int, err error) {
	if len(p) == 0 {
		return h, 0, nil
	}
	if p[0] == proxySignature[0] {
		return parseProxyV2(p)
	}
	return parseProxyV1(p)
}

// parseProxyV1 reads "PROXY TCP4 192.0.2.1 192.0.2.2 4711 80\r\n" (§2.1).
func parseProxyV1(p []byte) (h proxyHeader, n int, err error) {
	const begin = "PROXY "
	if k := min(len(p), len(begin)); string(p[:k]) != begin[:k] {
		return h, 0, &proxyError{"there is none"}
	}
	end := bytes.IndexByte(p[:min(len(p), maxProxyLine)], '\n')
	switch {
	case end < 0 && len(p) >= maxProxyLine:
		return h, 0, &proxyError{"the line is longer than " + strconv.Itoa(maxProxyLine) + " bytes"}
	case end < 0:
		return h, 0, nil
	case p[end-1] != '\r':
		return h, 0, &proxyError{"the line does not end with CR LF"}
	}
	fields := strings.Split(string(p[len(begin):end-1]), " ")
	if fields[0] == "UNKNOWN" { // whatever follows is to be ignored
		return h, end + 1, nil
	}
	if len(fields) != 5 || fields[0] != "TCP4" && fields[0] != "TCP6" {
		return h, 0, &proxyError{"it is not of the form PROXY TCP4|TCP6|UNKNOWN source destination port port"}
	}
	source, ok1 := proxyAddress(fields[1], fields[3], fields[0] == "TCP4")
	_, ok2 := proxyAddress(fields[2], fields[4], fields[0] == "TCP4")
	if !ok1 || !ok2 {
		return h, 0, &proxyError{"an address or a port in it is malformed"}
	}
	return proxyHeader{client: source}, end + 1, nil
}

func proxyAddress(address, port string, v4 bool) (netip.AddrPort, bool) {
	a, err := netip.ParseAddr(address)
	n, portErr := strconv.ParseUint(port, 10, 16)
	ok := err == nil && portErr == nil && a.Is4() == v4 && a.Zone() == "" && strconv.FormatUint(n, 10) == port
	return netip.AddrPortFrom(a.Unmap(), uint16(n)), ok
}

// The second byte of a header of version 2 after its version, and the third (§2.2).
const (
	proxyLocal = 0x20
	proxyProxy = 0x21

	proxyTCP4 = 0x11
	proxyTCP6 = 0x21
)

// parseProxyV2 reads a signature, four bytes, and as many as these say: addresses, then TLVs (§2.2).
func parseProxyV2(p []byte) (h proxyHeader, n int, err error) {
	if k := min(len(p), len(proxySignature)); string(p[:k]) != proxySignature[:k] {
		return h, 0, &proxyError{"there is none"}
	}
	if len(p) < proxyHead {
		return h, 0, nil
	}
	command, family := p[12], p[13]
	n = proxyHead + int(binary.BigEndian.Uint16(p[14:]))
	switch {
	case command != proxyLocal && command != proxyProxy:
		return h, 0, &proxyError{"neither version 1 nor 2, or a command that is neither LOCAL nor PROXY"}
	case n > maxProxyHeader:
		return h, 0, &proxyError{"it is longer than " + strconv.Itoa(maxProxyHeader) + " bytes"}
	case len(p) < n:
		return h, 0, nil
	case command == proxyLocal: // whatever follows is to be ignored
		return h, n, nil
	}
	body := p[proxyHead:n]
	size := 0
	switch family {
	case proxyTCP4:
		size = 4
	case proxyTCP6:
		size = 16
	default: // UDP, Unix sockets and what is not known have no address that is of use; §2.2 has them accepted
		return h, n, nil
	}
	tlvs := 2*size + 4
	if len(body) < tlvs {
		return h, 0, &proxyError{"it is too short for its addresses"}
	}
	address, _ := netip.AddrFromSlice(body[:size])
	h.client = netip.AddrPortFrom(address.Unmap(), binary.BigEndian.Uint16(body[2*size:]))
	h.secure, err = proxySecure(body[tlvs:])
	return h, n, err
}

// proxySecure says whether the TLVs have one of TLS, with the bit that says that the client came over it (§2.2.6).
func proxySecure(tlvs []byte) (secure bool, err error) {
	const (
		typeSSL   = 0x20
		clientSSL = 0x01
	)
	for len(tlvs) > 0 {
		if len(tlvs) < 3 || len(tlvs) < 3+int(binary.BigEndian.Uint16(tlvs[1:])) {
			return false, &proxyError{"a TLV in it is cut off"}
		}
		n := 3 + int(binary.BigEndian.Uint16(tlvs[1:]))
		if tlvs[0] == typeSSL && n > 3 && tlvs[3]&clientSSL != 0 {
			secure = true
		}
		tlvs = tlvs[n:]
	}
	return secure, nil
}

// readProxyHeader takes the header off the front of the connection.
func (a *arrival) readProxyHeader() error {
	for want := 1; ; {
		p, err := a.peek(want)
		if err != nil {
			if errors.Is(err, net.ErrClosed) || len(a.seen.b) == 0 {
				return err // nothing came: no fault of the proxy's
			}
			return &proxyError{"it did not come whole: " + err.Error()}
		}
		h, n, err := parseProxyHeader(p)
		switch {
		case err != nil:
			return err
		case n == 0:
			want = len(p) + 1
			continue
		}
		a.read += n
		a.secure = h.secure
		if h.client.IsValid() {
			a.remote = net.TCPAddrFromAddrPort(h.client)
		}
		return nil
	}
}
