package transport

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"node.websocket/transport/websocket"
)

// earlyServers returns a server that takes handshakes early and one that leaves them to net/http, which
// are asked for the status, the header and the body of a refusal in the query: "?status=401".
func earlyServers(t testing.TB, o Options, seen *[2]atomic.Pointer[Request]) (addresses [2]string) {
	for i := range addresses {
		h := &fakeHandler{conversation: func() *fakeConversation { return newConversation(t) }}
		h.open = func(_ context.Context, p *fakeConversation) (a Answer, err error) {
			seen[i].Store(p.request)
			_, raw, _ := strings.Cut(strings.Fields(p.request.Head)[1], "?")
			query, _ := url.ParseQuery(raw) // p.http is not for a goroutine beside a fuzz target
			if status := query.Get("status"); status != "" {
				a.Status, err = strconv.Atoi(status)
				a.Body, a.Header = "no", http.Header{"X-Why": {"a\tb", "c"}, "Date": query["date"]}
			}
			return a, err
		}
		o.Log = slog.New(slog.DiscardHandler)
		s := NewServer(o, h)
		s.noEarly = i == 1
		addresses[i] = serveServer(t, s)
	}
	return addresses
}

// A reaction is the result of some bytes: the answer, what follows it, and what the module has seen.
type reaction struct {
	status int
	header http.Header
	body   string
	seen   string
}

// react sends the bytes on a connection of its own, and nothing after them.
func react(t testing.TB, address string, p []byte, seen *atomic.Pointer[Request]) (got reaction) {
	t.Helper()
	seen.Store(nil)
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(limit))
	if _, err := conn.Write(p); err != nil {
		t.Fatal(err)
	}
	conn.(*net.TCPConn).CloseWrite()
	all, _ := io.ReadAll(conn) // a reset is possible, and no matter
	r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(all)), nil)
	if err != nil {
		return reaction{body: string(all)}
	}
	body, _ := io.ReadAll(r.Body)
	r.Header.Del("Date")
	if before, _, ok := bytes.Cut(body, []byte(`"entropy":`)); ok { // of /info, and random
		body = before
		r.Header.Del("Content-Length")
	}
	got = reaction{status: r.StatusCode, header: r.Header, body: string(body)}
	if q := seen.Load(); q != nil {
		own := *q
		own.ID = ""
		// The modules see neither the order nor the case of the names.
		lines := strings.Split(own.Head, "\r\n")
		for i, line := range lines[1:] {
			name, value, _ := strings.Cut(line, ":")
			lines[i+1] = strings.ToLower(name) + ":" + strings.TrimSpace(value)
		}
		name := func(line string) string { name, _, _ := strings.Cut(line, ":"); return name }
		slices.SortStableFunc(lines[1:], func(a, b string) int { return strings.Compare(name(a), name(b)) })
		own.Head = strings.Join(lines, "\n")
		got.seen = fmt.Sprintf("%+v", own)
	}
	return got
}

