//go:build unix

package socket

import "errors"

// A sealed holds TLS records that are on their way to the kernel.
type sealed struct {
	b    *Buffer // nil: none
	sent int     // bytes of b that the kernel has
}

// maxSealed is the most bytes that may wait in a sealed: several times the records of MaxWrite. A
// client can make TLS answer it (RFC 8446 §4.6.3) and not take the answers.
const maxSealed = 64 << 10

var errSealed = errors.New("the client has TLS answer it and does not take the answers")

// expect makes room for the records of n bytes, if none waits.
func (s *sealed) expect(n int) {
	if s.b == nil {
		s.b = TakeBuffer(n + n/16 + 256)
	}
}

// add appends a record.
func (s *sealed) add(p []byte) error {
	s.expect(len(p))
	if len(s.b.B)-s.sent+len(p) > maxSealed {
		return errSealed
	}
	if cap(s.b.B)-len(s.b.B) < len(p) && s.sent > 0 { // do not keep what was sent
		s.b.B = s.b.B[:copy(s.b.B, s.b.B[s.sent:])]
		s.sent = 0
	}
	s.b.B = append(s.b.B, p...)
	return nil
}

// flush writes what the kernel takes, and reports whether that was all.
func (s *sealed) flush(write func([]byte) (int, error)) (all bool, err error) {
	for s.b != nil {
		n, err := write(s.b.B[s.sent:])
		s.sent += n
		switch {
		case err != nil:
			return false, err
		case s.sent == len(s.b.B):
			s.drop()
		case n == 0:
			return false, nil
		}
	}
	return true, nil
}

// drop forgets the records.
func (s *sealed) drop() {
	if s.b != nil {
		s.b.Release()
		s.b, s.sent = nil, 0
	}
}
