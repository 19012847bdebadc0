package proxy

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// What proxies that are Trusted say of the client, in Forwarded (RFC 7239) or in X-Forwarded-For and X-Forwarded-Proto.

// A Hop is one step on the way from the client: who it was, as the next one saw it, and how it came there.
type Hop struct {
	Address string // "": not told, or not an IP address
	Proto   string // "http", "https", or what else was told
}

// Hops reads the header. It is false if Forwarded is malformed, or if Forwarded and X-Forwarded-For are both there and do not name the same
// hops: a proxy sends one of them and hands on the other as the client wrote it, and there is no telling which.
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

// listedHops reads X-Forwarded-For and X-Forwarded-Proto. Of the latter there may be one for each hop, or a single one, which the first proxy
// set and the others left alone; any other number says nothing of which is whose, but the last is the last hop's. Without X-Forwarded-For, which a proxy
// need not send, that is all that is told.
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

// forwardedHops reads Forwarded (RFC 7239 §4). It is false for one that is malformed: a quote that does not end could hide elements.
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

// forwardedValue reads a token or a quoted string from the front of s.
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

// isName says whether s is a name of a parameter; all that are known are of letters.
func isName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}

// nodeAddress reads an address as either header has it: 192.0.2.1, 192.0.2.1:4711, 2001:db8::1, [2001:db8::1], [2001:db8::1]:4711.
// Anything else ("unknown", "_hidden") gives "".
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

// commaList returns the elements of the lines of a header. An empty one is kept, since it is in a place.
func commaList(lines []string) (elements []string) {
	for _, line := range lines {
		for element := range strings.SplitSeq(line, ",") {
			elements = append(elements, strings.TrimSpace(element))
		}
	}
	return elements
}

// Trusted says whether an address is a proxy's that is Trusted.
func Trusted(proxies []netip.Prefix, address string) bool {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}
