package websocket

import (
	"strconv"
	"strings"
)

// Deflate is what client and server have agreed to of permessage-deflate (RFC 7692 §7), as NegotiateDeflate found it. The zero
// value is no compression. Two that are equal stand for the same.
type Deflate struct {
	flags deflateFlags
	// Of the windows, as the logarithms of their sizes in bytes; 0 if the answer does not name them, which is 15.
	serverBits, clientBits uint8
}

type deflateFlags uint8

const (
	deflateAgreed deflateFlags = 1 << iota
	deflateServerFresh
	deflateClientFresh
)

// maxWindowBits is the window of DEFLATE (RFC 1951 §2), 32 KiB, minWindowBits the smallest that can be agreed to.
const (
	minWindowBits = 8
	maxWindowBits = 15
)

// Agreed says whether messages may be compressed.
func (d Deflate) Agreed() bool { return d.flags&deflateAgreed != 0 }

// ServerTakeover says whether what the server compresses may refer back to its earlier messages. If not, what is
// compressed for one client is right for every client of the same ServerWindow.
func (d Deflate) ServerTakeover() bool { return d.Agreed() && d.flags&deflateServerFresh == 0 }

// ServerWindow is how many bytes back what the server compresses may refer, 256 to 32768; 0 if nothing was agreed to.
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

// String is what the answer says of it in Sec-WebSocket-Extensions; "" if nothing was agreed to.
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

// NegotiateDeflate looks through what a client offers, the lines of Sec-WebSocket-Extensions, and agrees to the first offer of
// permessage-deflate that it understands whole. One with an unknown, repeated or wrong parameter is declined, as RFC 7692 §7.1 has
// it, and so is what cannot be read; the handshake goes on all the same. If none is left, the zero Deflate comes back.
//
// All that a client can ask for is kept. Beyond that, without takeover, the answer asks the client to do without context as well, which
// any client must (RFC 7692 §7.1.1.2).
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

// deflate is what the extension asks for, if it is permessage-deflate and right.
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
			// Without a value it says that the client could keep to a window that the answer asks for. There is no need to:
			// only with a history does a client's window cost memory, and a client that minds names a size.
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

// windowBits reads 8 to 15, without leading zeros (RFC 7692 §7.1.2).
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

// cutExtension reads the first element of a list, and returns the rest. If it is malformed, the next begins after the next comma that is
// in no quotes.
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
		// What is quoted must be a token as well.
		e.malformed = e.malformed || !ValidToken(p.name) || p.valued && !ValidToken(p.value)
		e.params = append(e.params, p)
	}
	return e, rest
}

// cutUnquoted cuts s at the first separator that is not in a quoted string.
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

// unquote reads a quoted string that is all of s (RFC 9110 §5.6.4).
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
