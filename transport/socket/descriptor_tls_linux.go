package socket

import (
	"crypto/tls"
	"errors"
	"net"
	"time"
)

// A tlsState is TLS over a Descriptor. It is the connection under its tls.Conn, and gives that what was read
// before, so that neither waits.
//
// crypto/tls goes on after a read that has failed with a net.Error that is Temporary, as it does after one whose
// deadline has passed: what it has of a record, and of a message of the handshake, stays in its buffers. net/http
// relies on that, too, where it ends the read in which it waits for a client's end. A failed write is final. So
// none fails for want of room: what TLS writes is collected in sealed, and sent as the kernel takes it.
type tlsState struct {
	conn    *tls.Conn
	file    fileNumber
	pending bool // conn has more to return, or an error

	in    []byte // what was read and conn has not taken; nil, but in read
	inErr error  // why conn gets no more, whatever in has; nil: it may

	sealed sealed
	held   int // bytes at the front of write's argument that sealed holds
}

// maxRecord is the size of the longest record, in bytes (RFC 5246 §6.2.3), rounded up.
const maxRecord = 20 << 10

// errNothingYet is the error of a read for which nothing has come.
var errNothingYet net.Error = nothingYet{}

type nothingYet struct{}

func (nothingYet) Error() string   { return "nothing has come yet" }
func (nothingYet) Timeout() bool   { return true }
func (nothingYet) Temporary() bool { return true }

func detachTLS(c *tls.Conn) (Descriptor, error) {
	under := c.NetConn().(Divertible)
	inner := under.NetConn()
	d, err := Detach(inner)
	if err != nil {
		return d, err
	}
	d.tls = &tlsState{conn: c, file: d.file(), pending: true}
	under.Divert(d.tls)
	inner.Close()
	return d, nil
}

// read reads from the kernel once, and decrypts what has come. Both take place in p: while nothing is pending,
// conn has less than a record, so that what is decrypted never reaches what has not been.
func (s *tlsState) read(p []byte) (n int, err error) {
	end := len(p) // of what is decrypted
	if !s.pending {
		n, err := s.file.read(p[maxRecord:])
		if n == 0 && err == nil {
			return 0, nil
		}
		s.in, s.inErr = p[maxRecord:maxRecord+n], err
		defer func() { s.in = nil }()
		end = maxRecord + n
	}
	for {
		at := end - len(s.in)
		if n == at { // not before everything of in is taken
			s.pending = true
			return n, nil
		}
		m, err := s.conn.Read(p[n:at])
		n += m
		switch {
		case errors.Is(err, errNothingYet):
			s.pending = false
			return n, nil
		case err != nil:
			s.pending = true // the error, which is final
			switch {
			case n > 0:
				return n, nil
			case s.inErr == errSealed:
				return 0, errSealed // of which crypto/tls has not told conn.Read
			}
			return 0, err
		}
	}
}

// write counts bytes as sent once the kernel has all of the record that they are in.
func (s *tlsState) write(p []byte) (n int, err error) {
	for {
		all, err := s.flush()
		if err != nil || !all {
			return n, err
		}
		n += s.held
		s.held = 0
		if n == len(p) {
			return n, nil
		}
		chunk := p[n:min(len(p), n+MaxWrite)]
		s.sealed.expect(len(chunk))
		if _, err = s.conn.Write(chunk); err != nil {
			return n, err
		}
		s.held = len(chunk)
	}
}

func (s *tlsState) flush() (all bool, err error) { return s.sealed.flush(s.file.write) }

// closeWrite sends the alert close_notify.
func (s *tlsState) closeWrite() bool {
	if s.conn.CloseWrite() != nil {
		return false
	}
	all, err := s.flush()
	return all && err == nil
}

// Read is called by conn.
func (s *tlsState) Read(p []byte) (int, error) {
	switch {
	case s.inErr != nil:
		return 0, s.inErr
	case len(s.in) == 0:
		return 0, errNothingYet
	}
	n := copy(p, s.in)
	s.in = s.in[n:]
	return n, nil
}

// Write is called by conn, for one record at a time. It takes everything, unless a client that has TLS answer it
// does not take the answers.
func (s *tlsState) Write(p []byte) (int, error) {
	if err := s.sealed.add(p); err != nil {
		s.inErr = err
		return 0, err
	}
	return len(p), nil
}

// The rest of net.Conn is not used.

func (*tlsState) Close() error                     { return nil }
func (*tlsState) LocalAddr() net.Addr              { return (*net.TCPAddr)(nil) }
func (*tlsState) RemoteAddr() net.Addr             { return (*net.TCPAddr)(nil) }
func (*tlsState) SetDeadline(time.Time) error      { return nil }
func (*tlsState) SetReadDeadline(time.Time) error  { return nil }
func (*tlsState) SetWriteDeadline(time.Time) error { return nil }
