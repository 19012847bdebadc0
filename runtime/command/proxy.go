package command

import (
	"net/netip"
	"strings"
)

// proxyOptions are the options for a server that stands behind a proxy.
type proxyOptions struct {
	trust    []netip.Prefix // whose word on the client is believed; none: nobody's
	protocol bool           // connections begin with a PROXY header
}

var proxyFlags = flagGroup{"Behind a proxy", []flagSpec{
	{name: "trust-proxy", value: "LIST", help: "proxies that tell the client's address and TLS: 127.0.0.1, or 10.0.0.0/8,fd00::/8", accept: "an address, a range such as 10.0.0.0/8, or a list of them",
		set: func(o *options, v any) bool {
			var list []string
			if !setList(&list, v) {
				return false
			}
			o.proxy.trust = nil
			for _, item := range list {
				for s := range strings.SplitSeq(item, ",") {
					p, ok := readPrefix(strings.TrimSpace(s))
					if !ok {
						return false
					}
					o.proxy.trust = append(o.proxy.trust, p)
				}
			}
			return true
		}},
	{name: "proxy-protocol", value: "BOOL", alone: true, help: "connections begin with a PROXY header (false); only those of --trust-proxy, if given", accept: "true or false",
		set: func(o *options, v any) bool { return setBool(&o.proxy.protocol, v) }},
}}

// readPrefix reads an address, or a range of them.
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
