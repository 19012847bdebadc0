package proxy

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
)

// A Header is a PROXY header: what a proxy sends before the client's first byte, to tell whose
// connection it is. It is HAProxy's protocol (doc/proxy-protocol.txt, whose sections are meant here),
// in its versions 1, a line of text, and 2, binary.
type Header struct {
	Client netip.AddrPort // not valid: the proxy tells none, as when it checks the server's health
	Secure bool           // the client uses TLS up to the proxy; only version 2 can tell
}

// A HeaderError is the error of a connection that should have begun with a PROXY header and did not.
type HeaderError struct {
	What string // what is wrong
}

// Error implements error.
func (e *HeaderError) Error() string { return "PROXY header: " + e.What }

const (
	// maxLine is the most bytes of a version 1 header, including the line break (§2.1).
	maxLine = 107
	// maxHeader is the most bytes of a version 2 header that is read. With all that a proxy can tell,
	// names from the client's certificate included, it has a few hundred. It fits into the buffer that
	// the front peeks into.
	maxHeader = 2 << 10

	signature = "\r\n\r\n\x00\r\nQUIT\n"
	headLen   = len(signature) + 4
)

// ParseHeader parses the header at the front of p and returns its length. If p is only the beginning of
// a header, n is 0 and err is nil. It fails, with a *HeaderError, at the first byte that cannot be
// right.
func ParseHeader(p []byte) (h Header, n int, err error) {
	if len(p) == 0 {
		return h, 0, nil
	}
	if p[0] == signature[0] {
		return parseV2(p)
	}
	return parseV1(p)
}

// parseV1 parses "PROXY TCP4 192.0.2.1 192.0.2.2 4711 80\r\n" (§2.1).
func parseV1(p []byte) (h Header, n int, err error) {
	const begin = "PROXY "
	if k := min(len(p), len(begin)); string(p[:k]) != begin[:k] {
		return h, 0, &HeaderError{"there is none"}
	}
	end := bytes.IndexByte(p[:min(len(p), maxLine)], '\n')
	switch {
	case end < 0 && len(p) >= maxLine:
		return h, 0, &HeaderError{"the line is longer than " + strconv.Itoa(maxLine) + " bytes"}
	case end < 0:
		return h, 0, nil
	case p[end-1] != '\r':
		return h, 0, &HeaderError{"the line does not end with CR LF"}
	}
	fields := strings.Split(string(p[len(begin):end-1]), " ")
	if fields[0] == "UNKNOWN" { // whatever follows is to be ignored
		return h, end + 1, nil
	}
	if len(fields) != 5 || fields[0] != "TCP4" && fields[0] != "TCP6" {
		return h, 0, &HeaderError{"it is not of the form PROXY TCP4|TCP6|UNKNOWN source destination port port"}
	}
	source, ok1 := parseAddress(fields[1], fields[3], fields[0] == "TCP4")
	_, ok2 := parseAddress(fields[2], fields[4], fields[0] == "TCP4")
	if !ok1 || !ok2 {
		return h, 0, &HeaderError{"an address or a port in it is malformed"}
	}
	return Header{Client: source}, end + 1, nil
}

func parseAddress(address, port string, v4 bool) (netip.AddrPort, bool) {
	a, err := netip.ParseAddr(address)
	n, portErr := strconv.ParseUint(port, 10, 16)
	ok := err == nil && portErr == nil && a.Is4() == v4 && a.Zone() == "" && strconv.FormatUint(n, 10) == port
	return netip.AddrPortFrom(a.Unmap(), uint16(n)), ok
}

// The command and the address family of a version 2 header: the two bytes after its signature (§2.2).
const (
	commandLocal = 0x20
	commandProxy = 0x21

	familyTCP4 = 0x11
	familyTCP6 = 0x21
)

// parseV2 parses a signature, four bytes, and as many bytes as these announce: addresses, then TLVs
// (§2.2).
func parseV2(p []byte) (h Header, n int, err error) {
	if k := min(len(p), len(signature)); string(p[:k]) != signature[:k] {
		return h, 0, &HeaderError{"there is none"}
	}
	if len(p) < headLen {
		return h, 0, nil
	}
	command, family := p[12], p[13]
	n = headLen + int(binary.BigEndian.Uint16(p[14:]))
	switch {
	case command != commandLocal && command != commandProxy:
		return h, 0, &HeaderError{"neither version 1 nor 2, or a command that is neither LOCAL nor PROXY"}
	case n > maxHeader:
		return h, 0, &HeaderError{"it is longer than " + strconv.Itoa(maxHeader) + " bytes"}
	case len(p) < n:
		return h, 0, nil
	case command == commandLocal: // whatever follows is to be ignored
		return h, n, nil
	}
	body := p[headLen:n]
	size := 0
	switch family {
	case familyTCP4:
		size = 4
	case familyTCP6:
		size = 16
	default: // UDP, Unix sockets and unknown families have no address to use; §2.2: they are accepted
		return h, n, nil
	}
	tlvs := 2*size + 4
	if len(body) < tlvs {
		return h, 0, &HeaderError{"it is too short for its addresses"}
	}
	address, _ := netip.AddrFromSlice(body[:size])
	h.Client = netip.AddrPortFrom(address.Unmap(), binary.BigEndian.Uint16(body[2*size:]))
	h.Secure, err = parseSecure(body[tlvs:])
	return h, n, err
}

// parseSecure reports whether one of the TLVs says that the client uses TLS (§2.2.6).
func parseSecure(tlvs []byte) (secure bool, err error) {
	const (
		typeSSL   = 0x20
		clientSSL = 0x01
	)
	for len(tlvs) > 0 {
		if len(tlvs) < 3 || len(tlvs) < 3+int(binary.BigEndian.Uint16(tlvs[1:])) {
			return false, &HeaderError{"a TLV in it is cut off"}
		}
		n := 3 + int(binary.BigEndian.Uint16(tlvs[1:]))
		if tlvs[0] == typeSSL && n > 3 && tlvs[3]&clientSSL != 0 {
			secure = true
		}
		tlvs = tlvs[n:]
	}
	return secure, nil
}
