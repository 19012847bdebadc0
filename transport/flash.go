package transport

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// flashRequest is what a Flash movie sends before it opens a socket, to be told whether it may. Programs that give old browsers a WebSocket by way of
// Flash depend on the answer.
const flashRequest = "<policy-file-request/>\x00"

var errFlashRequest = errors.New("what begins with < is no request for a Flash policy")

// isFlashRequest says whether p, which has not come whole perhaps, is the request, and whether it is whole. What follows a whole one
// does not matter.
func isFlashRequest(p []byte) (whole bool, err error) {
	n := min(len(p), len(flashRequest))
	if string(p[:n]) != flashRequest[:n] {
		return false, errFlashRequest
	}
	return n == len(flashRequest), nil
}

// answerFlash reads the request to its end, and answers it.
func (a *arrival) answerFlash(policy string, timeout time.Duration) error {
	for n := 1; ; {
		p, err := a.peek(n)
		if err != nil {
			return fmt.Errorf("request for a Flash policy: %w", err)
		}
		whole, err := isFlashRequest(p)
		if err != nil {
			return err
		}
		if whole {
			return a.say(policy, timeout)
		}
		n = len(p) + 1
	}
}

// flashPolicy is the policy: movies of the allowed origins' hosts may connect to the port. A policy has no schemes and no ports of origins, so what connects
// then is checked against the whole origin like everybody.
func (s *Server) flashPolicy(port int) string {
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\"?>\n" +
		"<!DOCTYPE cross-domain-policy SYSTEM \"http://www.adobe.com/xml/dtds/cross-domain-policy.dtd\">\n<cross-domain-policy>\n")
	told := make(map[string]bool)
	for _, listed := range s.options.Origins {
		host := "*"
		if listed != "*" {
			o, ok := parseListed(listed)
			if !ok {
				continue // "null" has no host
			}
			host = o.host
		}
		if told[host] {
			continue
		}
		told[host] = true
		var escaped bytes.Buffer
		xml.EscapeText(&escaped, []byte(host)) // writing to a Buffer does not fail
		fmt.Fprintf(&b, "<allow-access-from domain=%q to-ports=\"%d\"/>\n", escaped.String(), port)
	}
	b.WriteString("</cross-domain-policy>\n\x00")
	return b.String()
}

// ServeFlashPolicy answers Flash's requests for a policy, and nothing else, on a listener of its own, until that fails or
// Shutdown is called, when it returns http.ErrServerClosed. Flash asks at port 843 first. The policy allows connections to the given port.
// It closes the listener.
func (s *Server) ServeFlashPolicy(l net.Listener, port int) error {
	f := newFront(s, l, port)
	defer f.Close()
	s.mu.Lock()
	if s.empty != nil {
		f.Close()
	}
	s.flash[f] = struct{}{}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.flash, f)
		s.mu.Unlock()
	}()
	for {
		_, err := f.Accept() // hands nothing on
		select {
		case <-f.done:
			return http.ErrServerClosed
		default:
		}
		if !passes(err) {
			return fmt.Errorf("transport: the port for Flash's policy: %w", err)
		}
		select {
		case <-f.done:
		case <-time.After(acceptPause):
		}
	}
}

// acceptPause is how long nothing is accepted after an error that passes.
const acceptPause = time.Second
