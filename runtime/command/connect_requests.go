package command

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

var (
	errTooLong = errors.New("a message is longer than --max-message")
	errFrame   = errors.New("the server has sent what is no frame of SockJS")
)

// receiving are the last segments of the paths from which the transports without a WebSocket receive.
var receiving = map[string]string{
	"xhr-streaming": "xhr_streaming", "xhr-polling": "xhr", "eventsource": "eventsource", "htmlfile": "htmlfile", "jsonp-polling": "jsonp",
}

// callback is the function that the scripts of htmlfile and jsonp-polling call with a frame. That of htmlfile has this
// name in any case.
const callback = "p"

// A requestSession is a clientSession over requests, in the protocol of client.js: SockJS, with subprotocols, binary
// messages and closes in addition (see transport/sockjs). A server that is plain SockJS's answers without those.
type requestSession struct {
	// fixed after dialRequests
	address  *address
	http     *http.Client
	base     string // "http://localhost:8080/chat/123/SESSION/"
	query    string // of the user's URL, with a & behind it
	chosen   string // the subprotocol
	extended bool   // the server knows client.js
	ended    context.Context
	end      context.CancelFunc

	// only for who receives
	response *http.Response // in progress; nil: the next is to be requested
	lines    *bufio.Scanner // of its body
	waiting  []json.RawMessage

	mu sync.Mutex // held while a request sends

	// written in dialRequests and guarded by mu afterwards
	key    string // of the session
	number int    // of the request that sends
}

// dialRequests opens a session.
func dialRequests(ctx context.Context, a *address, client *http.Client) (clientSession, error) {
	s := &requestSession{address: a, http: client, key: "1&protocols=" + url.QueryEscape(strings.Join(a.protocols, ","))}
	s.ended, s.end = context.WithCancel(context.Background())
	defer context.AfterFunc(ctx, s.end)() // unless it has connected before
	at := *a.url
	at.Scheme = strings.Replace(at.Scheme, "ws", "http", 1)
	at.RawQuery, at.ForceQuery = "", false
	s.base = strings.TrimSuffix(at.String(), "/") + "/000/" + strings.ToLower(rand.Text()) + "/"
	if a.url.RawQuery != "" {
		s.query = a.url.RawQuery + "&"
	}
	for {
		frame, err := s.frame()
		if err != nil {
			s.end()
			return nil, err
		}
		switch {
		case frame[0] == 'c':
			s.end()
			return nil, closeOf(frame)
		case frame[0] != 'o':
		case len(frame) == 1:
			return s, nil
		default:
			var opened [2]string
			if json.Unmarshal(frame[1:], &opened) != nil {
				s.end()
				return nil, errFrame
			}
			s.chosen, s.key, s.extended = opened[0], opened[1], true
			return s, nil
		}
	}
}

