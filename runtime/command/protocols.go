package command

// protocolOptions are the options of the protocol's versions and extensions.
type protocolOptions struct {
	compression     bool // permessage-deflate, for who offers it
	contextTakeover bool // compressed messages refer back to earlier ones
	drafts          bool // the versions before 13 are served
}

var protocolFlags = flagGroup{"Which protocols", []flagSpec{
	{name: "compression", value: "BOOL", alone: true, help: "compress messages of 256 bytes and more, for clients that can (false)", accept: "true or false",
		set: func(o *options, v any) bool { return setBool(&o.protocol.compression, v) }},
	{name: "context-takeover", value: "BOOL", alone: true, help: "compress them together with earlier ones (false): smaller, up to 40 KiB a client", accept: "true or false",
		set: func(o *options, v any) bool { return setBool(&o.protocol.contextTakeover, v) }},
	{name: "drafts", value: "BOOL", alone: true, help: "serve the versions before 13 that old browsers and televisions speak (true)", accept: "true or false",
		set: func(o *options, v any) bool { return setBool(&o.protocol.drafts, v) }},
}}
