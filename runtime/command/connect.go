package command

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"node.websocket/runtime/command/option"
)

const (
	// connectLimit bounds the time until a server has accepted a connection.
	connectLimit = 30 * time.Second
	// closeLimit bounds the time that a server may take to answer a close or a ping.
	closeLimit = 5 * time.Second
	// typedLimit bounds the time that a server may take for a line that was typed. Nothing that is typed is seen
	// meanwhile, not even ^C.
	typedLimit = 10 * time.Second
)

// The exit codes of connect, beside 0 for a connection that was closed with 1000 or by the user.
const (
	exitNotConnected = 1
	exitMisuse       = 2
	exitLost         = 3 // closed with another code, or lost
)

// connect is the command connect, a client for people and for scripts.
func connect(set option.Set, operands []string, stdout, stderr io.Writer) int {
	if len(operands) == 0 {
		return fail(stderr, exitMisuse, errors.New("connect: it takes a URL, as in "+calledAs+" connect ws://localhost:8080/chat, or connect chat for short"))
	}
	a, err := newAddress(set, operands[0])
	if err != nil {
		return fail(stderr, exitMisuse, err)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // otherwise a closed stdout kills the program
	s, err := a.dial(ctx)
	if err != nil {
		return fail(stderr, exitNotConnected, fmt.Errorf("cannot connect to %s: %w", a.url.Redacted(), err))
	}
	p, err := newPrompt(os.Stdin, stdout, "> ", a.most)
	if err != nil {
		s.drop()
		return fail(stderr, exitNotConnected, err)
	}
	defer p.close()
	c := &caller{session: s, prompt: p, stderr: stderr, binary: option.Binary.In(set), wait: option.Wait.In(set)}
	if p.interactive() {
		note := "connected to " + a.url.Redacted()
		if protocol := s.protocol(); protocol != "" {
			note += " with the subprotocol " + protocol
		}
		p.say(note + "; ^D ends, /help tells more")
	}
	return c.talk(ctx)
}

// A clientSession is a connection to a server, over whatever transport. One goroutine may receive while another
// sends or closes.
type clientSession interface {
	protocol() string
	// receive returns the next message. The error is a *closedError, also if the connection was lost.
	receive() (binary bool, data []byte, err error)
	send(ctx context.Context, binary bool, data []byte) error
	ping(ctx context.Context) error
	// close begins a close, which receive returns once the server has answered it.
	close(ctx context.Context, code int, reason string) error
	// drop ends the connection without a close.
	drop()
}

// A closedError is the end of a connection.
type closedError struct {
	code   int // closeLost: without a close
	reason string
}

// The codes of a close that are no other error (RFC 6455 §7.4.1), and of a connection without one.
const (
	closeNormal   = 1000
	closeNoStatus = 1005
	closeLost     = 1006
)

func (e *closedError) Error() string {
	text := "closed with " + strconv.Itoa(e.code)
	switch e.code {
	case closeLost:
		text = "the connection was lost"
	case closeNoStatus:
		text = "closed without a code"
	}
	return strings.TrimSuffix(text+": "+e.reason, ": ")
}

// A caller carries what is typed to a server, and what the server sends to the terminal or the pipe.
type caller struct {
	session clientSession
	prompt  *prompt
	stderr  io.Writer
	binary  bool
	wait    time.Duration // for messages after the end of a pipe
}

// A closing ends a connection as the user has asked.
type closing struct {
	code   int
	reason string
}

// talk carries messages until one of the two sides ends the connection, and returns the exit code.
func (c *caller) talk(ctx context.Context) int {
	received, typed := make(chan error, 1), make(chan error, 1)
	how := closing{code: closeNormal}
	go func() { received <- c.receiveAll() }()    // ends with the connection
	go func() { typed <- c.sendAll(ctx, &how) }() // ends with its input, or with the program
	code := 0
	select {
	case err := <-received:
		return c.ended(err)
	case err := <-typed:
		if err != nil && ctx.Err() == nil {
			if _, isInput := errors.AsType[*inputError](err); !isInput { // receive knows better why
				select {
				case err = <-received:
				case <-time.After(closeLimit):
				}
				return c.ended(err)
			}
			code = fail(c.stderr, exitNotConnected, err)
			break
		}
		if err == nil && !c.prompt.interactive() {
			select {
			case err := <-received:
				return c.ended(err)
			case <-time.After(c.wait):
			case <-ctx.Done():
			}
		}
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.Background(), closeLimit)
	defer cancel()
	if c.session.close(last, how.code, how.reason) == nil {
		select {
		case <-received:
		case <-last.Done():
		}
	}
	c.session.drop()
	return code
}

// ended tells how the server has ended the connection, and returns the exit code.
func (c *caller) ended(err error) int {
	c.session.drop()
	closed, ok := errors.AsType[*closedError](err)
	switch {
	case ok && (closed.code == closeNormal || closed.code == closeNoStatus):
		if c.prompt.interactive() {
			c.prompt.say(err.Error())
		}
		return 0
	case c.prompt.interactive():
		c.prompt.say(err.Error())
		return exitLost
	}
	return fail(c.stderr, exitLost, err)
}

// receiveAll prints messages until the connection ends.
func (c *caller) receiveAll() error {
	for {
		binary, data, err := c.session.receive()
		if err != nil {
			return err
		}
		text := string(data)
		if binary {
			text = fmt.Sprintf("% x", data)
		}
		if c.prompt.interactive() {
			if binary {
				text = "(binary) " + text
			}
			c.prompt.say("< " + text)
		} else if err := c.prompt.show(text); err != nil { // nobody reads it any more
			return &closedError{code: closeNormal}
		}
	}
}

// An inputError is a line that cannot be sent.
type inputError struct{ error }

// sendAll sends lines until their end, or until how, which it sets, is to be done.
func (c *caller) sendAll(ctx context.Context, how *closing) error {
	for number := 1; ; number++ {
		line, err := c.prompt.readLine()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return &inputError{fmt.Errorf("line %d: %w", number, err)}
		}
		if c.prompt.interactive() {
			brief, cancel := context.WithTimeout(ctx, typedLimit)
			over, err := c.typed(brief, line, how)
			cancel()
			if wrong, ok := errors.AsType[*inputError](err); ok {
				c.prompt.say(wrong.Error())
			} else if err != nil || over {
				return err
			}
			continue
		}
		if err := c.sendLine(ctx, line, c.binary); err != nil {
			if wrong, ok := errors.AsType[*inputError](err); ok {
				err = &inputError{fmt.Errorf("line %d: %w", number, wrong.error)}
			}
			return err
		}
	}
}

