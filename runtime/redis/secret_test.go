package redis

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/gomodule/redigo/redis"
)

// TestPasswordIsNotTold checks that replies that quote the password do not reveal it.
func TestPasswordIsNotTold(t *testing.T) {
	t.Parallel()
	const secret = "correct-horse-battery-staple"
	for _, answer := range []string{
		"ERR unknown command 'AUTH', with args beginning with: '" + secret + "'",
		"WRONGPASS invalid " + secret, "-" + secret, secret + " " + secret, "NOPERM\t" + secret,
	} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() { // ends with the listener
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				_, _ = bufio.NewReader(conn).ReadString('\n')
				_, _ = fmt.Fprintf(conn, "-%s\r\n", answer)
				t.Cleanup(func() { _ = conn.Close() })
			}
		}()
		server := parse(t, "redis://user:"+secret+"@"+listener.Addr().String())
		_, l, said := startLog(t, server, nil)
		wait(t, "the fault", func() bool { return said.count("does not take the log") == 1 })
		readErr := ReadLog(t.Context(), Query{Server: server, Key: "log"}, func(Entry) error { return nil })
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		text := fmt.Sprint(said, readErr, l.Close(ctx), server)
		if strings.Contains(text, secret) || readErr == nil {
			t.Errorf("%s: %s", answer, text)
		}
		_ = listener.Close()
	}
}

func TestFaultOf(t *testing.T) {
	s := parse(t, "redis://:pw@127.0.0.1")
	for _, c := range []struct {
		err        error
		kind, says string
	}{
		{redis.Error("ERR Error running script (call to f_abc): @user_script:6: @user_script: 6: -OOM command not allowed"), "OOM", "OOM command not allowed: give Redis more memory"},
		{redis.Error("WRONGTYPE Operation against a key script: abc, on @user_script:5."), "WRONGTYPE", "WRONGTYPE Operation against a key: a key of that name"},
		{redis.Error("LOADING Redis is loading the dataset in memory"), "LOADING", "it takes the log when"},
		{redis.Error("ODD something"), "ODD", "ODD something"},
		{fmt.Errorf("x: %w", io.EOF), "away", "it closed the connection"},
		{context.DeadlineExceeded, "away", "it does not answer"},
		{&handshakeError{context.DeadlineExceeded}, "away", "it does not answer to TLS: check the host"},
		{&handshakeError{io.EOF}, "TLS", "it closed the connection to TLS: check the host"},
		{&handshakeError{errors.New("pw is wrong")}, "TLS", "… is wrong: check the host"},
		{errors.New("pw\nforged"), "away", "…"},
	} {
		if f := faultOf(s, c.err, logHints); f.kind != c.kind || !strings.Contains(f.text, c.says) || strings.Contains(f.text, "\n") || strings.Contains(f.text, "pw") {
			t.Errorf("%v: %+v", c.err, f)
		}
	}
}
