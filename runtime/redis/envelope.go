package redis

import (
	"encoding/binary"
	"strconv"
	"strings"

	"node.websocket/runtime/history"
)

// A Message is published on a topic: text, or binary data.
type Message struct {
	Binary bool
	Data   []byte
}

// An envelope tells where a message on a channel comes from. On the wire it is
//
//	version  1 byte, envelopeVersion
//	flags    1 byte
//	node     8 bytes, big-endian
//	number   8 bytes, big-endian
//
// and the message's data follow. The channel's name has the topic.
type envelope struct {
	flags  byte
	node   uint64 // a random number, that of one Bus
	number uint64 // of the message among all that the node has published, from 1
}

const (
	envelopeVersion = 1
	envelopeSize    = 18

	// In envelope.flags. The other bits are 0 in this version.
	flagBinary   = 1 // on a topic's channel
	flagQuestion = 2 // on the channel of the nodes; the data begin with the question's number in 8 bytes
	flagAnswer   = 4 // on a node's own channel; the data begin likewise
	flagKept     = 8 // on a topic's channel and in its history; the data begin as [appendKept] tells
)

// seal returns data in an envelope.
func (e envelope) seal(data []byte) []byte {
	b := make([]byte, envelopeSize, envelopeSize+len(data))
	b[0], b[1] = envelopeVersion, e.flags
	binary.BigEndian.PutUint64(b[2:], e.node)
	number(b, e.number)
	return append(b, data...)
}

// number sets the number of a sealed message.
func number(b []byte, n uint64) { binary.BigEndian.PutUint64(b[10:], n) }

// parseEnvelope returns the parts of what seal has made. ok is false if b is of another version, or of
// another program.
func parseEnvelope(b []byte) (e envelope, data []byte, ok bool) {
	if len(b) < envelopeSize || b[0] != envelopeVersion || b[1]&^(flagBinary|flagQuestion|flagAnswer|flagKept) != 0 {
		return envelope{}, nil, false
	}
	e = envelope{flags: b[1], node: binary.BigEndian.Uint64(b[2:]), number: binary.BigEndian.Uint64(b[10:])}
	return e, b[envelopeSize:], true
}

// appendKept appends what the data of a message that is kept begin with: its publisher and the client it is not for,
// each after its length in a byte, and its number in 8 bytes.
func appendKept(b []byte, e history.Entry) []byte {
	for _, text := range []string{e.Publisher, e.Except} {
		b = append(append(b, byte(len(text))), text...)
	}
	return binary.BigEndian.AppendUint64(b, uint64(e.Number))
}

// entryOf returns what was published on a topic.
func entryOf(flags byte, data []byte) (e history.Entry, ok bool) {
	e = history.Entry{Binary: flags&flagBinary != 0, Data: data}
	if flags&flagKept == 0 {
		return e, true
	}
	for _, text := range []*string{&e.Publisher, &e.Except} {
		if len(data) == 0 || len(data) <= int(data[0]) {
			return e, false
		}
		*text, data = string(data[1:1+data[0]]), data[1+int(data[0]):]
	}
	if len(data) < 8 {
		return e, false
	}
	e.Number, e.Data = int64(binary.BigEndian.Uint64(data)), data[8:]
	return e, true
}

// channels names the channels of a group of nodes.
type channels struct {
	topics string // precedes the names of topics
	nodes  string // what all nodes tell each other
	node   string // precedes the number of a node, for what is meant for that alone
	probe  string // a key that never exists
	kept   string // what the names of the keys of the history begin with
}

// channelsOf returns the channels of the nodes that share a prefix and a database. The channels of Redis
// belong to no database, so their names have its number.
func channelsOf(prefix string, db int) channels {
	prefix += "node.websocket:" + strconv.Itoa(db)
	return channels{topics: prefix + ":topic:", nodes: prefix + ":nodes", node: prefix + ":node:", probe: prefix + ":probe", kept: prefix + ":history"}
}

// own returns the channel of one node.
func (c channels) own(node uint64) string { return c.node + strconv.FormatUint(node, 16) }

// topic returns the topic of a channel.
func (c channels) topic(channel string) (name string, ok bool) {
	return strings.CutPrefix(channel, c.topics)
}

// of returns the channel of a topic or, if the pattern ends in a *, what PSUBSCRIBE takes for it.
func (c channels) of(pattern string) (channel string, wild bool) {
	prefix, wild := strings.CutSuffix(pattern, "*")
	if !wild {
		return c.topics + pattern, false
	}
	return escapeGlob(c.topics+prefix) + "*", true
}

// escapeGlob escapes what has a meaning in Redis's patterns.
var escapeGlob = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace
