//go:build linux

package load

import "fmt"

// A Target is a server.
type Target struct {
	Address string  // IP address and port
	Path    string  // of the handshake, such as /echo; "" if the dialect has one path for all
	Dialect Dialect // how messages are written
	TLS     bool    // its certificate is not checked
	HTTP2   bool    // one connection over TLS for all clients, RFC 8441
	Deflate bool    // permessage-deflate without context takeover, RFC 7692
}

// A Dialect is a server's format for messages within those of WebSocket.
type Dialect int

const (
	Plain    Dialect = iota // as they are
	SocketIO                // as socket.io does: 42["event","text"]
)

// path returns the path of the handshake.
func (t *Target) path() string {
	if t.Dialect == SocketIO {
		return "/socket.io/?EIO=4&transport=websocket"
	}
	return t.Path
}

// A form is the payload of a message with room for a number of eight digits, which tells the messages
// of a client apart.
type form struct {
	text   []byte
	at     int // index of the first digit
	binary bool
}

// The numbers of messages.
const (
	digits      = 8
	zeros       = "00000000" // holds their place
	leastNumber = 10_000_000
	mostNumber  = 99_999_990
	clientStep  = 8_999 // between the numbers of two clients
)

// number returns the number of a client's nth message. Clients have different ones at the same time.
func number(client, n int) int {
	return leastNumber + (client*clientStep+n)%(mostNumber-leastNumber)
}

// putNumber writes the digits of n to p.
func putNumber(p []byte, n int) {
	for i := digits - 1; i >= 0; i-- {
		p[i] = byte('0' + n%10)
		n /= 10
	}
}

// readNumber returns the number of the digits in p, or -1.
func readNumber(p []byte) (n int) {
	for _, c := range p[:digits] {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// read returns the number of a message of the form f. It fails for one that differs from f.
func (f *form) read(m message) (n int, err error) {
	p := m.payload
	if m.compressed || (m.opcode == opBinary) != f.binary {
		return 0, fmt.Errorf("the server sent %s, where %q was expected", m, cut(f.text))
	}
	end := f.at + digits
	if len(p) != len(f.text) || string(p[:f.at]) != string(f.text[:f.at]) || string(p[end:]) != string(f.text[end:]) {
		return 0, fmt.Errorf("the server sent %s, where %q was expected", m, cut(f.text))
	}
	return readNumber(p[f.at:end]), nil
}

// check fails unless m is of the form f and has the number n.
func (f *form) check(m message, n int) error {
	got, err := f.read(m)
	if err == nil && got != n {
		err = fmt.Errorf("the server sent number %d, where %d was expected: a message was lost, repeated or changed", got, n)
	}
	return err
}

// String returns the message for an error.
func (m message) String() string {
	return fmt.Sprintf("a message of opcode %d and %d bytes, %q", m.opcode, len(m.payload), cut(m.payload))
}

// cut returns the begin of p.
func cut(p []byte) []byte { return p[:min(len(p), 200)] }

// wrap returns f as the dialect writes it, for an event of that name. In socket.io, text that is
// JSON stays a value, and other text becomes a string.
func (d Dialect) wrap(event string, f form) form {
	if d != SocketIO || f.binary {
		return f
	}
	if len(f.text) == 0 {
		return f
	}
	before, after := `42["`+event+`",`, `]`
	if f.text[0] != '{' {
		before, after = before+`"`, `"`+after
	}
	return form{[]byte(before + string(f.text) + after), f.at + len(before), false}
}

// attachment returns what precedes a binary message, as a text message; "" if nothing does.
func (d Dialect) attachment(event string) string {
	if d != SocketIO {
		return ""
	}
	return `451-["` + event + `",{"_placeholder":true,"num":0}]`
}
