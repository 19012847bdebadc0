//go:build linux

package load

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"
	"time"
)

// Handshakes opens n WebSockets over plain TCP, several at the same time, and closes each with a
// closing handshake. Latency is the time until a WebSocket was open.
func Handshakes(target Target, n int) (*Result, error) {
	var (
		result = &Result{Sent: n}
		mu     sync.Mutex
		begun  = time.Now()
		before = cpuTime()
	)
	err := each(n, func(i int) error {
		latency, err := handshakeAndClose(&target, i)
		if err != nil {
			return fmt.Errorf("handshake %d of %d: %w", i+1, n, err)
		}
		mu.Lock()
		defer mu.Unlock()
		result.Delivered++
		result.Latency.Add(latency, 1)
		return nil
	})
	result.Elapsed, result.Generator = time.Since(begun), cpuTime()-before
	return result, err
}

func handshakeAndClose(target *Target, i int) (latency time.Duration, err error) {
	begun := time.Now()
	s, err := dial(target.Address)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	rest, err := target.upgrade(s, i)
	if err != nil {
		return 0, err
	}
	latency = time.Since(begun)
	if _, err := s.Write(appendFrame(nil, opClose, newMask(i), []byte{1000 >> 8, 1000 & 0xff})); err != nil {
		return 0, err
	}
	return latency, awaitClose(s, rest)
}

// awaitClose reads until a server has closed its connection. It fails unless the last message was the
// answer to a close of code 1000.
func awaitClose(s io.Reader, rest []byte) error {
	var p parser
	closed, buffer := false, make([]byte, 1024)
	p.feed(rest)
	for {
		m, ok, err := p.next()
		switch {
		case err != nil:
			return err
		case ok && m.opcode == opClose:
			if len(m.payload) < 2 || m.payload[0] != 1000>>8 || m.payload[1] != 1000&0xff {
				return fmt.Errorf("the server answered a close of code 1000 with %q", m.payload)
			}
			closed = true
		case !ok:
			n, err := s.Read(buffer)
			if closed && (err == io.EOF || errors.Is(err, syscall.ECONNRESET)) {
				return nil
			}
			if err != nil {
				return fmt.Errorf("until the server closes: %w", err)
			}
			p.feed(buffer[:n])
		}
	}
}
