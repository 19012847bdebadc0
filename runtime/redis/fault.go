package redis

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"syscall"

	"github.com/gomodule/redigo/redis"
)

// A fault is the reason why Redis does not take lines. Errors of one kind are one fault, which is
// logged once in an outage.
type fault struct {
	kind string // the code of Redis's reply, such as OOM; "TLS"; or "away"
	text string
}

// faultOf classifies an error. The text is one line and contains no password. hints are advice for replies,
// by their code.
func faultOf(s *Server, err error, hints map[string]string) fault {
	if answer, ok := answerOf(err); ok {
		text := string(answer)
		if m := inScript.FindStringSubmatch(text); m != nil { // as Redis 6 and older say it
			text = m[1]
		}
		if i := strings.Index(text, " script: "); i > 0 { // the position in the script, of no use to the user
			text = text[:i]
		}
		code, _, _ := strings.Cut(text, " ")
		if strings.Contains(text, "can't run this command") { // an error within a script has no code of its own
			code = "NOPERM"
		}
		if !isCode.MatchString(code) || code == s.password {
			code = "ERR"
		}
		f := fault{kind: code, text: s.redact(text)}
		if hint := hints[code]; hint != "" {
			f.text += ": " + hint
		}
		return f
	}
	f := fault{"away", s.redact(err.Error())}
	to, hint := "", ""
	if _, secure := errors.AsType[*handshakeError](err); secure { // a certificate, or a port that does not speak TLS
		f.kind, to, hint = "TLS", " to TLS", ": "+tlsHint
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		f = fault{"away", "it does not answer" + to}
	case errors.Is(err, syscall.ECONNREFUSED):
		f.text = "nothing listens there"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		f.text = "it closed the connection" + to
	case errors.Is(err, net.ErrClosed): // see subscriber.reconnect
		f.text = "the connection was given up"
	case strings.HasPrefix(err.Error(), "redigo: "): // the reply is not of Redis's protocol
		f.text = "what answers there is no Redis"
	}
	f.text += hint
	return f
}

const tlsHint = "check the host, rediss:// and ?ca=FILE, and that Redis asks its clients for no certificate (tls-auth-clients no)"

// isCode matches the error codes of Redis.
var isCode = regexp.MustCompile(`^[A-Z]{2,20}$`)

// inScript finds the reply of a command in the error of the script that ran it, as older versions
// of Redis report it.
var inScript = regexp.MustCompile(`^ERR Error running script .*@user_script: ?\d+: -?([A-Z]+ .*)`)

// logHints are those for the log.
var logHints = map[string]string{
	"OOM":       "give Redis more memory (maxmemory), or keep fewer lines with --log-max",
	"LOADING":   "it takes the log when it has loaded its data",
	"READONLY":  "this is a replica; name the master with --redis",
	"WRONGTYPE": "a key of that name is no list; name another with --logKey, or delete it",
	"NOAUTH":    "put user and password into --redis",
	"WRONGPASS": "correct user and password in --redis",
	"NOPERM": "allow its user GET, SET, LLEN, INCRBY, LTRIM, RPUSH and EVALSHA, EVAL (or WATCH, MULTI, EXEC) to write the log, " +
		"and TYPE, GET, LLEN, LRANGE, MULTI and EXEC to read it, on all keys that begin with its name",
	"MISCONF":   "Redis cannot save its data; see its own log",
	"MOVED":     "name the node of the cluster that has this key",
	"CROSSSLOT": "in a cluster, put the name of the list in braces: --logKey '{log}'",
}

// redact removes the password from a text of foreign origin, and makes it one line.
func (s *Server) redact(text string) string {
	if s.password != "" {
		text = strings.ReplaceAll(text, s.password, "…")
	}
	if i := strings.IndexAny(text, "\r\n"); i >= 0 {
		text = text[:i]
	}
	return text
}

// passing reports whether err may mean only that the connection was closed while it was idle, so
// that another attempt should be made at once.
func passing(err error) bool {
	_, answer := answerOf(err)
	timeout, isNet := errors.AsType[net.Error](err)
	return !answer && (!isNet || !timeout.Timeout())
}

// answerOf returns err as a reply of Redis. ok is false for trouble on the way. A connection
// remains usable after a reply.
func answerOf(err error) (redis.Error, bool) {
	answer, ok := errors.AsType[redis.Error](err)
	return answer, ok
}