// request makes a request with the last segment of its path. n is its number.
func (s *requestSession) request(ctx context.Context, action, key string, n int, body []byte) (*http.Response, error) {
	method := http.MethodPost
	switch action {
	case "eventsource", "htmlfile", "jsonp":
		method = http.MethodGet
	}
	at := fmt.Sprintf("%s%s?%snws=%s&n=%d&t=%s&c=%s", s.base, action, s.query, key, n, strings.ToLower(rand.Text()[:8]), callback)
	r, err := http.NewRequestWithContext(ctx, method, at, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header, r.Host = s.address.header.Clone(), s.address.host
	if action == "jsonp_send" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return s.http.Do(r)
}

// frame returns the next frame, which is not empty. It begins a request where none is in progress.
func (s *requestSession) frame() ([]byte, error) {
	for {
		if s.response == nil {
			s.mu.Lock()
			key, n := s.key, s.number
			s.mu.Unlock()
			r, err := s.request(s.ended, receiving[s.address.transport], key, n, nil)
			if err != nil {
				return nil, err
			}
			if r.StatusCode != http.StatusOK {
				defer r.Body.Close()
				return nil, refusalOf(r)
			}
			s.response, s.lines = r, bufio.NewScanner(r.Body)
			// A text may take six times its length in JSON, seven times in a script, and a frame has several messages.
			s.lines.Buffer(nil, 7*s.address.most+8<<20)
		}
		for s.lines.Scan() {
			line := s.lines.Bytes()
			switch s.address.transport {
			case "eventsource":
				text, isData := strings.CutPrefix(string(line), "data: ")
				if !isData {
					continue
				}
				if decoded, err := url.PathUnescape(text); err == nil {
					text = decoded
				}
				line = []byte(text)
			case "htmlfile", "jsonp-polling":
				text, isCall := calledWith(line)
				if !isCall {
					continue
				}
				line = []byte(text)
			}
			if len(line) > 0 && line[0] != 'h' { // a heartbeat, and what comes before the first frame
				return bytes.Clone(line), nil
			}
		}
		err := s.lines.Err()
		_ = s.response.Body.Close()
		s.response = nil
		switch {
		case errors.Is(err, bufio.ErrTooLong):
			return nil, errTooLong
		case err != nil:
			return nil, err
		}
	}
}

// calledWith returns the frame with which a line of a script calls the callback, and reports whether it does.
func calledWith(line []byte) (frame string, isCall bool) {
	line = bytes.TrimPrefix(line, []byte("/**/"))
	line, isCall = bytes.CutPrefix(line, []byte(callback+"("))
	if !isCall {
		return "", false
	}
	line, isCall = bytes.CutSuffix(line, []byte(");"))
	return frame, isCall && json.Unmarshal(line, &frame) == nil
}

// closeOf reads a frame that closes: c[3000,"reason"].
func closeOf(frame []byte) error {
	var parts []any
	if json.Unmarshal(frame[1:], &parts) != nil || len(parts) != 2 {
		return errFrame
	}
	code, _ := parts[0].(float64)
	reason, _ := parts[1].(string)
	if reason == "Connection interrupted" { // SockJS says 1002
		return &closedError{code: closeLost}
	}
	return &closedError{int(code), reason}
}

func (s *requestSession) protocol() string { return s.chosen }

func (s *requestSession) receive() (binary bool, data []byte, err error) {
	for len(s.waiting) == 0 {
		frame, err := s.frame()
		switch {
		case err != nil:
		case frame[0] == 'c':
			err = closeOf(frame)
		case frame[0] != 'a' || json.Unmarshal(frame[1:], &s.waiting) != nil:
			err = errFrame
		}
		if closed, ok := errors.AsType[*closedError](err); ok {
			return false, nil, closed
		} else if err != nil {
			return false, nil, &closedError{closeLost, innermost(err).Error()}
		}
	}
	next := s.waiting[0]
	s.waiting = s.waiting[1:]
	var text string
	var bytes [1][]byte // json decodes base64
	if json.Unmarshal(next, &text) == nil {
		data = []byte(text)
	} else if binary = json.Unmarshal(next, &bytes) == nil; binary {
		data = bytes[0]
	} else {
		return false, nil, &closedError{closeLost, errFrame.Error()}
	}
	if len(data) > s.address.most {
		return false, nil, &closedError{closeLost, errTooLong.Error()}
	}
	return binary, data, nil
}

func (s *requestSession) send(ctx context.Context, binary bool, data []byte) error {
	var element any = string(data)
	if binary {
		if !s.extended {
			return &inputError{errors.New("this server has no binary messages over " + s.address.transport)}
		}
		element = []string{base64.StdEncoding.EncodeToString(data)}
	}
	return s.post(ctx, element)
}

// post sends one element of a body.
func (s *requestSession) post(ctx context.Context, element any) error {
	body, err := json.Marshal([]any{element})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.number++
	action := "xhr_send"
	if s.address.transport == "jsonp-polling" {
		action, body = "jsonp_send", []byte("d="+url.QueryEscape(string(body)))
	}
	r, err := s.request(ctx, action, s.key, s.number, body)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusNoContent && r.StatusCode != http.StatusOK {
		return refusalOf(r)
	}
	_, err = io.Copy(io.Discard, io.LimitReader(r.Body, mostRefusal)) // so that the connection is used again
	return err
}

func (s *requestSession) ping(context.Context) error {
	return errors.New("there are no pings over " + s.address.transport)
}

func (s *requestSession) close(ctx context.Context, code int, reason string) error {
	if !s.extended {
		return errors.New("plain SockJS has no close")
	}
	return s.post(ctx, []any{code, reason})
}

func (s *requestSession) drop() { s.end() }
