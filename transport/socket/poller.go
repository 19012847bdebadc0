package socket

// An Interest is what a Poller watches a Descriptor for, or what it has seen.
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

// A Token is what an Event says of its Descriptor, as it was given to Watch.
type Token struct {
	Slot, Generation int32
}

// An Event is what a Poller has seen.
type Event struct {
	Token Token
	Ready Interest
}
