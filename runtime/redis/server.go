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

// A Server is the address of a Redis and the means of access to it. It is fixed after ParseURL, and
// may be used from any goroutine. No text of this package contains its password.
type Server struct {
	network   string // "tcp" or "unix"
	address   string // "" if sentinels tell it
	user      string // "" for the default user
	password  string // "" for none
	db        int
	tls       *tls.Config // nil without TLS; its ServerName is that of each connection
	sentinels *sentinels  // nil: the address is fixed
}

// errURL is the error of ParseURL. It never repeats the URL, which may contain a password.
var errURL = errors.New("it takes redis://[user:password@]host:port/db, rediss://… for TLS (with ?ca=FILE for a " +
	"certificate authority of your own), redis+sentinel://[user:password@]host:port,host:port/name/db, or unix:///path?db=N; " +
	"write what is special in a password as %XX")

// ParseURL parses a URL of one of these forms:
//
//	redis://[[user]:password@]host[:port][/db]
//	rediss://[[user]:password@]host[:port][/db][?ca=FILE]
//	unix://[[user]:password@]/path[?db=N]
//	redis+sentinel://[[user]:password@]host[:port][,host[:port]…]/name[/db][?sentinel_username=…][&sentinel_password=…]
//	rediss+sentinel://…[?ca=FILE]
//
// The port defaults to 6379 and the database to 0. A word before @ without a colon is the password,
// as in redis-cli. With rediss the certificate must be valid for the host, by the machine's
// certificate authorities or, with ca, by those in a PEM file, which ParseURL reads.
//
// The hosts of the last two forms are those of Redis Sentinel, on port 26379 unless it is given. They tell where the
// primary of a name is. User, password and database are the primary's. TLS is for both.
func ParseURL(s string) (*Server, error) {
	s, hosts := cutHosts(s)
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
		if server.address = hostPort(u, "6379"); server.address == "" {
			return nil, errURL
		}
	case "redis+sentinel", "rediss+sentinel":
		var name string
		name, db, _ = strings.Cut(db, "/")
		if server.sentinels = parseSentinels(hosts, name, query); server.sentinels == nil {
			return nil, errURL
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
	if strings.HasPrefix(u.Scheme, "rediss") {
		query.Del("ca")
		server.tls = &tls.Config{MinVersion: tls.VersionTLS12}
		if server.sentinels != nil {
			server.sentinels.secure(server.tls)
		}
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

// hostPort returns the host and the port of a URL, or "" if they are none, or those of several hosts.
func hostPort(u *url.URL, port string) string {
	if u.Port() != "" {
		port = u.Port()
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || u.Hostname() == "" || strings.Contains(u.Host, ",") {
		return ""
	}
	return net.JoinHostPort(u.Hostname(), port)
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

// String returns the URL without user and password, for messages.
func (s *Server) String() string {
	scheme := "redis"
	if s.tls != nil {
		scheme = "rediss"
	}
	switch {
	case s.network == "unix" && s.db == 0:
		return "unix://" + s.address
	case s.network == "unix":
		return "unix://" + s.address + "?db=" + strconv.Itoa(s.db)
	case s.sentinels != nil:
		return scheme + "+sentinel://" + s.sentinels.String() + "/" + strconv.Itoa(s.db)
	}
	return scheme + "://" + s.address + "/" + strconv.Itoa(s.db)
}

// connect returns a connection that is ready for use. limit is the time for connecting, and for
// each later reply. When ctx is done the connection is closed, and whoever waits for a reply gets
// an error. The caller must call release when it no longer needs the connection.
func (s *Server) connect(ctx context.Context, limit time.Duration) (conn redis.Conn, release func(), err error) {
	conn, _, release, err = s.dial(ctx, limit)
	return conn, release, err
}

// dial is like connect, and returns the connection below conn as well, which has no more to be read.
func (s *Server) dial(ctx context.Context, limit time.Duration) (conn redis.Conn, raw net.Conn, release func(), err error) {
	dialCtx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if s.sentinels == nil {
		return s.dialAt(ctx, dialCtx, s.address, limit)
	}
	address, err := s.sentinels.primary(dialCtx)
	if err != nil {
		return nil, nil, nil, err
	}
	ctx, cut := context.WithCancel(ctx)
	conn, raw, hangUp, err := s.dialPrimary(ctx, dialCtx, address, limit)
	if err != nil {
		cut()
		return nil, nil, nil, err
	}
	leave := s.sentinels.hold(s, address, cut)
	return conn, raw, func() { leave(); hangUp(); cut() }, nil
}

// dialAt is dial for an address. dialCtx bounds the time until the connection is ready for use.
func (s *Server) dialAt(ctx, dialCtx context.Context, address string, limit time.Duration) (conn redis.Conn, raw net.Conn, release func(), err error) {
	var dialer net.Dialer
	raw, err = dialer.DialContext(dialCtx, s.network, address)
	if err != nil {
		return nil, nil, nil, err
	}
	plain := raw
	if s.tls != nil {
		config := s.tls.Clone()
		config.ServerName, _, _ = net.SplitHostPort(address)
		secure := tls.Client(raw, config)
		if err := secure.HandshakeContext(dialCtx); err != nil {
			_ = raw.Close()
			return nil, nil, nil, &handshakeError{err}
		}
		raw = secure
	}
	stop := context.AfterFunc(ctx, func() { _ = plain.Close() }) // not raw.Close, because TLS would first send an alert, which can take a while
	release = func() { stop(); _ = raw.Close() }
	conn = redis.NewConn(raw, limit, limit)
	if err := s.greet(conn); err != nil {
		release()
		if _, answer := answerOf(err); s.tls != nil && !answer { // with TLS 1.3 a missing client certificate shows only now
			err = &handshakeError{err}
		}
		return nil, nil, nil, err
	}
	return conn, raw, release, nil
}

// A handshakeError is a failure of TLS, or of the connection before the first reply over it.
type handshakeError struct{ error }

func (e *handshakeError) Unwrap() error { return e.error }

// greet authenticates and selects the database.
func (s *Server) greet(conn redis.Conn) error {
	if s.user != "" || s.password != "" { // a user other than the default one may need no password
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
	_, err := conn.Do("PING") // shows NOAUTH, and whether a Redis is there at all
	if answer, ok := answerOf(err); ok && strings.HasPrefix(string(answer), "NOPERM") {
		return nil // authenticated, but without the right to PING
	}
	return err
}

// authError rewords the failure of AUTH, because a server that does not know AUTH quotes its
// arguments.
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
