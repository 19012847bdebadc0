package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/gomodule/redigo/redis"
)

const (
	// commandPatience is the time for which a command waits for a connection.
	commandPatience = 5 * time.Second
	// commandLimit is the time for a reply.
	commandLimit = 10 * time.Second
	// clientPause is the pause between attempts to connect.
	clientPause = 100 * time.Millisecond
	// writeBytes is the number of bytes from which commands are sent without waiting for more.
	writeBytes = 256 << 10
)

// errClosed is the error of commands after Close.
var errClosed = errors.New("the connection to Redis has been closed, because the server stops")

// A Client sends commands over one connection, and never waits for replies before it sends more. It
// connects when it has something to send.
type Client struct {
	// fixed after newClient
	server   *Server
	patience time.Duration
	limit    time.Duration // for a reply, and to write
	ctx      context.Context
	cancel   context.CancelFunc
	wake     chan struct{} // of capacity 1: requests wait
	done     chan struct{} // closed when the writer has ended

	subscriptions *subscriptions
	reached       use

	mu sync.Mutex

	// guarded by mu
	waiting []*request // not sent yet, oldest first
	started bool       // the writer
	closed  bool

	// owned by the writer
	link *clientLink // nil if not connected
}

// A request has the commands of one call of Send.
type request struct {
	commands [][]string
	take     func(bytes int) bool
	done     func(replies []any, err error)
	until    time.Time // when it fails unless it has been sent
	replies  []any
}

// NewClient returns a client, which connects when it is first used. tell takes messages about its subscriptions. The
// caller must call Close.
func NewClient(server *Server, tell *slog.Logger) *Client {
	c := &Client{server: server, patience: commandPatience, limit: commandLimit, wake: make(chan struct{}, 1), done: make(chan struct{})}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.subscriptions = newSubscriptions(c.ctx, server, tell)
	return c
}

// Send sends commands, at least one, together and in order, and returns at once. A command is its name
// and its arguments. It may be called from any goroutine, and those of one are sent in order.
//
// done is called once, on another goroutine or, after Close, within Send. It gets a reply for each
// command: nil, an int64, a string for a status, a []byte, a []any of these, or an error, by which
// Redis refused that command. Or it gets the error for which there are no replies, which says whether the
// commands may have been carried out. It must not wait.
//
// take is called on another goroutine with the size in bytes of each part of a reply, before that is
// kept. If it returns false, the reply is skipped, and is an error.
func (c *Client) Send(commands [][]string, take func(bytes int) bool, done func(replies []any, err error)) {
	r := &request{commands: commands, take: take, done: done, until: time.Now().Add(c.patience)}
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		done(nil, errClosed)
		return
	}
	c.waiting = append(c.waiting, r)
	if !c.started {
		c.started = true
		go c.write() // ends at Close
	}
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Subscribe calls listen for each message that is published on a channel, or with pattern, on those whose
// names match it, with the channel's name. ready is called once, on another goroutine: when Redis has
// subscribed, or with the error if it does not. From then on messages arrive, but for the time in which there
// is no connection, which is logged. listen is called in the order of the messages, and must neither wait nor
// change them. It may be called once more after unsubscribe, which is called from any goroutine, and waits
// for nothing.
func (c *Client) Subscribe(name string, pattern bool, listen func(name string, message []byte), ready func(error)) (unsubscribe func()) {
	return c.subscriptions.subscribe(channel{name, pattern}, listen, ready)
}

// Close ends the connections. Commands without a reply fail.
func (c *Client) Close() {
	c.mu.Lock()
	c.closed = true
	started := c.started
	c.mu.Unlock()
	c.cancel()
	c.subscriptions.wait()
	if started {
		<-c.done
	}
}

// write sends requests until Close.
func (c *Client) write() {
	defer close(c.done)
	for {
		select {
		case <-c.wake:
			c.serve()
		case <-c.ctx.Done():
		}
		if c.ctx.Err() != nil {
			c.fail(func(*request) bool { return true }, errClosed)
			if c.link != nil {
				c.link.end(errClosed)
				<-c.link.ended
			}
			return
		}
	}
}

// serve sends what waits, once there is a connection.
func (c *Client) serve() {
	for c.ctx.Err() == nil {
		first := c.first()
		if first == nil {
			return
		}
		if c.link != nil && !c.link.usable() {
			c.link = nil // its reader ends it when there is nothing more to read
		}
		if c.link == nil {
			if err := c.connect(first.until); err != nil {
				c.failed(err)
				continue
			}
		}
		c.mu.Lock()
		batch := c.waiting
		c.waiting = nil
		c.mu.Unlock()
		if !c.link.send(batch) { // it has ended a moment ago
			c.mu.Lock()
			c.waiting = append(batch, c.waiting...)
			c.mu.Unlock()
		}
	}
}

// first returns the request that has waited for longest, or nil.
func (c *Client) first() *request {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) == 0 {
		return nil
	}
	return c.waiting[0]
}

// connect connects, until a time or a moment later.
func (c *Client) connect(until time.Time) error {
	limit := max(min(answerLimit, time.Until(until)), clientPause)
	_, raw, release, err := c.server.dial(c.ctx, limit)
	c.reached.note(err == nil)
	if err != nil {
		return err
	}
	c.link = newClientLink(c.server, raw, release, c.limit)
	return nil
}

