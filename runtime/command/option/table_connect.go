package option

import (
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"node.websocket/transport"
)

// Connect is the table of the options of the command connect: its own, and those of the server that complete a short
// URL.
var Connect = Table{connecting, talking, {"Which server, for a URL that is only a path", []*row{
	Host.row, Port.row, TLS.row, Config.row, Help.row,
}}}

// How the command connect connects.
var (
	connecting = &section{title: "How to connect"}

	Transport = add(connecting, row{
		Name: "transport", Unit: "NAME",
		Help: "`websocket`, `xhr-streaming`, `xhr-polling`, `eventsource`, `htmlfile` or `jsonp-polling`",
	}, "websocket", choice{"websocket", "xhr-streaming", "xhr-polling", "eventsource", "htmlfile", "jsonp-polling"})

	Subprotocol = add(connecting, row{
		Name: "subprotocol", Unit: "NAME",
		Help: "a subprotocol to offer; give it again for another",
	}, nil, several{of: "a name such as v1", check: transport.ValidProtocol})

	Header = add(connecting, row{
		Name: "header", Unit: "'NAME: VALUE'",
		Help: "a header to send, such as `'Cookie: a=b'`; give it again for another",
	}, nil, several{of: "a header such as 'Cookie: a=b'", check: isHeader})

	Origin = add(connecting, row{
		Name: "origin", Unit: "ORIGIN",
		Help: "the origin to connect as, such as `http://a.com`",
	}, "", text{of: "an origin such as http://a.com"})

	TLSCA = add(connecting, row{
		Name: "tls-ca", Unit: "FILE",
		Help: "the authorities that may have issued the server's certificate, PEM",
	}, "", text{of: "the name of a file"})

	Insecure = add(connecting, row{Name: "insecure", Help: "accept any certificate"}, false, truth{})
)

// What the command connect sends, and what it prints.
var (
	talking = &section{title: "What to send"}

	Binary = add(talking, row{Name: "binary", Help: "send each line as a binary message; it is written in hex: 68 65 6c"}, false, truth{})

	Wait = add(talking, row{
		Name: "wait", Unit: "SECONDS",
		Help: "how long to print messages after the end of a pipe",
	}, time.Second, seconds{0, 7 * 24 * time.Hour})

	LongestMessage = add(talking, row{
		Name: "max-message", Unit: "BYTES",
		Help: "the longest message that is sent or printed",
	}, 16<<20, number{of: "bytes", least: 1, most: 1 << 30})
)

// isHeader reports whether a line is a header.
func isHeader(line string) bool {
	name, value, ok := strings.Cut(line, ":")
	return ok && httpguts.ValidHeaderFieldName(strings.TrimSpace(name)) && httpguts.ValidHeaderFieldValue(strings.TrimSpace(value))
}
