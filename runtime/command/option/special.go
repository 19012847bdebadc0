package option

import (
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"node.websocket/transport"
)

// validOrigins reports whether each origin is one that a browser can send, or "*".
func validOrigins(list []string) bool {
	return !slices.ContainsFunc(list, func(o string) bool { return !transport.ValidOrigin(o) })
}

// validProtocols reports whether each name is one that a client can offer.
func validProtocols(list []string) bool {
	return !slices.ContainsFunc(list, func(name string) bool { return !transport.ValidProtocol(name) })
}

// validDomains reports whether a certificate can be issued for each name, which must have several
// parts.
func validDomains(names []string) bool {
	return !slices.ContainsFunc(names, func(n string) bool {
		return !strings.Contains(strings.Trim(n, "."), ".") || strings.Trim(strings.ToLower(n), "abcdefghijklmnopqrstuvwxyz0123456789-.") != ""
	})
}

// isHTTPS reports whether s is an https:// URL.
func isHTTPS(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Host != ""
}

// carriers is the kind of lists of transports. '*' is all of them.
type carriers struct{ words }

func newCarriers() carriers {
	all := transport.Transports()
	return carriers{words{
		of: "'*' or a list of " + strings.Join(all, ", "),
		check: func(list []string) bool {
			return slices.Equal(list, []string{"*"}) || !slices.ContainsFunc(list, func(name string) bool { return !slices.Contains(all, name) })
		},
	}}
}

func (k carriers) read(v any) ([]string, error) {
	list, err := k.words.read(v)
	if err == nil && list[0] == "*" {
		list = transport.Transports()
	}
	return list, err
}

func (k carriers) text(list []string) string {
	if slices.Equal(list, transport.Transports()) {
		return "'*'"
	}
	return k.words.text(list)
}

// networks is the kind of lists of addresses and ranges. Commas may separate them as well.
type networks struct{}

func (networks) accepts() string { return "an address, a range such as 10.0.0.0/8, or a list of them" }

func (k networks) read(v any) (list []netip.Prefix, err error) {
	items, err := words{of: k.accepts(), check: func([]string) bool { return true }}.read(v)
	for _, item := range items {
		for s := range strings.SplitSeq(item, ",") {
			p, ok := readPrefix(strings.TrimSpace(s))
			if !ok {
				return nil, errors.New("want " + k.accepts())
			}
			list = append(list, p)
		}
	}
	return list, err
}

func (networks) text(list []netip.Prefix) string {
	var texts []string
	for _, p := range list {
		texts = append(texts, p.String())
	}
	return strings.Join(texts, ",")
}

// readPrefix reads an address or a range of addresses.
func readPrefix(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), p.Addr().Zone() == "" && !p.Addr().Is4In6()
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen()), true
}

// A Rate limits what a client may send in a second; 0 is any number.
type Rate struct{ Messages, Bytes int }

// rates is the kind of Rates: a number of messages, or a list of that and a number of bytes.
type rates struct{}

var (
	someMessages = number{least: 0, most: 1_000_000}
	someBytes    = number{of: "bytes", least: 0, most: 1 << 30}
)

func (rates) accepts() string {
	return someMessages.accepts() + ", or that and " + someBytes.accepts() + ", as in 100,65536"
}

func (k rates) read(v any) (r Rate, err error) {
	items, ok := v.([]any)
	if s, isText := v.(string); isText {
		items, ok = nil, true
		for item := range strings.SplitSeq(s, ",") {
			items = append(items, strings.TrimSpace(item))
		}
	}
	if !ok {
		items = []any{v}
	}
	if len(items) == 0 || len(items) > 2 {
		return Rate{}, errors.New("want " + k.accepts())
	}
	if r.Messages, err = someMessages.read(items[0]); err == nil && len(items) == 2 {
		r.Bytes, err = someBytes.read(items[1])
	}
	if err != nil {
		return Rate{}, errors.New("want " + k.accepts())
	}
	return r, nil
}

func (rates) text(r Rate) string {
	switch {
	case r == Rate{}:
		return ""
	case r.Bytes == 0:
		return strconv.Itoa(r.Messages)
	}
	return strconv.Itoa(r.Messages) + "," + strconv.Itoa(r.Bytes)
}

// bounds is the kind of two indices, as in 0:99.
type bounds struct{}

func (bounds) accepts() string { return "two indices as in 0:99 or -20:-1, where -1 is the last entry" }

func (bounds) read(v any) (*[2]int64, error) {
	s, _ := v.(string)
	a, b, ok := strings.Cut(s, ":")
	from, err := strconv.ParseInt(a, 10, 64)
	to, err2 := strconv.ParseInt(b, 10, 64)
	if !ok || err != nil || err2 != nil {
		return nil, explained{errors.New("it takes two indices, as in --range 0:99 or --range -20:-1, where -1 is the last entry")}
	}
	return &[2]int64{from, to}, nil
}

func (bounds) text(*[2]int64) string { return "" }
