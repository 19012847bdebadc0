package command

import "slices"

// transports are what a client may come by, as modules see it in connection.transport.
var transports = []string{"websocket", "xhr-streaming", "xhr-polling", "eventsource", "htmlfile", "jsonp-polling"}

// fallbackOptions are for clients without a WebSocket.
type fallbackOptions struct {
	transports    []string // that are served; none: all
	responseLimit int      // bytes of one streaming response
	cookie        bool     // JSESSIONID is set, for load balancers
}

var fallbackFlags = flagGroup{"How clients come", []flagSpec{
	{name: "transports", value: "LIST", help: "what is served: '*' (all), or a list of websocket, xhr-streaming, ... (see README)",
		accept: "'*' or a list of websocket, xhr-streaming, xhr-polling, eventsource, htmlfile and jsonp-polling",
		set: func(o *options, v any) bool {
			return setList(&o.fallback.transports, v) && checkTransports(o.fallback.transports)
		}},
	{name: "response-limit", value: "BYTES", help: "how much goes into one streaming response (131072)", accept: "a number from 1 to 1073741824",
		set: func(o *options, v any) bool { return setInt(&o.fallback.responseLimit, v, 1, 1<<30) }},
	{name: "cookie", value: "BOOL", alone: true, help: "set the cookie JSESSIONID without a WebSocket, for load balancers (false)", accept: "true or false",
		set: func(o *options, v any) bool { return setBool(&o.fallback.cookie, v) }},
}}

// checkTransports finds what is no transport, and a list that serves nobody.
func checkTransports(list []string) bool {
	list = allTransports(list)
	return len(list) > 0 && !slices.ContainsFunc(list, func(name string) bool { return !slices.Contains(transports, name) })
}

// allTransports is what a list stands for that may be '*'.
func allTransports(list []string) []string {
	if len(list) == 1 && list[0] == "*" {
		return transports
	}
	return list
}
