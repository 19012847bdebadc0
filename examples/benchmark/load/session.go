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

// A Plan is an [Echo], a [Broadcast] or a [Room].
type Plan interface {
	clients() int
	script(s *Session) script // for one Run
}

// A script decides what clients send. Calls are made one after another.
type script interface {
	start(c *client)                   // sends a client's first messages
	answer(c *client, m message) error // is given each message
	finished() bool                    // reports whether all answers have come and no more will be sent
}

// A Limit ends a run, whichever is reached first; then the answers on their way are waited for.
type Limit struct {
	Time     time.Duration
	Messages int // that clients send
}

// A Result has the figures of a run.
type Result struct {
	Sent      int // messages that clients sent
	Delivered int // messages that they got, which is the same for an echo
	Elapsed   time.Duration
	Latency   Histogram     // from the write of a message to the read of each answer
	Generator time.Duration // CPU time of this process meanwhile
	Bytes     int           // of the payloads that clients got, as they were sent
}

// A Session is a set of clients that are connected to one target.
type Session struct {
	// Fixed after Open.
	target Target
	plan   Plan
	loop   *loop // of plain TCP; nil: each client has a stream
	all    []*client

	// Of one Run, guarded by mu for clients that have a stream.
	mu      sync.Mutex
	begun   time.Time
	now     time.Duration // since begun, at the last read
	limit   Limit
	running script // nil between runs
	result  *Result
	queued  []*client // those with something in out
	end     chan error
}

// A client is one WebSocket.
type client struct {
	index  int
	mask   mask
	parser parser
	out    []byte // what is to be written
	spare  []byte // of a stream: takes turns with out
	queued bool   // it is in Session.queued

	fd     int                // of a plain TCP connection, which does not block
	stream io.ReadWriteCloser // of another, where fd is -1

	// Of the script.
	sent, answered int
	sentAt         time.Duration // of the last burst
	joined         bool          // a broadcast or a room
}

// Open connects all clients of a plan.
func Open(target Target, plan Plan) (_ *Session, err error) {
	s := &Session{target: target, plan: plan, all: make([]*client, plan.clients()), end: make(chan error, 1)}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	connect := s.connect
	switch {
	case target.HTTP2:
		connect = newHTTP2(target).connect
	case target.TLS:
	default:
		if s.loop, err = newLoop(s); err != nil {
			return nil, err
		}
	}
	err = each(len(s.all), func(i int) error {
		c := &client{index: i, mask: newMask(i), fd: -1}
		rest, err := connect(c)
		if err == nil {
			s.all[i] = c
			err = s.greet(c, rest)
		}
		if err == nil && s.loop == nil {
			go s.read(c) // ends when Close closes the stream; until Run, it answers pings
		}
		if err != nil {
			return fmt.Errorf("client %d of %d: %w", i+1, len(s.all), err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if s.loop != nil {
		err = s.loop.addAll()
	}
	return s, err
}

// connect opens a client's connection and makes its handshake.
func (s *Session) connect(c *client) (rest []byte, err error) {
	if s.target.TLS {
		stream, err := dialTLS(s.target.Address)
		if err != nil {
			return nil, err
		}
		c.stream = stream
	} else {
		plain, err := dial(s.target.Address)
		if err != nil {
			return nil, err
		}
		c.stream, c.fd = plain, plain.fd
	}
	if rest, err = s.target.upgrade(c.stream, c.index); err != nil {
		c.stream.Close()
	}
	return rest, err
}

// greet does what the dialect wants before the first message: a client of socket.io is told of its
// session, asks for a namespace and gets it. What the server sent after that is kept for the script.
func (s *Session) greet(c *client, rest []byte) error {
	c.parser.feed(rest)
	steps := []struct{ await, send string }{}
	if s.target.Dialect == SocketIO {
		steps = append(steps, struct{ await, send string }{"0{", "40"}, struct{ await, send string }{"40{", ""})
	}
	buffer := make([]byte, 4096)
	for _, step := range steps {
		for {
			m, ok, err := c.parser.next()
			if err == nil && !ok {
				var n int
				n, err = c.stream.Read(buffer)
				c.parser.feed(buffer[:n])
			}
			if err != nil {
				return err
			}
			if ok && len(m.payload) >= len(step.await) && string(m.payload[:len(step.await)]) == step.await {
				break
			} else if ok {
				return fmt.Errorf("the server sent %s, where %q was expected", m, step.await)
			}
		}
		if step.send != "" {
			if _, err := c.stream.Write(appendFrame(nil, opText, c.mask, []byte(step.send))); err != nil {
				return err
			}
		}
	}
	c.parser.keep()
	return nil
}

// Run lets the clients talk until a limit is reached.
func (s *Session) Run(limit Limit) (*Result, error) {
	before := cpuTime()
	s.mu.Lock()
	s.begun, s.now, s.limit, s.result = time.Now(), 0, limit, &Result{}
	s.running = s.plan.script(s)
	s.mu.Unlock()
	err := s.drive()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = nil
	s.result.Elapsed = time.Since(s.begun)
	s.result.Generator = cpuTime() - before
	return s.result, err
}

func (s *Session) drive() error {
	if s.loop != nil {
		return s.loop.run()
	}
	return s.runStreams()
}

// over reports whether no new message may be sent.
func (s *Session) over() bool { return s.now >= s.limit.Time || s.result.Sent >= s.limit.Messages }

// queue notes that a client has something to write.
func (s *Session) queue(c *client) {
	if !c.queued {
		c.queued = true
		s.queued = append(s.queued, c)
	}
}

// take gives the script the messages of bytes that a client read.
func (s *Session) take(c *client, b []byte) error {
	c.parser.feed(b)
	for {
		m, ok, err := c.parser.next()
		if !ok || err != nil {
			return err
		}
		switch {
		case m.opcode == opPing:
			c.out = appendFrame(c.out, opPong, c.mask, m.payload)
			s.queue(c)
		case m.opcode == opPong:
		case m.opcode == opClose:
			return fmt.Errorf("the server closed a connection: %q", m.payload)
		case s.target.Dialect == SocketIO && string(m.payload) == "2": // a ping of its own
			c.out = appendFrame(c.out, opText, c.mask, []byte("3"))
			s.queue(c)
		case s.running == nil:
			return fmt.Errorf("the server sent %s, though nothing was asked", m)
		default:
			s.result.Bytes += len(m.payload)
			if err := s.running.answer(c, m); err != nil {
				return fmt.Errorf("client %d: %w", c.index+1, err)
			}
		}
	}
}

// errSilent is the error of a run whose answers do not come.
var errSilent = errors.New("the server does not answer any more, though answers are missing")

// Close closes all connections, without a closing handshake.
func (s *Session) Close() {
	for _, c := range s.all {
		if c != nil {
			c.stream.Close()
		}
	}
	if s.loop != nil {
		s.loop.close()
	}
}

// cpuTime returns the CPU time of this process.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // RUSAGE_SELF is always valid
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
