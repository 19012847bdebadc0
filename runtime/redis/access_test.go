//go:build redisserver

package redis

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"node.websocket/runtime/history"
	"node.websocket/runtime/redis/redistest"
)

func TestWaysIn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certificate, key := certificate(t, dir)
	socket := filepath.Join(dir, "redis.sock")
	tlsPort := strconv.Itoa(redistest.FreePort(t))
	r := startRedis(t, "--unixsocket", socket, "--tls-port", tlsPort, "--tls-cert-file", certificate, "--tls-key-file", key,
		"--tls-ca-cert-file", certificate, "--tls-auth-clients", "no")
	strictPort := strconv.Itoa(redistest.FreePort(t))
	startRedis(t, "--tls-port", strictPort, "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate)
	r.do("ACL", "SETUSER", "writer", "on", ">pw", "~log*", "+@all")
	r.do("ACL", "SETUSER", "open", "on", "nopass", "~log*", "+@all")
	r.do("ACL", "SETUSER", "default", "resetpass", ">s3cr:et/@x")
	for _, c := range []struct{ name, url string }{
		{"password", fmt.Sprintf("redis://:s3cr%%3Aet%%2F%%40x@127.0.0.1:%d", r.Port)},
		{"password alone, database", fmt.Sprintf("redis://s3cr%%3Aet%%2F%%40x@127.0.0.1:%d/3", r.Port)},
		{"user", fmt.Sprintf("redis://writer:pw@127.0.0.1:%d/0", r.Port)},
		{"user without a password", fmt.Sprintf("redis://open:@127.0.0.1:%d", r.Port)},
		{"unix", "unix://writer:pw@" + socket},
		{"unix, database", "unix://writer:pw@" + socket + "?db=2"},
		{"TLS", "rediss://writer:pw@127.0.0.1:" + tlsPort + "/1?ca=" + certificate},
		{"TLS by name", "rediss://writer:pw@localhost:" + tlsPort + "/4?ca=" + certificate},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := parse(t, c.url)
			do(t, server, "DEL", "log", "log:trimmed")
			log, l, said := startLog(t, server, nil)
			logLines(log, 0, 10)
			closeLog(t, l)
			checkLines(t, server, 0, 10)
			if text := said.String() + server.String(); strings.Contains(text, "pw") || strings.Contains(text, "s3cr") {
				t.Errorf("a password: %s", text)
			}
		})
	}
	web := httptest.NewServer(nil)
	t.Cleanup(web.Close)
	for _, c := range []struct{ name, url, says string }{
		{"no password", fmt.Sprintf("redis://127.0.0.1:%d", r.Port), "put user and password into --redis"},
		{"no password, database", fmt.Sprintf("redis://127.0.0.1:%d/3", r.Port), `"NOAUTH Authentication required.: put user and password into --redis"`},
		{"wrong password", fmt.Sprintf("redis://writer:nonsense@127.0.0.1:%d", r.Port), "correct user and password in --redis"},
		{"unknown authority", "rediss://writer:pw@127.0.0.1:" + tlsPort, "?ca=FILE"},
		{"TLS for those with a certificate", "rediss://127.0.0.1:" + strictPort + "?ca=" + certificate, "tls-auth-clients no"},
		{"TLS without TLS", fmt.Sprintf("rediss://writer:nonsense@127.0.0.1:%d", r.Port), "check the host, rediss:// and ?ca=FILE"},
		{"no Redis", strings.Replace(web.URL, "http", "redis", 1), "what answers there is no Redis"},
		{"no such database", fmt.Sprintf("redis://writer:pw@127.0.0.1:%d/99", r.Port), "choose another database than 99"},
	} {
		t.Run(c.name, func(t *testing.T) {
			log, l, said := startLog(t, parse(t, c.url), func(l *Log) { l.limit = 3 * time.Second }) // which TLS without TLS takes
			log.Info("x")
			wait(t, c.says, func() bool { return said.count(c.says) == 1 })
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			if err := l.Close(ctx); err == nil || !strings.Contains(err.Error(), "1 lines") || strings.Contains(err.Error(), "pw") {
				t.Errorf("close: %v", err)
			}
			if text := said.String(); strings.Contains(text, "pw") || strings.Contains(text, "nonsense") || strings.Count(text, "\n") != 1 {
				t.Errorf("it said %s", text)
			}
		})
	}
}

// certificate returns a self-signed certificate for 127.0.0.1 and localhost.
func certificate(t *testing.T, dir string) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, bytes []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", private)
}