// earlySeeds are requests that the early way takes, or has to leave to net/http.
func earlySeeds() (seeds []string) {
	head := handshake("/a?x=1", "Origin: http://a.com\r\n", "Cookie: a=b; JSESSIONID=c\r\n", "Sec-WebSocket-Protocol: x, y\r\n")
	seeds = append(seeds, head, head+"\x81\x80\x00\x00\x00\x00", head+head, "\r\n"+head, head[:len(head)-2], head[:len(head)/2],
		strings.ReplaceAll(head, "\r\n", "\n"),
		handshake("/a", "Sec-WebSocket-Key: "+websocketKey+"\r\n"))
	for _, status := range []int{200, 204, 205, 304, 401, 404, 426, 500, 599, 600, 199, 100} {
		seeds = append(seeds, handshake("/a?status="+strconv.Itoa(status)))
	}
	for _, path := range []string{"/", "/A", "/b", "/broken", "/unavailable", "/a/b/websocket", "/a/0/s/websocket", "/a/info", "/%61", "/a%00", "/%", "/a#b",
		"//a", "http://x/a", "http://x", "*", "/a b", "/a?%", "/a?\x7f", "/a?é", "/a\\", "/a?x;y"} {
		seeds = append(seeds, handshake(path))
	}
	for _, change := range [][2]string{
		{"GET", "POST"}, {"GET", "get"}, {"GET", "HEAD"}, {"GET ", "GET  "}, {"GET ", " GET "}, {"HTTP/1.1", "HTTP/1.0"}, {"HTTP/1.1", "HTTP/1.2"}, {"HTTP/1.1", "HTTP/2.0"},
		{"HTTP/1.1", "HTTP/1.1 "}, {"HTTP/1.1", "http/1.1"},
		{"Host: localhost\r\n", ""}, {"Host: localhost", "Host:"}, {"Host: localhost", "Host: a/b"}, {"Host: localhost", "Host: a b"}, {"Host: localhost", "Host: [::1]:80"},
		{"Host: localhost", "Host: a@b"}, {"Host: localhost", "Host: localhost\r\nHost: localhost"}, {"Host: localhost", "Host : localhost"}, {"Host: localhost", "host:localhost "},
		{"Origin:", "Origin :"}, {"Origin:", " Origin:"}, {"Origin", "Or gin"}, {"Origin", "Or\"gin"}, {"Origin", ""}, {"Origin: ", "Origin: \x01"}, {"Origin: ", "Origin: é"},
		{"Origin: ", "Origin: \r\n "}, {"Origin: ", "Origin\r\nX: "}, {"Origin: http", "X: a\rb\r\nOrigin: http"}, {"Origin: http", "X: a\nOrigin: http"},
		{"Origin: http", "Content-Length: 0\r\nOrigin: http"}, {"Origin: http", "Content-Length: 1\r\nOrigin: http"}, {"Origin: http", "Content-Length: +1\r\nOrigin: http"},
		{"Origin: http", "Transfer-Encoding: chunked\r\nOrigin: http"}, {"Origin: http", "Expect: 100-continue\r\nOrigin: http"}, {"Origin: http", "Expect: x\r\nOrigin: http"},
		{"Origin: http", "Trailer: X\r\nOrigin: http"}, {"Origin: http", "Pragma: no-cache\r\nOrigin: http"}, {"Origin: http", "Connection: close\r\nOrigin: http"},
		{"Origin: http", "Forwarded: for=1.2.3.4\r\nOrigin: http"}, {"Origin: http", "Sec-WebSocket-Key1: 1 1\r\nOrigin: http"},
		{"Upgrade: websocket\r\n", ""}, {"Upgrade: websocket", "Upgrade: h2c, websocket"}, {"Upgrade: websocket", "Upgrade: h2c"}, {"Upgrade: websocket", "Upgrade: websocket;"},
		{"Connection: Upgrade\r\n", ""}, {"Connection: Upgrade", "Connection: Upgrade, close"}, {"Connection: Upgrade", "Connection: HTTP2-Settings, Upgrade\r\nHTTP2-Settings: x"},
		{"Version: 13", "Version: 12"}, {"Version: 13", "Version: 8"}, {"Sec-WebSocket-Version: 13\r\n", ""}, {websocketKey, "short"}, {"Protocol: x, y", "Protocol: x, x"},
		{"Cookie:", "Cookie: " + strings.Repeat("a", 3500) + "\r\nCookie:"}, {"Cookie:", "Cookie: " + strings.Repeat("a", 5000) + "\r\nCookie:"},
		{"Cookie:", "Cookie: " + strings.Repeat("a", 20000) + "\r\nCookie:"},
	} {
		seeds = append(seeds, strings.Replace(head, change[0], change[1], 1))
	}
	return seeds
}

// websocketKey is that of websockettest.
const websocketKey = "dGhlIHNhbXBsZSBub25jZQ=="

