package redis

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/iotest"
)

// TestReplies reads replies whole and byte by byte, with the next behind them.
func TestReplies(t *testing.T) {
	deep := strings.Repeat("*1\r\n", maxDepth)
	for _, c := range []struct{ in, want string }{
		{"+OK\r\n", "OK"},
		{"+\r\n", ""},
		{"-ERR no\r\n", "redis.ReplyError ERR no"},
		{":-12\r\n", "-12"},
		{"$-1\r\n", "<nil>"},
		{"*-1\r\n", "<nil>"},
		{"$0\r\n\r\n", "[]"},
		{"$4\r\na\r\nb\r\n", "[97 13 10 98]"},
		{"*0\r\n", "[]"},
		{"*3\r\n:1\r\n*2\r\n$1\r\na\r\n$-1\r\n-WRONGTYPE x\r\n", "[1 [[97] <nil>] WRONGTYPE x]"},
		{deep + ":1\r\n", strings.Repeat("[", maxDepth) + "1" + strings.Repeat("]", maxDepth)},
		{deep + "*1\r\n:1\r\n", "failed: a reply is nested more than 64 deep"},
		{"\r\n", "failed: a reply begins with an empty line"},
		{"+OK\n", "failed: a reply has the line"},
		{"!1\r\n", "failed: a reply begins with"},
		{"$x\r\n", "failed: a reply begins with"},
		{"$-2\r\n", "failed: a reply begins with"},
		{":9223372036854775808\r\n", "failed: strconv"},
		{"$1\r\nabc\r\n", "failed: "},
		{"*3\r\n:1\r\n", "failed: "},
		{"$9223372036854775807\r\n", "failed: "},
		{"HTTP/1.1 400 Bad Request\r\n", "failed: "},
	} {
		for _, r := range []replyReader{newReplyReader(strings.NewReader(c.in + "+next\r\n")), newReplyReader(iotest.OneByteReader(strings.NewReader(c.in + "+next\r\n")))} {
			v, err := r.read(func(n int) bool { return n < 1<<20 })
			got := fmt.Sprint(v)
			if _, isError := v.(error); isError {
				got = fmt.Sprintf("%T %s", v, got)
			}
			if err != nil {
				got = "failed: " + err.Error()
			} else if next, err := r.read(func(int) bool { return true }); next != "next" || err != nil {
				t.Errorf("%.40q is followed by %v, %v", c.in, next, err)
			}
			if got != c.want && !(strings.HasPrefix(c.want, "failed") && strings.HasPrefix(got, c.want)) {
				t.Errorf("%.40q: %s, want %s", c.in, got, c.want)
			}
		}
	}
}

// TestLargeReplies reads replies for which there is no room. The next reply must be read all the same,
// and no more be kept than there is room for.
func TestLargeReplies(t *testing.T) {
	for _, c := range []struct {
		in    string
		large bool
	}{
		{"$500\r\n" + strings.Repeat("x", 500) + "\r\n", false},
		{"$5000\r\n" + strings.Repeat("x", 5000) + "\r\n", true},
		{"*5\r\n" + strings.Repeat(":1\r\n", 5), false},
		{"*100\r\n" + strings.Repeat(":1\r\n", 100), true},
		{"*3\r\n$5000\r\n" + strings.Repeat("x", 5000) + "\r\n:1\r\n*1\r\n$1\r\na\r\n", true},
		{"+" + strings.Repeat("x", 5000) + "\r\n", true},
	} {
		r, room := newReplyReader(strings.NewReader(c.in+"+next\r\n")), 1000
		v, err := r.read(func(n int) bool { room -= n; return room >= 0 })
		if err != nil || (v == errTooLarge) != c.large {
			t.Errorf("%.20q: %.40v, %v", c.in, v, err)
		}
		if next, err := r.read(func(int) bool { return true }); next != "next" || err != nil {
			t.Errorf("%.20q is followed by %v, %v", c.in, next, err)
		}
	}
	r := newReplyReader(strings.NewReader(fmt.Sprintf("*%d\r\n:1\r\n", math.MaxInt32)))
	if allocated := testing.Benchmark(func(b *testing.B) {
		for range b.N {
			_, _ = r.read(func(int) bool { return true })
		}
	}).AllocedBytesPerOp(); allocated > 1<<20 {
		t.Errorf("what is announced has taken %d bytes", allocated)
	}
}

func FuzzReply(f *testing.F) {
	for _, seed := range []string{"+OK\r\n", "*2\r\n$1\r\na\r\n*1\r\n:5\r\n", "-ERR x\r\n", "$-1\r\n", "*-1\r\n", "$2\r\nab\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		r, room := newReplyReader(strings.NewReader(string(in))), 1<<20
		_, _ = r.read(func(n int) bool { room -= n; return room >= 0 })
	})
}
