package front

import (
	"encoding/binary"

	"node.websocket/transport/socket"
)

// helloPart is the most bytes of the client's first message in one of the records that TLS gets it in.
const helloPart = 512

// recordHeader is the size of a record's header: its type, a version and a length (RFC 8446 §5.1).
const recordHeader = 5

// splitHello splits the first record of TLS, if it is all there, into several, which Read returns one at a time. The
// message in it may be in any number of records. crypto/tls keeps a buffer of the size of the longest record for as
// long as the connection lasts, and no other record of an ordinary client is as long as this one, with its keys of
// post-quantum cryptography: an idle session would hold 1.5 KB more.
func (a *arrival) splitHello() error {
	head, err := a.peek(recordHeader)
	if err != nil {
		return err
	}
	n := int(binary.BigEndian.Uint16(head[3:]))
	if head[0] != tlsHandshake || n <= helloPart || recordHeader+n > cap(a.seen.B)-a.read {
		return nil
	}
	all, err := a.peek(recordHeader + n)
	if err != nil {
		return err
	}
	split := socket.TakeBuffer(len(all) + (n+helloPart-1)/helloPart*recordHeader)
	for body := all[recordHeader : recordHeader+n]; len(body) > 0; {
		part := body[:min(len(body), helloPart)]
		split.B = binary.BigEndian.AppendUint16(append(split.B, all[:3]...), uint16(len(part)))
		split.B = append(split.B, part...)
		body = body[len(part):]
	}
	split.B = append(split.B, all[recordHeader+n:]...)
	a.seen.Release()
	a.seen, a.read, a.split = split, 0, true
	return nil
}