// TestBusWaysIn joins nodes of which one comes by TLS, with a password, and has no more rights than the README asks for.
func TestBusWaysIn(t *testing.T) {
	t.Parallel()
	certificate, key := certificate(t, t.TempDir())
	tlsPort := strconv.Itoa(redistest.FreePort(t))
	r := startRedis(t, "--tls-port", tlsPort, "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate, "--tls-auth-clients", "no")
	// In the tests, the prefix has what is special in patterns.
	const names = `p\*\?\[a\]:node.websocket:*`
	r.do("ACL", "SETUSER", "node", "on", ">s3cret", "allchannels", "~"+names+":probe", "%RW~"+names+":history*",
		"+publish", "+subscribe", "+psubscribe", "+unsubscribe", "+punsubscribe", "+ping", "+del", "+script|load", "+evalsha", "+@write", "+@read", "+time")
	r.do("ACL", "SETUSER", "default", "resetpass", ">0pen")
	r.user = ":0pen@"
	secure := startNode(t, parse(t, "rediss://node:s3cret@localhost:"+tlsPort+"?ca="+certificate), nil)
	plain := startNode(t, r.server(), nil)
	secure.Subscribe("room/*")
	plain.Subscribe("room/1")
	settle(t, secure, plain)
	for i := range int64(20) {
		secure.Keep("room/1", history.Entry{Publisher: "p", Number: i + 1, Data: make([]byte, 10_000)}, history.Limit{Messages: 100})
		plain.publish("room/2", fmt.Sprint(i))
	}
	wait(t, "messages", func() bool { return len(secure.messages()) == 20 && len(plain.messages()) == 20 })
	if got := secure.missed(t, history.Query{Name: "room/1", MaxBytes: 1 << 20}); len(got.Entries) != 20 || !got.Complete {
		t.Errorf("%d messages are kept", len(got.Entries))
	}
	if _, _, _, err := secure.States(t.Context(), "room/", 10); err != nil {
		t.Error(err)
	}
	wrong := startNode(t, parse(t, "rediss://node:s3cre@localhost:"+tlsPort+"?ca="+certificate), nil)
	wait(t, "the fault", func() bool { return wrong.said.count("correct user and password in --redis") == 1 })
	if text := wrong.said.String() + secure.said.String(); strings.Contains(text, "s3cre") || secure.said.count("fault=") > 0 {
		t.Errorf("they said %s", text)
	}
}

// TestSentinelWaysIn checks that TLS is for the sentinels as well as for the primary, and that each gets its own password.
func TestSentinelWaysIn(t *testing.T) {
	t.Parallel()
	file, key := certificate(t, t.TempDir())
	tlsPort := strconv.Itoa(redistest.FreePort(t))
	r := startRedis(t, "--tls-port", tlsPort, "--tls-cert-file", file, "--tls-key-file", key, "--tls-ca-cert-file", file, "--tls-auth-clients", "no")
	r.do("ACL", "SETUSER", "node", "on", ">s3cret", "allkeys", "allchannels", "+@all", "-role")
	pair, err := tls.LoadX509KeyPair(file, key)
	if err != nil {
		t.Fatal(err)
	}
	sentinel := startSentinel(t, "other", "127.0.0.1:"+tlsPort, &tls.Config{Certificates: []tls.Certificate{pair}})
	_, port, _ := net.SplitHostPort(sentinel.Addr().String())
	server := parse(t, "rediss+sentinel://node:s3cret@localhost:"+port+"/m/2?sentinel_password=other&ca="+file)
	do(t, server, "SET", "a", "1")
	if got := fmt.Sprintf("%s", do(t, parse(t, fmt.Sprintf("redis://127.0.0.1:%d/2", r.Port)), "GET", "a")); got != "1" {
		t.Errorf("a is %s", got)
	}
	for url, says := range map[string]string{
		"rediss+sentinel://node:s3cret@localhost:" + port + "/m?sentinel_password=other": "?ca=FILE",
		"redis+sentinel://node:s3cret@localhost:" + port + "/m?sentinel_password=other":  "does not tell where the primary is",
		"rediss+sentinel://node:s3cret@localhost:" + port + "/m?ca=" + file:              "put ?sentinel_password=… into --redis",
	} {
		s := parse(t, url)
		if _, _, err := s.connect(t.Context(), answerLimit); err == nil || !strings.Contains(faultOf(s, err, nil).text, says) {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// TestRights checks that a user who may not run scripts writes by transaction, and that one who may
// not use the keys is told what is missing.
func TestRights(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	r.do("ACL", "SETUSER", "plain", "on", ">pw", "~log*", "+@all", "-@scripting", "-ping")
	r.do("ACL", "SETUSER", "other", "on", ">pw", "~other*", "+@all")
	r.do("ACL", "SETUSER", "noset", "on", ">pw", "~log*", "+@all", "-set")
	url := func(user string) *Server { return parse(t, fmt.Sprintf("redis://%s:pw@127.0.0.1:%d", user, r.Port)) }

	log, l, said := startLog(t, url("plain"), nil)
	logLines(log, 0, 700)
	closeLog(t, l)
	checkLines(t, r.server(), 0, 700)
	if said.count("\n") != 1 {
		t.Errorf("it said %s", said)
	}
	// The permissions in the hint suffice to write and to read.
	do := func(user string, commands ...any) {
		r.do(append([]any{"ACL", "SETUSER", user, "on", ">pw", "~log*"}, commands...)...)
	}
	do("scripts", "+get", "+set", "+llen", "+incrby", "+ltrim", "+rpush", "+evalsha", "+eval")
	do("none", "+get", "+set", "+llen", "+incrby", "+ltrim", "+rpush", "+watch", "+multi", "+exec")
	do("reader", "+type", "+get", "+llen", "+lrange", "+multi", "+exec")
	for _, user := range []string{"scripts", "none"} {
		r.do("DEL", "log", "log:trimmed")
		log, l, _ := startLog(t, url(user), nil)
		logLines(log, 0, 10)
		closeLog(t, l)
		checkLines(t, r.server(), 0, 10)
		if got := numbers(t, Query{Server: url(user), Key: "log", Tail: 1}); !strings.Contains(got, "TYPE, GET, LLEN, LRANGE, MULTI and EXEC to read it") {
			t.Errorf("who may not read is told %s", got)
		}
	}
	if got := numbers(t, Query{Server: url("reader"), Key: "log", Tail: 3}); got != "7 8 9" {
		t.Errorf("the reader sees %s", got)
	}

	r.do("ACL", "SETUSER", "notrim", "on", ">pw", "~log*", "+@all", "-ltrim") // fails with the first line
	for _, user := range []string{"other", "noset", "notrim"} {
		r.do("DEL", "log", "log:trimmed")
		log, l, said := startLog(t, url(user), nil)
		logLines(log, 0, 10)
		wait(t, "the fault", func() bool { return said.count("allow its user GET, SET") == 1 })
		r.do("ACL", "SETUSER", user, "~log*", "+set", "+ltrim")
		closeLog(t, l)
		checkLines(t, r.server(), 0, 10)
		if said.count("fault=NOPERM") != 1 || said.count("faults=NOPERM") != 1 {
			t.Errorf("%s: it said %s", user, said)
		}
	}
}

func TestDropped(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	server := r.server()
	log, l, said := startLog(t, server, func(l *Log) { l.ring.limit = 50 })
	wait(t, "the connection", func() bool { return said.count(`msg="Redis takes the log"`) == 1 })
	r.do("CONFIG", "SET", "maxmemory", "1")
	log.Info("line", "n", 0)
	wait(t, "the fault", func() bool { return said.count("fault=OOM") == 1 })
	logLines(log, 1, 200)
	r.do("CONFIG", "SET", "maxmemory", "0")
	closeLog(t, l)
	if c := l.Counts(); c.Written != 50 || c.Dropped != 150 || c.Waiting != 0 || !c.Up {
		t.Errorf("%+v", c)
	}
	list := entries(t, server, "log")
	if len(list) != 51 {
		t.Fatalf("%d entries: %s", len(list), list)
	}
	notice := parseEntry(list[0])
	if notice.Message != droppedMessage || notice.Level != slog.LevelWarn || notice.Attr("lines") != "150" {
		t.Errorf("the first entry is %s", list[0])
	}
	from, err := time.Parse(timeForm, notice.Attr("from"))
	to, err2 := time.Parse(timeForm, notice.Attr("to"))
	if err != nil || err2 != nil || to.Before(from) || time.Since(from) > time.Minute {
		t.Errorf("from %v to %v, %v, %v", from, to, err, err2)
	}
	for i, raw := range list[1:] {
		if e := parseEntry(raw); e.Attr("n") != fmt.Sprint(150+i) {
			t.Errorf("entry %d is %s", i, raw)
		}
	}
	if said.count("lines=150") != 1 || said.count("were dropped") != 1 {
		t.Errorf("it said %s", said)
	}
}
