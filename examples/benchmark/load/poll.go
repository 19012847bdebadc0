//go:build linux

package load

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A Poller is clients that echo over long-polling, one message in flight each. Each has two connections:
// one asks for messages, one sends them.
type Poller struct {
	target  Target
	clients []*pollClient
}

// A pollClient speaks SockJS's xhr-polling, or socket.io's polling.
type pollClient struct {
	index   int
	target  *Target
	send    request   // without its body
	poll    request   // likewise
	in, out *exchange // the connections of poll and of send
	sent    int
}

// A request is the head of one, up to its Content-Length.
type request struct{ method, path string }

// An exchange is a connection of HTTP/1.1.
type exchange struct {
	host string
	io.ReadWriteCloser
	*bufio.Reader
}

// sessions counts the sessions of SockJS, which have names that differ.
var sessions atomic.Int64

// OpenPoller connects clients and opens their sessions.
func OpenPoller(target Target, clients int) (*Poller, error) {
	p := &Poller{target, make([]*pollClient, clients)}
	err := each(clients, func(i int) error {
		c := &pollClient{index: i, target: &p.target}
		p.clients[i] = c
		var err error
		if c.in, err = dialHTTP(target.Address); err == nil {
			c.out, err = dialHTTP(target.Address)
		}
		if err == nil {
			err = c.open()
		}
		if err != nil {
			return fmt.Errorf("client %d of %d: %w", i+1, clients, err)
		}
		return nil
	})
	if err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func dialHTTP(address string) (*exchange, error) {
	s, err := dial(address)
	if err != nil {
		return nil, err
	}
	return &exchange{address, s, bufio.NewReader(s)}, nil
}

// Close closes the connections. The sessions end when the server misses them.
func (p *Poller) Close() {
	for _, c := range p.clients {
		if c != nil && c.in != nil {
			c.in.Close()
		}
		if c != nil && c.out != nil {
			c.out.Close()
		}
	}
}

// Run lets the clients talk until a limit is reached.
func (p *Poller) Run(limit Limit) (*Result, error) {
	var (
		exchange = Same(64, false).prepare(&p.target).(*textExchange)
		result   = &Result{}
		begun    = time.Now()
		before   = cpuTime()
		mu       sync.Mutex // guards result and failed
		failed   error
		all      sync.WaitGroup
	)
	begin := func() bool { // counts a message that may be sent
		mu.Lock()
		defer mu.Unlock()
		if failed != nil || time.Since(begun) >= limit.Time || result.Sent >= limit.Messages {
			return false
		}
		result.Sent++
		return true
	}
	for _, c := range p.clients {
		all.Go(func() {
			for begin() {
				at := time.Now()
				err := c.echo(exchange)
				latency := time.Since(at)
				mu.Lock()
				result.Delivered++
				result.Latency.Add(latency, 1)
				if err != nil {
					failed = errors.Join(failed, fmt.Errorf("client %d: %w", c.index+1, err))
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	result.Elapsed, result.Generator = time.Since(begun), cpuTime()-before
	return result, failed
}

// open opens a session.
func (c *pollClient) open() error {
	if c.target.Dialect == SocketIO {
		return c.openSocketIO()
	}
	base := c.target.Path + "/000/" + fmt.Sprintf("session%08d", sessions.Add(1))
	c.poll, c.send = request{"POST", base + "/xhr"}, request{"POST", base + "/xhr_send"}
	if err := c.in.write(c.poll, ""); err != nil {
		return err
	}
	body, err := c.in.read(http.StatusOK)
	if err == nil && body != "o\n" {
		err = fmt.Errorf("the server opened a session with %q", cut([]byte(body)))
	}
	return err
}

func (c *pollClient) openSocketIO() error {
	base := "/socket.io/?EIO=4&transport=polling"
	c.poll, c.send = request{"GET", base}, request{"POST", base}
	if err := c.in.write(c.poll, ""); err != nil {
		return err
	}
	body, err := c.in.read(http.StatusOK)
	if err != nil {
		return err
	}
	var open struct{ SID string }
	if err := json.Unmarshal([]byte(strings.TrimPrefix(body, "0")), &open); err != nil || open.SID == "" {
		return fmt.Errorf("the server opened a session with %q", cut([]byte(body)))
	}
	c.poll.path += "&sid=" + open.SID
	c.send.path += "&sid=" + open.SID
	if err := c.post("40"); err != nil {
		return err
	}
	if err := c.in.write(c.poll, ""); err != nil {
		return err
	}
	if body, err = c.in.read(http.StatusOK); err == nil && !strings.HasPrefix(body, "40{") {
		err = fmt.Errorf("the server joined a namespace with %q", cut([]byte(body)))
	}
	return err
}

// post sends a body, and awaits that it was accepted.
func (c *pollClient) post(body string) error {
	if err := c.out.write(c.send, body); err != nil {
		return err
	}
	status := http.StatusNoContent
	if c.target.Dialect == SocketIO {
		status = http.StatusOK
	}
	_, err := c.out.read(status)
	return err
}

// echo sends a message and awaits its answer.
func (c *pollClient) echo(x *textExchange) error {
	n := number(c.index, c.sent)
	c.sent++
	text := bytes.Clone(x.send.text)
	putNumber(text[x.send.at:], n)
	if err := c.in.write(c.poll, ""); err != nil {
		return err
	}
	body := string(text)
	if c.target.Dialect == Plain {
		body = `["` + body + `"]`
	}
	if err := c.post(body); err != nil {
		return err
	}
	for {
		body, err := c.in.read(http.StatusOK)
		if err != nil {
			return err
		}
		answer, beat := c.unwrap(body)
		if answer != "" {
			return x.receive.check(message{opcode: opText, payload: []byte(answer)}, n)
		}
		if beat != "" {
			if err := c.post(beat); err != nil {
				return err
			}
		}
		if err := c.in.write(c.poll, ""); err != nil {
			return err
		}
	}
}

// unwrap returns the message of a response, or "" if it has none, and what a heartbeat in it is to be
// answered with.
func (c *pollClient) unwrap(body string) (text, beat string) {
	if c.target.Dialect == SocketIO {
		for packet := range strings.SplitSeq(body, "\x1e") {
			if packet == "2" {
				beat = "3"
			} else {
				text += packet
			}
		}
		return text, beat
	}
	if body == "h\n" {
		return "", ""
	}
	text, opened := strings.CutPrefix(body, `a["`)
	text, closed := strings.CutSuffix(text, "\"]\n")
	if !opened || !closed {
		return body, "" // which is no message that was sent
	}
	return text, ""
}

// write sends a request.
func (e *exchange) write(r request, body string) error {
	head := r.method + " " + r.path + " HTTP/1.1\r\nHost: " + e.host + "\r\nUser-Agent: " + userAgent +
		"\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9\r\n"
	if r.method == "POST" {
		head += "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n"
	}
	_, err := io.WriteString(e.ReadWriteCloser, head+"\r\n"+body)
	return err
}

// read returns the body of the next response. It fails for another status than the one it wants.
func (e *exchange) read(status int) (string, error) {
	response, err := http.ReadResponse(e.Reader, nil)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err == nil && response.StatusCode != status {
		err = fmt.Errorf("the server answered with %s: %q", response.Status, cut(body))
	}
	return string(body), err
}
