//go:build linux

package load

import "time"

// read gives the script what a client's stream brings, until the stream ends.
func (s *Session) read(c *client) {
	buffer := make([]byte, 16<<10)
	for {
		n, err := c.stream.Read(buffer)
		if err == nil {
			err = s.takeStream(c, buffer[:n])
		}
		if err != nil {
			s.finish(err)
			return
		}
	}
}

// takeStream takes bytes of a stream, and writes what the script then sends.
func (s *Session) takeStream(c *client, b []byte) error {
	s.mu.Lock()
	s.now = time.Since(s.begun)
	err := s.take(c, b)
	finished := s.running != nil && s.running.finished()
	out := s.takeOut(c)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	if finished {
		s.finish(nil)
	}
	return c.write(out)
}

// takeOut returns what a client is to write, and empties the queue, which has no other client: the
// scripts of streams answer none but the one they were called for.
func (s *Session) takeOut(c *client) []byte {
	c.queued, s.queued = false, s.queued[:0]
	out := c.out
	c.out, c.spare = c.spare[:0], out // out may still be being written when Run appends
	return out
}

func (c *client) write(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	_, err := c.stream.Write(b)
	return err
}

// finish ends a run, with the first error if there are several.
func (s *Session) finish(err error) {
	select {
	case s.end <- err:
	default:
	}
}

// runStreams lets the clients talk until the script has finished. Then nothing is on its way.
func (s *Session) runStreams() error {
	for _, c := range s.all {
		s.mu.Lock()
		s.running.start(c)
		err := s.take(c, nil) // what came with the handshake
		out := append([]byte(nil), s.takeOut(c)...)
		s.mu.Unlock()
		if err == nil {
			err = c.write(out)
		}
		if err != nil {
			return err
		}
	}
	silence, delivered := time.NewTicker(patience), -1
	defer silence.Stop()
	for {
		select {
		case err := <-s.end:
			s.mu.Lock()
			finished := s.running.finished()
			s.mu.Unlock()
			if err != nil || finished { // otherwise it is of the run before
				return err
			}
		case <-silence.C:
			s.mu.Lock()
			before := delivered
			delivered = s.result.Delivered
			s.mu.Unlock()
			if delivered == before {
				return errSilent
			}
		}
	}
}
