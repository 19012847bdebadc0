package runtime

import (
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"github.com/dop251/goja"

	"node.websocket/runtime/source"
)

// A head is the parsed Request.Head.
type head struct {
	method, url, version string // version is "1.1", "2.0"
	query                url.Values
	header               http.Header // includes Host
}

// splitHead appends the lines of a Request.Head to two texts: to own the first one and those that differ from
// client to client, and to common the others, which browsers send again and again. A name's lines all go to
// the same text.
func splitHead(head string, own, common []byte) (ownLines, commonLines []byte) {
	first := true
	for line := range strings.Lines(head) {
		if name, _, _ := strings.Cut(line, ":"); first || isOwn(name) {
			own = append(own, line...)
		} else {
			common = append(common, line...)
		}
		first = false
	}
	return own, common
}

// isOwn reports whether a header differs from client to client. It may err: then a connection takes more memory.
func isOwn(name string) bool {
	if len(name) >= len(keyHeader) && strings.EqualFold(name[:len(keyHeader)], keyHeader) { // with a digit in hixie-76
		return true
	}
	for _, own := range []string{"Cookie", "Authorization", "Forwarded", "X-Forwarded-For", "X-Real-IP", "X-Request-ID"} {
		if strings.EqualFold(name, own) {
			return true
		}
	}
	return false
}

const keyHeader = "Sec-WebSocket-Key"

// parseHead parses the two parts of a Request.Head. It is called for connections whose module asks for it: a
// connection keeps its head as text.
func parseHead(own, common string) head {
	line, rest, _ := strings.Cut(own+common, "\r\n")
	h := head{header: make(http.Header, strings.Count(rest, "\r\n"))}
	h.method, line, _ = strings.Cut(line, " ")
	h.url, h.version, _ = strings.Cut(line, " ")
	h.version = strings.TrimPrefix(h.version, "HTTP/")
	_, query, _ := strings.Cut(h.url, "?")
	h.query, _ = url.ParseQuery(query) // what can be parsed of it
	for line := range strings.SplitSeq(rest, "\r\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			name = textproto.CanonicalMIMEHeaderKey(name)
			h.header[name] = append(h.header[name], textproto.TrimString(value))
		}
	}
	return h
}

// jsRequest returns the object that modules get for the handshake, as the argument of onHandshake and
// as connection.request.
func (c *Conn) jsRequest() *goja.Object {
	if c.requestObj != nil {
		return c.requestObj
	}
	vm, u := c.worker.vm, c.usual
	head := parseHead(c.ownHead, u.head)
	host := head.header.Get("Host")
	o := vm.NewObject()
	headers, query, cookies, params := vm.NewObject(), vm.NewObject(), vm.NewObject(), vm.NewObject()
	if host != "" { // comes first
		setOwn(vm, headers, "host", host)
	}
	for _, name := range slices.Sorted(maps.Keys(head.header)) {
		values, joined := head.header[name], ", "
		switch name {
		case "Host":
			continue
		case "Cookie":
			joined = "; "
		}
		setOwn(vm, headers, strings.ToLower(name), strings.Join(values, joined))
	}
	for _, name := range slices.Sorted(maps.Keys(head.query)) {
		values := head.query[name]
		if len(values) == 1 {
			setOwn(vm, query, name, values[0])
		} else {
			setOwn(vm, query, name, values)
		}
	}
	names, values, _ := source.Params(c.worker.resource.name, u.path)
	for i, name := range names {
		setOwn(vm, params, name, values[i])
	}
	for _, cookie := range (&http.Request{Header: head.header}).Cookies() {
		setOwn(vm, cookies, cookie.Name, cookie.Value)
	}
	for _, p := range []struct {
		name  string
		value any
	}{
		{"method", head.method}, {"url", head.url}, {"path", source.PlainPath(u.path)}, {"params", params}, {"query", query}, {"headers", headers}, {"cookies", cookies},
		{"origin", orNull(u.origin)}, {"host", host}, {"remoteAddress", c.remoteAddress}, {"secure", u.secure}, {"httpVersion", head.version},
	} {
		setOwn(vm, o, p.name, p.value)
	}
	c.requestObj = o
	return o
}

// setOwn defines a property whose name may come from a client. "__proto__" does not set the prototype.
func setOwn(vm *goja.Runtime, o *goja.Object, name string, value any) {
	if list, ok := value.([]string); ok {
		items := make([]any, len(list))
		for i, s := range list {
			items[i] = s
		}
		value = vm.NewArray(items...)
	}
	_ = o.DefineDataProperty(name, vm.ToValue(value), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
}

// orNull returns s, or nil for JavaScript's null if s is empty.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
