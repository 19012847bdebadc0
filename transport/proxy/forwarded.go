package proxy

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// A Hop is one step on the way from the client, as Forwarded (RFC 7239) or X-Forwarded-For and
// X-Forwarded-Proto tell it: the sender of the request, as seen by the next hop, and the protocol it
// used.
type Hop struct {
	Address string // without a port; "": not told, or not an IP address
	Proto   string // in lower case: "http", "https", or whatever was told
}

// Hops returns the hops that the header tells, the client's first. ok is false if Forwarded is
// malformed, or if Forwarded and X-Forwarded-For are both there and do not name the same hops: a proxy
// sets one of them and passes on the other as the client wrote it, and nobody can tell which.
func Hops(header http.Header) (hops []Hop, ok bool) {
	forwarded, wellFormed := forwardedHops(header["Forwarded"])
	if !wellFormed {
		return nil, false
	}
	listed := listedHops(header["X-Forwarded-For"], header["X-Forwarded-Proto"])
	switch {
	case len(forwarded) == 0:
		return listed, true
	case len(header["X-Forwarded-For"]) == 0:
		return forwarded, true
	}
	same := slices.EqualFunc(forwarded, listed, func(a, b Hop) bool { return a.Address == b.Address })
	return forwarded, same
}

// listedHops parses X-Forwarded-For and X-Forwarded-Proto. There may be one protocol for each hop, or a
// single one, set by the first proxy and left alone by the others. With any other number only the last
// can be assigned, to the last hop. A proxy may send the protocol alone.
func listedHops(forLines, protoLines []string) (hops []Hop) {
	protos := commaList(protoLines)
	for _, element := range commaList(forLines) {
		hops = append(hops, Hop{Address: nodeAddress(element)})
	}
	if len(protos) == 0 {
		return hops
	}
	if len(hops) == 0 {
		hops = make([]Hop, 1)
	}
	switch len(protos) {
	case len(hops):
		for i := range hops {
			hops[i].Proto = strings.ToLower(protos[i])
		}
	case 1:
		for i := range hops {
			hops[i].Proto = strings.ToLower(protos[0])
		}
	default:
		hops[len(hops)-1].Proto = strings.ToLower(protos[len(protos)-1])
	}
	return hops
}

// forwardedHops parses Forwarded (RFC 7239 §4). ok is false if it is malformed: a quote that does not
// end could hide elements.
func forwardedHops(lines []string) (hops []Hop, ok bool) {
	for _, line := range lines {
		var h Hop
		some := false
		for line = strings.TrimLeft(line, " \t"); line != ""; {
			name, rest, found := strings.Cut(line, "=")
			if !found || !isName(name) {
				return nil, false
			}
			value, rest, valid := forwardedValue(rest)
			if !valid {
				return nil, false
			}
			some = true
			switch strings.ToLower(name) {
			case "for":
				h.Address = nodeAddress(value)
			case "proto":
				h.Proto = strings.ToLower(value)
			}
			line = strings.TrimLeft(rest, " \t")
			if line == "" {
				break
			}
			separator := line[0]
			line = strings.TrimLeft(line[1:], " \t")
			switch {
			case separator == ',':
				hops = append(hops, h)
				h, some = Hop{}, false
			case separator != ';':
				return nil, false
			}
		}
		if some {
			hops = append(hops, h)
		}
	}
	return hops, true
}

// forwardedValue parses the token or the quoted string that s begins with.
func forwardedValue(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s, ",; \t")
		if end < 0 {
			end = len(s)
		}
		return s[:end], s[end:], end > 0 && !strings.Contains(s[:end], `"`)
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], true
		case '\\':
			if i++; i == len(s) {
				return "", "", false
			}
		}
		b.WriteByte(s[i])
	}
	return "", "", false
}

// isName reports whether s can be the name of a parameter. All known ones consist of letters.
func isName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}

// nodeAddress parses an address as it is written in either header: 192.0.2.1, 192.0.2.1:4711,
// 2001:db8::1, [2001:db8::1], [2001:db8::1]:4711. For anything else ("unknown", "_hidden") it returns
// "".
func nodeAddress(s string) string {
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	s = strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return ""
	}
	return a.Unmap().String()
}

// commaList returns the elements of a header's lines. It keeps empty ones, because places matter.
func commaList(lines []string) (elements []string) {
	for _, line := range lines {
		for element := range strings.SplitSeq(line, ",") {
			elements = append(elements, strings.TrimSpace(element))
		}
	}
	return elements
}

// Trusted reports whether address, an IP address without a port, is in one of the networks.
func Trusted(proxies []netip.Prefix, address string) bool {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}
