package socket

// An Interest is a set of events that a Poller watches a Descriptor for, or has seen.
type Interest uint8

const (
	// Readable means that there is something to read, the client has sent its end, or the connection
	// has failed.
	Readable Interest = 1 << iota
	// Writable means that the kernel takes more, or that the connection has failed.
	Writable
	// HungUp means that the client has sent its end, or that the connection has failed.
	HungUp
)

// A Token identifies the Descriptor of an Event, as it was given to Watch.
type Token struct {
	Slot, Generation int32
}

// An Event is reported by a Poller.
type Event struct {
	Token Token
	Ready Interest
}
