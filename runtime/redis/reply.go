package redis

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
)

const (
	// elementSize is the size in bytes of an element of a reply, beside its text.
	elementSize = 64
	// maxDepth bounds how deep replies nest. A script can nest as deep as it likes.
	maxDepth = 64
	// maxBulk is more than the bytes of the longest text in Redis (512 MiB, unless it is configured
	// otherwise), and fits into an int of 32 bits.
	maxBulk = 1 << 30
	// maxLine bounds the bytes of a line, such as an error.
	maxLine = 64 << 10
)

// errTooLarge is the reply in place of one for which there is no room.
var errTooLarge = errors.New("the reply is too large; ask for less, as by ranges or SCAN")

// A replyReader reads replies of version 2 of Redis's protocol. redigo's makes room for as many bytes or
// elements as a reply announces, which may be more than the process has.
type replyReader struct{ br *bufio.Reader }

func newReplyReader(r io.Reader) replyReader { return replyReader{bufio.NewReaderSize(r, maxLine)} }

// read reads a reply: nil, an int64, a string, a []byte, a []any of these, or an error that Redis has
// answered with. take is called with the size of each part before it is kept, and reports whether there
// is room; if there is none, the rest of the reply is skipped, and the reply is errTooLarge. An err means
// that the connection is of no more use.
func (r replyReader) read(take func(bytes int) bool) (reply any, err error) {
	p := replyParser{replyReader: r, take: take}
	if reply, err = p.value(0); err == nil && p.full {
		reply = errTooLarge
	}
	return reply, err
}

// replyParser reads one reply.
type replyParser struct {
	replyReader
	take func(bytes int) bool
	full bool // there is no room: the rest is skipped
}

// keep reports whether a part of the reply is to be kept.
func (p *replyParser) keep(bytes int) bool {
	p.full = p.full || !p.take(bytes)
	return !p.full
}

func (p *replyParser) value(depth int) (any, error) {
	line, err := p.line()
	if err != nil {
		return nil, err
	}
	if len(line) == 0 {
		return nil, errors.New("a reply begins with an empty line")
	}
	kind, rest := line[0], line[1:]
	switch kind {
	case '+', '-':
		if !p.keep(len(rest) + elementSize) {
			return nil, nil
		}
		if kind == '-' {
			return ReplyError(rest), nil
		}
		return string(rest), nil
	case ':':
		n, err := strconv.ParseInt(string(rest), 10, 64)
		if err != nil || !p.keep(elementSize) {
			return nil, err
		}
		return n, nil
	}
	n, err := strconv.Atoi(string(rest))
	switch {
	case err != nil || n < -1 || n > maxBulk || kind != '$' && kind != '*':
		return nil, fmt.Errorf("a reply begins with %.20q", line)
	case n == -1:
		return nil, nil
	case kind == '$':
		return p.bulk(n)
	case depth == maxDepth:
		return nil, fmt.Errorf("a reply is nested more than %d deep", maxDepth)
	}
	return p.array(n, depth+1)
}

func (p *replyParser) bulk(n int) (any, error) {
	var b []byte
	if p.keep(n + elementSize) {
		b = make([]byte, n)
		if _, err := io.ReadFull(p.br, b); err != nil {
			return nil, err
		}
	} else if _, err := io.CopyN(io.Discard, p.br, int64(n)); err != nil {
		return nil, err
	}
	if end, err := p.line(); err != nil || len(end) != 0 {
		return nil, errors.Join(err, errors.New("a reply has no end of line"))
	}
	return b, nil
}

func (p *replyParser) array(n, depth int) (any, error) {
	var list []any
	for range n {
		v, err := p.value(depth)
		if err != nil {
			return nil, err
		}
		if !p.full {
			list = append(list, v) // grows as elements come: what is announced need not
		}
	}
	if list == nil {
		list = []any{}
	}
	return list, nil
}

// line reads a line without its end. It is valid until the next read.
func (p *replyParser) line() ([]byte, error) {
	line, err := p.br.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	if len(line) < 2 || line[len(line)-2] != '\r' {
		return nil, fmt.Errorf("a reply has the line %.20q", line)
	}
	return line[:len(line)-2], nil
}

// A ReplyError is a command's reply that is an error: its code and a text.
type ReplyError string

func (e ReplyError) Error() string { return string(e) }

// appendCommand appends a command as it is sent.
func appendCommand(b []byte, command []string) []byte {
	b = append(strconv.AppendInt(append(b, '*'), int64(len(command)), 10), "\r\n"...)
	for _, word := range command {
		b = append(strconv.AppendInt(append(b, '$'), int64(len(word)), 10), "\r\n"...)
		b = append(append(b, word...), "\r\n"...)
	}
	return b
}
