package main

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
			if v == "*" {
				o.fallback.transports = nil
				return true
			}
			return setList(&o.fallback.transports, v) &&
				!slices.ContainsFunc(o.fallback.transports, func(name string) bool { return !slices.Contains(transports, name) })
		}},
	{name: "response-limit", value: "BYTES", help: "how much goes into one streaming response (131072)", accept: "a number from 1 to 1073741824",
		set: func(o *options, v any) bool { return setInt(&o.fallback.responseLimit, v, 1, 1<<30) }},
	{name: "cookie", value: "BOOL", alone: true, help: "set the cookie JSESSIONID without a WebSocket, for load balancers (false)", accept: "true or false",
		set: func(o *options, v any) bool { return setBool(&o.fallback.cookie, v) }},
}}
