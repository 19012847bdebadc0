package redis

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"
)

// A Server says where a Redis is and how to get in. It is fixed after ParseURL, and may be used from any goroutine.
// Its password is in no text that this package makes.
type Server struct {
	network  string // "tcp" or "unix"
	address  string
	user     string // "": the default user
	password string // "": none is sent
	db       int
	tls      *tls.Config // nil: no TLS
}

// errURL is what ParseURL returns for what it cannot read. It never repeats the URL, which may hold a password.
var errURL = errors.New("it takes redis://[user:password@]host:port/db, rediss://… for TLS (with ?ca=FILE for a " +
	"certificate authority of your own), or unix:///path?db=N; write what is special in a password as %XX")

// ParseURL reads one of
//
//	redis://[[user]:password@]host[:port][/db]
//	rediss://[[user]:password@]host[:port][/db][?ca=FILE]
//	unix://[[user]:password@]/path[?db=N]
//
// The port is 6379 and the db 0 where they are left out. A word before @ without a colon is the password, as in
// redis-cli. With rediss the certificate must be good for the host: for the machine's own authorities or, with ca, for
// those of a PEM file, which is read here.
func ParseURL(s string) (*Server, error) {
	u, err := url.Parse(s)
	if err != nil || u.Opaque != "" || u.Fragment != "" {
		return nil, errURL // err quotes parts of the URL
	}
	server := &Server{network: "tcp"}
	if u.User != nil {
		server.user = u.User.Username()
		var both bool
		if server.password, both = u.User.Password(); !both {
			server.user, server.password = "", server.user
		}
	}
	query := u.Query()
	db, ca := strings.TrimPrefix(u.Path, "/"), query.Get("ca")
	switch u.Scheme {
	case "redis", "rediss":
		if u.Hostname() == "" {
			return nil, errURL
		}
		port := u.Port()
		if port == "" {
			port = "6379"
		}
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, errURL
		}
		server.address = net.JoinHostPort(u.Hostname(), port)
		if u.Scheme == "rediss" {
			query.Del("ca")
			server.tls = &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
		}
	case "unix":
		if u.Host != "" || u.Path == "" || u.Path == "/" {
			return nil, errURL
		}
		server.network, server.address = "unix", u.Path
		db = query.Get("db")
		query.Del("db")
	default:
		return nil, errURL
	}
	if len(query) > 0 {
		return nil, errURL
	}
	if db != "" {
		if server.db, err = strconv.Atoi(db); err != nil || server.db < 0 {
			return nil, errURL
		}
	}
	if server.tls != nil && ca != "" {
		if server.tls.RootCAs, err = readCA(ca); err != nil {
			return nil, err
		}
	}
	return server, nil
}

func readCA(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the certificates that ?ca= names: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read the certificates that ?ca= names: %s holds none in PEM form", file)
	}
	return pool, nil
}

// String is the server for people: where it is, without user and password.
func (s *Server) String() string {
	switch {
	case s.network == "unix" && s.db == 0:
		return "unix://" + s.address
	case s.network == "unix":
		return "unix://" + s.address + "?db=" + strconv.Itoa(s.db)
	case s.tls != nil:
		return "rediss://" + s.address + "/" + strconv.Itoa(s.db)
	}
	return "redis://" + s.address + "/" + strconv.Itoa(s.db)
}

// connect makes a connection that is ready for use. Connecting, and each answer later on, may take as long as limit.
// Once ctx is done the connection is closed, and whoever waits for an answer gets an error: call release when the
// connection is not needed any more.
func (s *Server) connect(ctx context.Context, limit time.Duration) (conn redis.Conn, release func(), err error) {
	dialCtx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var dialer net.Dialer
	raw, err := dialer.DialContext(dialCtx, s.network, s.address)
	if err != nil {
		return nil, nil, err
	}
	plain := raw
	if s.tls != nil {
		secure := tls.Client(raw, s.tls)
		if err := secure.HandshakeContext(dialCtx); err != nil {
			_ = raw.Close()
			return nil, nil, &handshakeError{err}
		}
		raw = secure
	}
	stop := context.AfterFunc(ctx, func() { _ = plain.Close() }) // TLS would first say farewell, which can take a while
	release = func() { stop(); _ = raw.Close() }
	conn = redis.NewConn(raw, limit, limit)
	if err := s.greet(conn); err != nil {
		release()
		if _, answer := answerOf(err); s.tls != nil && !answer { // TLS 1.3 tells only now that the client's certificate is missing
			err = &handshakeError{err}
		}
		return nil, nil, err
	}
	return conn, release, nil
}

// A handshakeError says that TLS failed, or what came over it before the first answer.
type handshakeError struct{ error }

func (e *handshakeError) Unwrap() error { return e.error }

// greet gets in and chooses the database.
func (s *Server) greet(conn redis.Conn) error {
	if s.user != "" || s.password != "" { // a user may need no password, and is still not the default one
		args := []any{s.password}
		if s.user != "" {
			args = []any{s.user, s.password}
		}
		if _, err := conn.Do("AUTH", args...); err != nil {
			return authError(err)
		}
	}
	if s.db != 0 {
		if _, err := conn.Do("SELECT", s.db); err != nil {
			if answer, ok := answerOf(err); ok && strings.HasPrefix(string(answer), "ERR ") {
				err = redis.Error(string(answer) + ": choose another database than " + strconv.Itoa(s.db) + " with --redis")
			}
			return err
		}
	}
	_, err := conn.Do("PING") // says NOAUTH, and that something is there that speaks for Redis
	if answer, ok := answerOf(err); ok && strings.HasPrefix(string(answer), "NOPERM") {
		return nil // it was let in, if not to do that
	}
	return err
}

// authError says why AUTH failed in words of our own: a server that does not know AUTH quotes its arguments.
func authError(err error) error {
	answer, ok := errors.AsType[redis.Error](err)
	if !ok {
		return err
	}
	code, text, _ := strings.Cut(string(answer), " ")
	if code == "ERR" && (strings.Contains(text, "without any password configured") || strings.Contains(text, "no password is set")) {
		return redis.Error("WRONGPASS this Redis has no password, but the URL does")
	}
	switch code {
	case "WRONGPASS":
		return redis.Error("WRONGPASS the user or the password is wrong")
	case "ERR":
		return redis.Error("ERR AUTH was refused")
	}
	return redis.Error(code + " AUTH was refused")
}