// TestEarlySeeds checks that the seeds of FuzzEarly are what they are meant to be, and how many of them
// are taken early: those of a plain form.
func TestEarlySeeds(t *testing.T) {
	early := 0
	for _, seed := range earlySeeds() {
		if r, _ := parseEarly([]byte(seed)); r != nil {
			early++
		}
	}
	if all := len(earlySeeds()); early < all/3 || early > all*2/3 {
		t.Errorf("%d of %d seeds are taken early", early, all)
	}
	if !strings.Contains(earlySeeds()[0], websocketKey) {
		t.Error("websockettest has another key")
	}
}

// FuzzEarly sends the same bytes to a server that takes handshakes early and to one that leaves all to
// net/http. Both must do the same.
func FuzzEarly(f *testing.F) {
	var seen [2]atomic.Pointer[Request]
	addresses := earlyServers(f, Options{MaxHeader: 8 << 10}, &seen)
	for _, seed := range earlySeeds() {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		if r, _ := parseEarly(p); r == nil {
			return // the same code answers both
		}
		wantSameParse(t, p)
		early, late := react(t, addresses[0], p, &seen[0]), react(t, addresses[1], p, &seen[1])
		if !reflect.DeepEqual(early, late) {
			t.Errorf("%q\n early %+v\n late  %+v", p, early, late)
		}
	})
}

// wantSameParse compares the parsed request with that of http.ReadRequest.
func wantSameParse(t *testing.T, p []byte) {
	t.Helper()
	got, head := parseEarly(p)
	want, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(p)))
	if err != nil {
		t.Errorf("%q: %v", p, err)
		return
	}
	if !bytes.HasPrefix(p, []byte(head+"\r\n")) {
		t.Errorf("%q: head %q", p, head)
	}
	for _, r := range []*http.Request{got, want} {
		r.Close = false // what becomes of the connection is for net/http's server
	}
	if !reflect.DeepEqual(got.Header, want.Header) || !reflect.DeepEqual(got.URL, want.URL) {
		t.Errorf("%q\n got  %v %v\n want %v %v", p, got.URL, got.Header, want.URL, want.Header)
	}
	got.Header, want.Header, got.URL, want.URL = nil, nil, nil, nil
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("%q\n got  %+v\n want %+v", p, got, want)
	}
}

// TestEarlySame is FuzzEarly for the seeds, including those that must be left to net/http, over a PROXY
// header and with a proxy that is trusted.
func TestEarlySame(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for _, test := range []struct {
		name, before string
		options      Options
	}{
		{"plain", "", Options{}},
		{"origins", "", Options{Origins: []string{"http://b.com"}, NoDrafts: true}},
		{"own", "", Options{Origins: []string{"http://a.com"}, Protocols: []string{"y"}, Compression: true}},
		{"trusted", "", Options{TrustedProxies: trusted}},
		{"proxy", "PROXY TCP4 192.0.2.1 127.0.0.1 5 6\r\n", Options{ProxyProtocol: true, TrustedProxies: trusted}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var seen [2]atomic.Pointer[Request]
			test.options.MaxHeader = 8 << 10
			addresses := earlyServers(t, test.options, &seen)
			for _, seed := range earlySeeds() {
				p := []byte(test.before + seed)
				early, late := react(t, addresses[0], p, &seen[0]), react(t, addresses[1], p, &seen[1])
				if !reflect.DeepEqual(early, late) {
					t.Errorf("%q\n early %+v\n late  %+v", p, early, late)
				}
			}
		})
	}
}

// TestEarlyIsTaken checks that a plain handshake, and its refusal, do without net/http.
func TestEarlyIsTaken(t *testing.T) {
	t.Parallel()
	conversation := echoConversation(t)
	s, address := serveEarlyOnly(t, oneConversation(conversation))
	c := dial(t, address).open("/a", "Origin: http://a.com\r\n", "Cookie: a=b\r\n")
	c.send(websocket.Text, "hello")
	c.want(websocket.Text, "hello")
	refused, began := dial(t, address), time.Now()
	refused.raw([]byte(handshake("/b")))
	r, err := http.ReadResponse(refused.in, nil)
	if err != nil || r.StatusCode != 404 {
		t.Fatal(r, err)
	}
	if date, err := http.ParseTime(r.Header.Get("Date")); err != nil || time.Since(date).Abs() > limit {
		t.Error(r.Header)
	}
	if n := s.conns.count(); n != 1 && time.Since(began) < earlyLinger {
		t.Errorf("%d connections, while the refused client has not hung up", n)
	}
	refused.conn.Close()
	waitFor(t, func() bool { return s.conns.count() == 0 })
}

