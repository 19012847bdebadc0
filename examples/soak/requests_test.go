package soak

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
)

// A requests is a session of SockJS in requests. A goroutine makes one receiving request after the
// other, until the session ends.
type requests struct {
	ctx    context.Context // of the session's requests
	client *http.Client
	base   string // the URL of the session
	action string // of its receivers
	cancel func()

	messages chan string // closed at the end
	err      error       // why; set before messages is closed
}

// sessionNumber makes the names of sessions differ, and process those of two processes.
var (
	sessionNumber atomic.Int64
	process       = "honest"
)

// newSession returns the path of a new session of a resource.
func newSession(resource string) string {
	return fmt.Sprintf("%s/000/%s-%d/", resource, process, sessionNumber.Add(1))
}

// newRequests returns a session for which no request has been made. Its requests end with cancel.
func newRequests(ctx context.Context, action string, http2 bool, at target, path string) *requests {
	ctx, cancel := context.WithCancel(ctx)
	var transport http.RoundTripper = &http.Transport{DialContext: dialTCP, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableCompression: true}
	if http2 {
		transport = newHTTP2(ctx, at)
	} else {
		context.AfterFunc(ctx, transport.(*http.Transport).CloseIdleConnections)
	}
	return &requests{
		ctx: ctx, client: &http.Client{Transport: transport}, action: action, cancel: cancel, messages: make(chan string, 1),
		base: at.url(newSession(path)),
	}
}

func openRequests(action string, http2 bool) func(context.Context, target, string) (session, error) {
	return func(ctx context.Context, at target, path string) (session, error) {
		s := newRequests(ctx, action, http2, at, path)
		opened := make(chan error, 1)
		go s.receiveAll(opened)
		if err := <-opened; err != nil {
			s.cancel()
			return nil, err
		}
		return s, nil
	}
}

func dialTCP(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err == nil {
		setLinger(ctx, conn)
	}
	return conn, err
}

func (s *requests) do(method, action, contentType, body string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(s.ctx, method, s.base+action, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return s.client.Do(r)
}

// receiveAll takes the frames of one response after the other. Its first error, or nil once the session is
// open, goes to opened.
func (s *requests) receiveAll(opened chan<- error) {
	open := false
	defer func() {
		if !open {
			opened <- s.err
		}
		close(s.messages)
	}()
	frame := func(f string) error {
		switch {
		case f == "":
		case f == "o" && !open:
			open = true
			opened <- nil
		case f[0] == 'a':
			var texts []string
			if err := json.Unmarshal([]byte(f[1:]), &texts); err != nil {
				return fmt.Errorf("frame %.40q: %w", f, err)
			}
			for _, text := range texts {
				select {
				case s.messages <- text:
				case <-s.ctx.Done():
					return s.ctx.Err()
				}
			}
		case f[0] == 'c':
			var code int
			var reason string
			if err := json.Unmarshal([]byte(f[1:]), &[]any{&code, &reason}); err != nil {
				return fmt.Errorf("frame %.40q: %w", f, err)
			}
			return closedError{code, reason}
		case f[0] != 'h':
			return fmt.Errorf("frame %.40q", f)
		}
		return nil
	}
	for s.err == nil {
		s.err = s.receiveOne(frame)
	}
}

// receiveOne makes one receiving request.
func (s *requests) receiveOne(frame func(string) error) error {
	method, action := http.MethodPost, s.action
	switch action {
	case "eventsource":
		method = http.MethodGet
	case "jsonp", "htmlfile":
		method, action = http.MethodGet, action+"?c=f"
	}
	r, err := s.do(method, action, "", "")
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		return statusError(r.StatusCode)
	}
	in := bufio.NewReader(r.Body)
	for {
		line, err := in.ReadString('\n')
		if err == io.EOF && line == "" {
			return nil
		}
		if err != nil && err != io.EOF {
			return err
		}
		line = strings.TrimRight(line, "\r\n")
		switch s.action {
		case "eventsource":
			line = strings.TrimPrefix(line, "data: ")
		case "htmlfile":
			quoted, ok := strings.CutPrefix(line, "p(")
			if !ok {
				continue // of the page
			}
			if err := json.Unmarshal([]byte(strings.TrimSuffix(quoted, ");")), &line); err != nil {
				return fmt.Errorf("htmlfile %.40q: %w", quoted, err)
			}
		case "jsonp":
			quoted := strings.TrimSuffix(strings.TrimPrefix(line, "/**/f("), ");")
			if err := json.Unmarshal([]byte(quoted), &line); err != nil {
				return fmt.Errorf("jsonp %.40q: %w", quoted, err)
			}
		}
		if err := frame(line); err != nil {
			return err
		}
	}
}

func (s *requests) send(texts ...string) error {
	body, err := json.Marshal(texts)
	if err != nil {
		return err
	}
	action, contentType, text := "xhr_send", "text/plain", string(body)
	if s.action == "jsonp" {
		action, contentType, text = "jsonp_send", "application/x-www-form-urlencoded", "d="+url.QueryEscape(text)
	}
	r, err := s.do(http.MethodPost, action, contentType, text)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return err
	}
	if r.StatusCode != http.StatusNoContent && r.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %w", action, statusError(r.StatusCode))
	}
	return nil
}

func (s *requests) receive() (string, error) {
	text, ok := <-s.messages
	if !ok {
		return "", s.err
	}
	return text, nil
}

func (s *requests) close() {
	s.cancel()
	for range s.messages { // until receiveAll has ended
	}
}