// failed fails the requests that have waited for a connection long enough, or all of them if waiting is
// of no use, and pauses.
func (c *Client) failed(err error) {
	_, isAnswer := answerOf(err)
	f := faultOf(c.server, err, commandHints)
	hopeless := isAnswer && !passes(f)
	now := time.Now()
	c.fail(func(r *request) bool { return hopeless || now.After(r.until.Add(-clientPause)) },
		fmt.Errorf("Redis at %s: %s; the command was not carried out", c.server, f.text))
	select {
	case <-time.After(clientPause):
	case <-c.ctx.Done():
	}
}

// fail ends the waiting requests that which selects.
func (c *Client) fail(which func(*request) bool, err error) {
	c.mu.Lock()
	var failed []*request
	c.waiting = slices.DeleteFunc(c.waiting, func(r *request) bool {
		if which(r) {
			failed = append(failed, r)
			return true
		}
		return false
	})
	c.mu.Unlock()
	for _, r := range failed {
		r.done(nil, err)
	}
}

// commandHints has advice for replies of Redis to a client that connects, by their code.
var commandHints = map[string]string{
	"LOADING":   "it is loading its data",
	"NOAUTH":    "put user and password into --redis",
	"WRONGPASS": "correct user and password in --redis",
}

// A clientLink is one connection of a Client, with what was sent and has no reply.
type clientLink struct {
	// fixed after newClientLink
	server *Server
	conn   net.Conn
	limit  time.Duration
	close  func()
	ended  chan struct{} // closed when the reader has ended

	mu sync.Mutex

	// guarded by mu
	sent    []*request // oldest first
	err     error      // why the connection has ended
	retired bool       // Redis has said that it is not, or not any more, what takes commands
}

func newClientLink(server *Server, conn net.Conn, release func(), limit time.Duration) *clientLink {
	l := &clientLink{server: server, conn: conn, limit: limit, close: sync.OnceFunc(release), ended: make(chan struct{})}
	_ = conn.SetDeadline(time.Time{}) // the greeting has set one
	go l.read()                       // ends with the connection
	return l
}

// usable reports whether requests can be sent.
func (l *clientLink) usable() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err == nil && !l.retired
}

// send sends requests, and reports whether it has begun to. Then those that get no reply fail.
func (l *clientLink) send(batch []*request) bool {
	l.mu.Lock()
	if l.err != nil {
		l.mu.Unlock()
		return false
	}
	if len(l.sent) == 0 {
		_ = l.conn.SetReadDeadline(time.Now().Add(l.limit))
	}
	l.sent = append(l.sent, batch...)
	l.mu.Unlock()
	var b []byte
	for i, r := range batch {
		for _, command := range r.commands {
			b = appendCommand(b, command)
		}
		if len(b) < writeBytes && i < len(batch)-1 {
			continue
		}
		_ = l.conn.SetWriteDeadline(time.Now().Add(l.limit))
		if _, err := l.conn.Write(b); err != nil {
			l.end(err)
			break
		}
		b = b[:0]
	}
	return true
}

// end ends the connection, and so the reader, which fails what has no reply.
func (l *clientLink) end(err error) {
	l.mu.Lock()
	if l.err == nil {
		l.err = err
	}
	l.mu.Unlock()
	l.close()
}

// read hands replies over until the connection ends.
func (l *clientLink) read() {
	defer close(l.ended)
	r := newReplyReader(l.conn)
	for {
		if _, err := r.br.Peek(1); err != nil {
			l.end(err)
			break
		}
		if err := l.receive(r); err != nil {
			l.end(err)
			break
		}
	}
	l.mu.Lock()
	sent, err := l.sent, l.err
	l.sent = nil
	l.mu.Unlock()
	for _, r := range sent {
		r.done(nil, l.failure(err, "may have been"))
	}
}

// receive reads one reply, which is that of the oldest request.
func (l *clientLink) receive(r replyReader) error {
	l.mu.Lock()
	if len(l.sent) == 0 {
		l.mu.Unlock()
		return errors.New("it sends what nobody asked for")
	}
	head := l.sent[0]
	l.mu.Unlock()
	reply, err := r.read(head.take)
	if err != nil {
		return err
	}
	head.replies = append(head.replies, reply)
	complete := len(head.replies) == len(head.commands)
	l.mu.Lock()
	if e, ok := reply.(ReplyError); ok && passes(faultOf(l.server, redis.Error(e), nil)) {
		l.retired = true // so that the next connection is to the primary that takes its place
	}
	if complete {
		l.sent[0] = nil
		l.sent = l.sent[1:]
	}
	next := time.Time{}
	if len(l.sent) > 0 {
		next = time.Now().Add(l.limit)
	}
	_ = l.conn.SetReadDeadline(next)
	over := l.retired && len(l.sent) == 0
	l.mu.Unlock()
	if complete {
		head.done(head.replies, nil)
	}
	if over {
		return errRetired
	}
	return nil
}

// errRetired ends a connection that has no more to do.
var errRetired = errors.New("the connection is no more used")

// failure returns the error of a request without a reply.
func (l *clientLink) failure(err error, carried string) error {
	if errors.Is(err, errClosed) {
		return err
	}
	return fmt.Errorf("Redis at %s: %s; the command %s carried out", l.server, faultOf(l.server, err, nil).text, carried)
}