// sendLine sends a line as a message; a binary one is written in hex.
func (c *caller) sendLine(ctx context.Context, line string, binary bool) error {
	data := []byte(line)
	if binary {
		var err error
		if data, err = hex.DecodeString(strings.Join(strings.Fields(line), "")); err != nil {
			return &inputError{errors.New("binary messages are written in hex, as in 68 65 6c 6c 6f")}
		}
	}
	return c.session.send(ctx, binary, data)
}

const typedHelp = `each line is sent as a message, and
  /binary 68 65 6c   sends these bytes
  /ping              tells how long the answer takes
  /close 1000 bye    ends the connection with a code and a reason, as ^D does with 1000
  //text             sends /text`

// typed carries out a line of a terminal: a command after a slash, or a message. It reports whether the connection
// is to end.
func (c *caller) typed(ctx context.Context, line string, how *closing) (over bool, err error) {
	rest, isCommand := strings.CutPrefix(line, "/")
	if !isCommand || strings.HasPrefix(rest, "/") {
		return false, c.sendLine(ctx, rest, c.binary)
	}
	name, rest, _ := strings.Cut(rest, " ")
	rest = strings.TrimSpace(rest)
	switch name {
	case "binary":
		return false, c.sendLine(ctx, rest, true)
	case "help":
		c.prompt.say(typedHelp)
		return false, nil
	case "ping":
		began := time.Now()
		if err := c.session.ping(ctx); err != nil {
			return false, &inputError{err}
		}
		c.prompt.say("a pong, after " + time.Since(began).Round(time.Microsecond).String())
		return false, nil
	case "close":
		return c.typedClose(rest, how)
	}
	return false, &inputError{fmt.Errorf("/%s: no such command; there are /binary, /ping, /close and /help, and //%s sends it as it is", name, name)}
}

// typedClose reads the code and the reason of /close.
func (c *caller) typedClose(text string, how *closing) (over bool, err error) {
	code, reason, _ := strings.Cut(text, " ")
	number := closeNormal
	if code != "" {
		number, err = strconv.Atoi(code)
	}
	if reason = strings.TrimSpace(reason); err != nil || number != closeNormal && (number < 3000 || number > 4999) || len(reason) > 123 {
		return false, &inputError{errors.New("/close takes 1000, or a code from 3000 to 4999, and a reason of up to 123 bytes")}
	}
	*how = closing{number, reason}
	return true, nil
}
