package redis

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2/server"
)

// A fakeSentinel tells where the primary is, and when that changes.
type fakeSentinel struct {
	*server.Server

	mu          sync.Mutex
	primary     string         // guarded by mu
	subscribers []*server.Peer // likewise
	asked       int            // likewise
}

// fakeServer returns a server that answers some commands of Redis, by TLS unless secure is nil. It asks for a password
// unless that is empty.
func fakeServer(t testing.TB, password string, secure *tls.Config, commands map[string]server.Cmd) *server.Server {
	t.Helper()
	listen := func() (*server.Server, error) { return server.NewServer("127.0.0.1:0") }
	if secure != nil {
		listen = func() (*server.Server, error) { return server.NewServerTLS("127.0.0.1:0", secure) }
	}
	s, err := listen()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	known := func(c *server.Peer) bool { return password == "" || c.ClientName == "known" }
	commands["PING"] = func(c *server.Peer, _ string, _ []string) { c.WriteInline("PONG") }
	for name, do := range commands {
		_ = s.Register(name, func(c *server.Peer, cmd string, args []string) {
			if !known(c) {
				c.WriteError("NOAUTH Authentication required.")
				return
			}
			do(c, cmd, args)
		})
	}
	_ = s.Register("AUTH", func(c *server.Peer, _ string, args []string) {
		if args[len(args)-1] != password {
			c.WriteError("WRONGPASS invalid username-password pair or user is disabled.")
			return
		}
		c.ClientName = "known"
		c.WriteOK()
	})
	return s
}

// startSentinel returns a sentinel of a primary that is named m.
func startSentinel(t testing.TB, password, primary string, secure *tls.Config) *fakeSentinel {
	t.Helper()
	s := &fakeSentinel{primary: primary}
	s.Server = fakeServer(t, password, secure, map[string]server.Cmd{
		"SENTINEL": func(c *server.Peer, _ string, args []string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.asked++
			if strings.ToLower(args[0]) != "get-master-addr-by-name" || args[1] != "m" {
				c.WriteLen(-1)
				return
			}
			host, port, _ := net.SplitHostPort(s.primary)
			c.WriteStrings([]string{host, port})
		},
		"SUBSCRIBE": func(c *server.Peer, _ string, args []string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.subscribers = append(s.subscribers, c)
			c.WriteLen(3)
			c.WriteBulk("subscribe")
			c.WriteBulk(args[0])
			c.WriteInt(1)
		},
	})
	return s
}

// switchTo makes another server the primary.
func (s *fakeSentinel) switchTo(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.subscribers {
		c.Block(func(w *server.Writer) {
			w.WriteStrings([]string{"message", "+switch-master", "m " + strings.ReplaceAll(s.primary+" "+address, ":", " ")})
			w.Flush()
		})
	}
	s.primary = address
}

// A fakePrimary is a Redis that knows whether it is the primary.
type fakePrimary struct {
	*server.Server
	mu   sync.Mutex
	role string // guarded by mu
}

func startPrimary(t testing.TB, role string) *fakePrimary {
	t.Helper()
	p := &fakePrimary{role: role}
	p.Server = fakeServer(t, "", nil, map[string]server.Cmd{"ROLE": func(c *server.Peer, _ string, _ []string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		c.WriteStrings([]string{p.role})
	}})
	return p
}

func (p *fakePrimary) become(role string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.role = role
}

// nobody is an address at which nothing listens: nobody is given such a port who does not ask for it.
const nobody = "127.0.0.1:1"

// silent returns an address at which connections are accepted, and nothing is answered.
func silent(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

// TestSentinelsAreAsked checks that any of the sentinels is enough, and what is said if none tells where the primary is.
func TestSentinelsAreAsked(t *testing.T) {
	t.Parallel()
	primary := startPrimary(t, "master")
	sentinel, closed := startSentinel(t, "", primary.Addr().String(), nil), startSentinel(t, "s3cret", primary.Addr().String(), nil)
	replica := startSentinel(t, "", startPrimary(t, "slave").Addr().String(), nil)
	for _, c := range []struct{ name, hosts, rest, says string }{
		{"one", sentinel.Addr().String(), "/m", ""},
		{"others do not listen, or hang", nobody + "," + silent(t) + "," + sentinel.Addr().String(), "/m", ""},
		{"others know no such name", primary.Addr().String() + "," + sentinel.Addr().String(), "/m", ""},
		{"with a password", closed.Addr().String(), "/m?sentinel_password=s3cret", ""},
		{"with a user", closed.Addr().String(), "/m?sentinel_username=me&sentinel_password=s3cret", ""},
		{"none", nobody + "," + nobody, "/m", "nothing listens there"},
		{"no such name", nobody + "," + sentinel.Addr().String(), "/another", "knows no primary of the name another"},
		{"no password", closed.Addr().String(), "/m", "put ?sentinel_password=… into --redis"},
		{"wrong password", closed.Addr().String(), "/m?sentinel_password=s3cre", "correct sentinel_username and sentinel_password"},
		{"no sentinel", primary.Addr().String(), "/m", "name sentinels in --redis"},
		{"a replica", replica.Addr().String(), "/m", "it is a replica for now"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := parse(t, "redis+sentinel://"+c.hosts+c.rest)
			_, release, err := s.connect(t.Context(), 30*time.Second)
			if err == nil {
				defer release()
			}
			switch text := ""; {
			case c.says == "" && err != nil:
				t.Error(err)
			case c.says != "" && err == nil:
				t.Error("it is connected")
			case err != nil:
				if text = faultOf(s, err, nil).text; !strings.Contains(text, c.says) || strings.Contains(text, "s3cre") {
					t.Error(text)
				}
			}
		})
	}
}

// TestSwitch checks that connections to a primary that was replaced are closed, and no others, and that a sentinel
// is not believed that takes a replica for the primary.
func TestSwitch(t *testing.T) {
	t.Parallel()
	old, next := startPrimary(t, "master"), startPrimary(t, "slave")
	sentinel := startSentinel(t, "", old.Addr().String(), nil)
	server := parse(t, "redis+sentinel://"+nobody+","+sentinel.Addr().String()+"/m")
	ctx, cancel := context.WithCancel(t.Context())
	connect := func() (ended <-chan struct{}, address string, release func()) {
		_, raw, release, err := server.dial(ctx, 30*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		_ = raw.SetDeadline(time.Time{})
		go func() { // ends with the connection
			defer close(done)
			_, _ = raw.Read(make([]byte, 1))
		}()
		return done, raw.RemoteAddr().String(), release
	}
	first, _, release := connect()
	defer release()
	subscribed := func() bool {
		sentinel.mu.Lock()
		defer sentinel.mu.Unlock()
		return len(sentinel.subscribers) > 0 && sentinel.asked == 2 // when it connected, and when it had subscribed
	}
	wait(t, "the subscription", subscribed)
	before := next.TotalConnections()
	sentinel.switchTo(next.Addr().String())
	wait(t, "the look at the replica", func() bool { return next.TotalConnections() > before && next.ClientsLen() == 0 })
	select {
	case <-first:
		t.Fatal("a connection was closed because of a replica")
	default:
	}
	old.become("slave")
	next.become("master")
	sentinel.switchTo(next.Addr().String())
	<-first
	second, address, release := connect()
	defer release()
	if address != next.Addr().String() {
		t.Errorf("connected to %s", address)
	}
	sentinel.switchTo(next.Addr().String())
	select {
	case <-second:
		t.Error("a connection to the new primary was closed")
	default:
	}
	cancel()
	<-second
	release()
	release()
}