// serveEarlyOnly is serve for a test in which net/http has nothing to do.
func serveEarlyOnly(t testing.TB, h Handler) (*Server, string) {
	s := NewServer(Options{Log: slog.New(slog.DiscardHandler)}, h)
	s.http.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("net/http has got %s", r.RequestURI) })
	return s, serveServer(t, s)
}

// TestEarlyAhead has clients that send before the handshake is decided: with the head, after it, and
// both, while the server waits for their end and while it does not.
func TestEarlyAhead(t *testing.T) {
	t.Parallel()
	for _, waits := range []bool{false, true} {
		for _, cut := range []int{0, 1, 8, 9, 20} {
			t.Run(fmt.Sprintf("%v/%d", waits, cut), func(t *testing.T) {
				t.Parallel()
				conversation := echoConversation(t)
				h := oneConversation(conversation)
				asked, answer := make(chan struct{}), make(chan struct{})
				h.open = func(ctx context.Context, _ *fakeConversation) (Answer, error) {
					if waits {
						ctx.Done()
					}
					close(asked)
					<-answer
					return Answer{}, nil
				}
				_, address := serveEarlyOnly(t, h)
				frames := masked(nil, 0x81, "one")
				frames = masked(frames, 0x81, "two")
				c := dial(t, address)
				c.raw(append([]byte(handshake("/a")), frames[:min(cut, len(frames))]...))
				await(t, asked)
				c.raw(frames[min(cut, len(frames)):])
				close(answer)
				c.accepted()
				c.want(websocket.Text, "one")
				c.want(websocket.Text, "two")
			})
		}
	}
}

// TestEarlyFull checks that a connection over Options.MaxConnections is closed.
func TestEarlyFull(t *testing.T) {
	t.Parallel()
	s := NewServer(Options{Log: slog.New(slog.DiscardHandler), MaxConnections: 1}, oneConversation(newConversation(t)))
	one, other := net.Pipe()
	defer one.Close()
	defer other.Close()
	if !s.conns.addEarly(one) || s.conns.addEarly(other) {
		t.Error("the limit of connections is not kept")
	}
	s.conns.removeEarly(one)
	if !s.conns.addEarly(other) {
		t.Error("a place is not given back")
	}
}

// TestPatience compares with context.WithTimeout, before and after Done.
func TestPatience(t *testing.T) {
	t.Parallel()
	for _, asks := range []bool{false, true} {
		parent, cancel := context.WithCancel(context.Background())
		defer cancel()
		for _, test := range []struct {
			p    *patience
			want error
		}{{newPatience(parent, time.Hour), context.Canceled}, {newPatience(context.Background(), 0), context.DeadlineExceeded}} {
			if test.want == context.Canceled && test.p.Err() != nil {
				t.Error(test.p.Err())
			}
			if test.want == context.Canceled {
				if asks {
					test.p.Done()
				}
				cancel()
			}
			if asks {
				await(t, test.p.Done())
			}
			if err := test.p.Err(); err != test.want {
				t.Errorf("%v, want %v", err, test.want)
			}
			test.p.end()
		}
	}
}

// TestEarlyAllocations checks that a browser's head costs few allocations: the request, its URL, its
// string, and its header, of which the map has three. http.ReadRequest takes 25.
func TestEarlyAllocations(t *testing.T) {
	least := 1000.0
	for range 5 { // what other tests have left may allocate meanwhile
		least = min(least, testing.AllocsPerRun(100, func() { parseEarly(browserHead) }))
	}
	if least > 8 {
		t.Errorf("%v allocations", least)
	}
}
