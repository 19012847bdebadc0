package websocket

import (
	"strconv"
	"strings"
)

// Deflate is the result of negotiating permessage-deflate (RFC 7692 §7). The zero value is no
// compression. Deflate values can be compared with ==.
type Deflate struct {
	flags deflateFlags
	// Base-2 logarithms of the window sizes in bytes; 0 if the response does not name the size,
	// which is then 15.
	serverBits, clientBits uint8
}

type deflateFlags uint8

const (
	deflateAgreed deflateFlags = 1 << iota
	deflateServerFresh
	deflateClientFresh
)

// maxWindowBits is the window of DEFLATE (RFC 1951 §2), 32 KiB. minWindowBits is the smallest that
// can be negotiated.
const (
	minWindowBits = 8
	maxWindowBits = 15
)

// Agreed reports whether messages may be compressed.
func (d Deflate) Agreed() bool { return d.flags&deflateAgreed != 0 }

// ServerTakeover reports whether the server's messages may refer back to earlier ones. If not, a
// message compressed for one client suits every client with the same ServerWindow.
func (d Deflate) ServerTakeover() bool { return d.Agreed() && d.flags&deflateServerFresh == 0 }

// ServerWindow returns how many bytes the server's messages may refer back, 256 to 32768; 0 without
// compression.
func (d Deflate) ServerWindow() int { return d.window(d.serverBits) }

func (d Deflate) clientTakeover() bool { return d.Agreed() && d.flags&deflateClientFresh == 0 }
func (d Deflate) clientWindow() int    { return d.window(d.clientBits) }

func (d Deflate) window(bits uint8) int {
	switch {
	case !d.Agreed():
		return 0
	case bits == 0:
		return 1 << maxWindowBits
	}
	return 1 << bits
}

// String returns the value of Sec-WebSocket-Extensions for the response; "" without compression.
func (d Deflate) String() string {
	if !d.Agreed() {
		return ""
	}
	s := deflateName
	if d.flags&deflateServerFresh != 0 {
		s += "; " + serverFresh
	}
	if d.flags&deflateClientFresh != 0 {
		s += "; " + clientFresh
	}
	if d.serverBits != 0 {
		s += "; " + serverBits + "=" + strconv.Itoa(int(d.serverBits))
	}
	if d.clientBits != 0 {
		s += "; " + clientBits + "=" + strconv.Itoa(int(d.clientBits))
	}
	return s
}

// The extension and its parameters (RFC 7692 §7.1).
const (
	deflateName = "permessage-deflate"
	serverFresh = "server_no_context_takeover"
	clientFresh = "client_no_context_takeover"
	serverBits  = "server_max_window_bits"
	clientBits  = "client_max_window_bits"
)

// NegotiateDeflate accepts the first offer of permessage-deflate in the lines of
// Sec-WebSocket-Extensions that it fully understands. It declines offers with an unknown, repeated
// or invalid parameter (RFC 7692 §7.1) and elements that are malformed; that does not fail the
// handshake. It returns the zero Deflate if no offer is left.
//
// The response grants everything that the offer asks for. If takeover is false, it also tells the
// client not to use context takeover, which every client must support (RFC 7692 §7.1.1.2).
//
// Any goroutine may call it.
func NegotiateDeflate(lines []string, takeover bool) (d Deflate) {
	for _, line := range lines {
		for line != "" {
			var offer extension
			offer, line = cutExtension(line)
			if d = offer.deflate(); d.Agreed() {
				if !takeover {
					d.flags |= deflateServerFresh | deflateClientFresh
				}
				return d
			}
		}
	}
	return Deflate{}
}

// deflate returns what the extension asks for, or the zero Deflate if it is not a valid
// permessage-deflate.
func (e extension) deflate() (d Deflate) {
	if e.malformed || e.name != deflateName {
		return Deflate{}
	}
	seen := map[string]bool{}
	for _, p := range e.params {
		if seen[p.name] {
			return Deflate{}
		}
		seen[p.name] = true
		ok := !p.valued
		switch p.name {
		case serverFresh:
			d.flags |= deflateServerFresh
		case clientFresh:
			d.flags |= deflateClientFresh
		case serverBits:
			d.serverBits, ok = windowBits(p.value)
		case clientBits:
			// Without a value, the client only announces that it would keep to a window named in
			// the response. There is no need to name one: a client's window costs memory only as a
			// history, and a client that cares names a size.
			if p.valued {
				d.clientBits, ok = windowBits(p.value)
			}
		default:
			ok = false
		}
		if !ok {
			return Deflate{}
		}
	}
	d.flags |= deflateAgreed
	return d
}

// windowBits parses 8 to 15, without leading zeros (RFC 7692 §7.1.2).
func windowBits(s string) (bits uint8, ok bool) {
	n, err := strconv.Atoi(s)
	if err != nil || n < minWindowBits || n > maxWindowBits || strconv.Itoa(n) != s {
		return 0, false
	}
	return uint8(n), true
}

// extension is an element of Sec-WebSocket-Extensions (RFC 6455 §9.1).
type extension struct {
	name      string
	params    []extensionParam
	malformed bool
}

type extensionParam struct {
	name, value string
	valued      bool // there is a value
}

// cutExtension parses the first element of a list and returns the rest. After a malformed element,
// the rest begins after the next comma outside of quotes.
func cutExtension(s string) (e extension, rest string) {
	element, rest := cutUnquoted(s, ',')
	name, params := cutUnquoted(element, ';')
	e.name = strings.Trim(name, " \t")
	e.malformed = !ValidToken(e.name)
	// A semicolon at the end would be a parameter without a name.
	more := len(name) < len(element)
	for more && !e.malformed {
		var param string
		before := params
		param, params = cutUnquoted(params, ';')
		more = len(param) < len(before)
		name, value, valued := strings.Cut(param, "=")
		p := extensionParam{strings.Trim(name, " \t"), strings.Trim(value, " \t"), valued}
		if valued && strings.HasPrefix(p.value, `"`) {
			p.value, valued = unquote(p.value)
			e.malformed = !valued
		}
		// A quoted value must be a token as well.
		e.malformed = e.malformed || !ValidToken(p.name) || p.valued && !ValidToken(p.value)
		e.params = append(e.params, p)
	}
	return e, rest
}

// cutUnquoted cuts s at the first separator outside of a quoted string.
func cutUnquoted(s string, separator byte) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch b := s[i]; {
		case b == '"':
			quoted = !quoted
		case b == '\\' && quoted:
			i++
		case b == separator && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// unquote parses s, all of which must be a quoted string (RFC 9110 §5.6.4).
func unquote(s string) (value string, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), i == len(s)-1
		case s[i] == '\\':
			if i++; i == len(s) {
				return "", false
			}
		}
		b.WriteByte(s[i])
	}
	return "", false
}
