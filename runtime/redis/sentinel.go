package redis

import (
	"context"
	"crypto/tls"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gomodule/redigo/redis"
)

const (
	// sentinelPatience is the time that a sentinel has to answer until the next one is asked too.
	sentinelPatience = 300 * time.Millisecond
	// sentinelRest is the time after which a sentinel that tells nothing is left for the next one, and asked again where
	// the primary is.
	sentinelRest = 15 * time.Second
	// sentinelPause is the pause from one sentinel to the next.
	sentinelPause = time.Second
)

// sentinels are the processes of Redis Sentinel that watch over a primary, and replace it by one of its replicas when
// it fails. They tell where the primary is, which each new connection asks, and when that has changed, so that
// connections to the old one are closed, even if it still answers.
type sentinels struct {
	// fixed after ParseURL
	name string // of the primary
	list []*Server

	mu sync.Mutex

	// guarded by mu
	first int                // index of the one that is asked first, because it was right last
	held  map[*held]struct{} // connections to the primary
	stop  func()             // ends watch; nil: it does not run
}

// A held is a connection to a primary.
type held struct {
	address string
	cut     func() // closes the connection, without waiting
}

// cutHosts takes the list of hosts out of a URL for sentinels, because net/url accepts only one. Other URLs
// stay as they are.
func cutHosts(s string) (rest, hosts string) {
	scheme, _, found := strings.Cut(s, "://")
	if !found || !strings.HasSuffix(strings.ToLower(scheme), "+sentinel") {
		return s, ""
	}
	begin := len(scheme) + len("://")
	end := begin + strings.IndexAny(s[begin:]+"/", "/?#")
	begin += strings.Index(s[begin:end], "@") + 1
	return s[:begin] + "sentinels" + s[end:], s[begin:end]
}

// parseSentinels returns the sentinels of a URL, or nil if it has none, or no name. It takes what concerns them out of
// the query.
func parseSentinels(hosts, name string, query url.Values) *sentinels {
	s := &sentinels{name: name, held: map[*held]struct{}{}}
	for host := range strings.SplitSeq(hosts, ",") {
		u, err := url.Parse("redis://" + host)
		if err != nil || u.Host != host {
			return nil
		}
		sentinel := &Server{network: "tcp", address: hostPort(u, "26379"), user: query.Get("sentinel_username"), password: query.Get("sentinel_password")}
		if sentinel.address == "" {
			return nil
		}
		s.list = append(s.list, sentinel)
	}
	if name == "" {
		return nil
	}
	query.Del("sentinel_username")
	query.Del("sentinel_password")
	return s
}

// secure makes the sentinels use TLS.
func (s *sentinels) secure(config *tls.Config) {
	for _, sentinel := range s.list {
		sentinel.tls = config
	}
}

// String returns them as in a URL, with the name.
func (s *sentinels) String() string {
	var addresses []string
	for _, sentinel := range s.list {
		addresses = append(addresses, sentinel.address)
	}
	return strings.Join(addresses, ",") + "/" + s.name
}

// A sentinelError tells why there is no address of a primary. It is no reply of the Redis that was wanted.
type sentinelError struct {
	text    string
	replied bool // a sentinel has
}

func (e *sentinelError) Error() string { return e.text }

// sentinelHints has advice for replies of sentinels, by their code.
var sentinelHints = map[string]string{
	"NOAUTH":    "put ?sentinel_password=… into --redis",
	"WRONGPASS": "correct sentinel_username and sentinel_password in --redis",
	"ERR":       "name sentinels in --redis, whose port is usually 26379",
}

// primary asks the sentinels for the address of the primary.
func (s *sentinels) primary(ctx context.Context) (address string, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type answer struct {
		from    int
		address string
		err     *sentinelError
	}
	answers := make(chan answer, len(s.list))
	s.mu.Lock()
	first := s.first
	s.mu.Unlock()
	var failure *sentinelError
	asked, open := 0, 0
	next := time.NewTimer(0)
	defer next.Stop()
	for {
		select {
		case <-next.C:
			if asked == len(s.list) {
				continue
			}
			i := (first + asked) % len(s.list)
			go func() { // ends when the sentinel has answered, or primary returns
				address, err := s.ask(ctx, s.list[i])
				answers <- answer{i, address, err}
			}()
			asked++
			open++
			next.Reset(sentinelPatience)
		case a := <-answers:
			open--
			if a.err == nil {
				s.trust(a.from)
				return a.address, nil
			}
			if failure == nil || a.err.replied && !failure.replied {
				failure = a.err
			}
			if asked == len(s.list) && open == 0 {
				return "", failure
			}
			next.Reset(0)
		}
	}
}

// trust makes a sentinel the first to be asked.
func (s *sentinels) trust(i int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.first = i
}

// ask asks one sentinel where the primary is.
func (s *sentinels) ask(ctx context.Context, sentinel *Server) (address string, failure *sentinelError) {
	failed := func(err error) (string, *sentinelError) {
		_, replied := answerOf(err)
		return "", &sentinelError{"the sentinel at " + sentinel.address + " does not tell where the primary is: " + faultOf(sentinel, err, sentinelHints).text, replied}
	}
	conn, release, err := sentinel.connect(ctx, answerLimit)
	if err != nil {
		return failed(err)
	}
	defer release()
	reply, err := conn.Do("SENTINEL", "get-master-addr-by-name", s.name)
	if err != nil {
		return failed(err)
	}
	parts, err := redis.Strings(reply, nil)
	if reply == nil || err != nil || len(parts) != 2 {
		return "", &sentinelError{"the sentinel at " + sentinel.address + " knows no primary of the name " + s.name, true}
	}
	return net.JoinHostPort(parts[0], parts[1]), nil
}

// errNotPrimary is the error of a connection to a replica that sentinels have named: it was the primary until now, or
// is to be it soon. It has the form of a replica's reply to what would change something.
var errNotPrimary = redis.Error("READONLY the sentinels tell that it is the primary, but it is a replica for now")

// dialPrimary is dialAt, and fails unless the address is that of a primary.
func (s *Server) dialPrimary(ctx, dialCtx context.Context, address string, limit time.Duration) (conn redis.Conn, raw net.Conn, release func(), err error) {
	if conn, raw, release, err = s.dialAt(ctx, dialCtx, address, limit); err != nil {
		return nil, nil, nil, err
	}
	role, err := redis.Values(conn.Do("ROLE"))
	if _, isAnswer := answerOf(err); isAnswer { // the user has no right to it
		return conn, raw, release, nil
	}
	if err == nil && len(role) > 0 {
		if kind, _ := redis.String(role[0], nil); kind != "master" {
			err = errNotPrimary
		}
	}
	if err != nil {
		release()
		return nil, nil, nil, err
	}
	return conn, raw, release, nil
}
