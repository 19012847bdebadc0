package front

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"time"
)

// flashRequest is sent by Flash before a movie opens a socket, to ask whether it may. Programs that
// give old browsers a WebSocket by means of Flash depend on the answer.
const flashRequest = "<policy-file-request/>\x00"

var errFlashRequest = errors.New("what begins with < is no request for a Flash policy")

// isFlashRequest reports whether p begins with the whole request. The error is for a p that cannot be
// the beginning of one.
func isFlashRequest(p []byte) (whole bool, err error) {
	n := min(len(p), len(flashRequest))
	if string(p[:n]) != flashRequest[:n] {
		return false, errFlashRequest
	}
	return n == len(flashRequest), nil
}

// answerFlash reads a request for a policy, and answers it.
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

// flashPolicy returns a policy by which movies of the given hosts may connect to the port.
func flashPolicy(hosts []string, port int) string {
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\"?>\n" +
		"<!DOCTYPE cross-domain-policy SYSTEM \"http://www.adobe.com/xml/dtds/cross-domain-policy.dtd\">\n<cross-domain-policy>\n")
	told := make(map[string]bool)
	for _, host := range hosts {
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
