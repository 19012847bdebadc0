package command

import (
	"log/slog"
	"math"
	"net"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/runtime/command/option"
	"node.websocket/transport/websocket/websockettest"
)

// fakeServer records what it is told to free.
type fakeServer struct {
	told []int64
	cut  int // what Relieve returns
}

func (s *fakeServer) Relieve(excess int64) int {
	s.told = append(s.told, excess)
	return s.cut
}

// TestMemoryRelease checks when memory is released: after a burst, once the collector has rested, and again
// at growing intervals, since some of it becomes garbage only then.
func TestMemoryRelease(t *testing.T) {
	const rest, MB = 5, 1 << 20
	released, alive := 0, int64(300*MB)
	u := memoryUsage{used: 20 * MB}
	m := newMemory(0, nil, nil)
	m.read = func() memoryUsage { return u }
	m.release = func() {
		released++
		u.used, u.cycles = min(u.used, alive), u.cycles+2
	}
	look := func(what string, times, want int) {
		t.Helper()
		for range times {
			m.look(rest)
		}
		if released != want {
			t.Errorf("%s: %d releases, want %d", what, released, want)
		}
	}
	look("at the start", 20, 0)
	u.used = 500 * MB
	for range 10 {
		u.cycles++
		look("the collector is at work", rest-1, 0)
	}
	look("before the collector has rested", 1, 0)
	look("after the burst", 1, 1)
	alive = 120 * MB // without growth or a collection
	look("before it is repeated", 2*rest-1, 1)
	look("repeated", 1, 2)
	if u.used != alive {
		t.Errorf("%d bytes used, %d alive", u.used, alive)
	}
	look("before the second time", 4*rest-1, 2)
	u.cycles++
	look("a collection", 1, 2)
	look("before it has rested since", 4*rest-1, 2)
	look("repeated a second time", 1, 3)
	look("the third and the last time", (8+16)*rest, 5)
	look("what is left is in use", 500, 5)
	u.used = 140 * MB
	look("a little more", 50, 5)
	u.used = 200 * MB
	look("much more", rest, 6)
	look("repeated again", (2+4+8+16)*rest, 10)
	look("and no more", 500, 10)
}

// TestMemoryLimit checks when the server is relieved, and that nothing is decided again before a
// collection.
func TestMemoryLimit(t *testing.T) {
	const rest = 5
	server := &fakeServer{}
	u := memoryUsage{}
	released := 0
	m := newMemory(800, server, slog.New(slog.DiscardHandler))
	m.read = func() memoryUsage { return u }
	m.release = func() { released++ }
	for _, step := range []struct {
		needed int64
		cycles uint64
		cut    int
		told   []int64 // by then
	}{
		{700, 1, 0, nil},
		{701, 2, 3, []int64{101}},
		{800, 2, 3, []int64{101}},
		{650, 3, 0, []int64{101, 50}},
		{650, 3, 0, []int64{101, 50}},
		{601, 4, 0, []int64{101, 50, 1}},
		{600, 5, 0, []int64{101, 50, 1, 0}},
		{700, 6, 0, []int64{101, 50, 1, 0}},
	} {
		u.needed, u.cycles, server.cut = step.needed, step.cycles, step.cut
		m.look(rest)
		if !slices.Equal(server.told, step.told) {
			t.Errorf("%d needed: %v, want %v", step.needed, server.told, step.told)
		}
	}
	if released != 1 {
		t.Errorf("%d releases", released)
	}
	u.needed, u.cycles = 750, 7
	for range rest + 1 {
		m.look(rest)
	}
	if released != 2 { // what was given up since the collection is not known before the next
		t.Errorf("%d releases, want one after a rest", released)
	}
}

func TestReadUsage(t *testing.T) {
	debug.FreeOSMemory()
	if u := readUsage(); u.used < 1<<20 || u.needed < 1<<20 || u.needed > u.used || u.cycles == 0 {
		t.Errorf("%+v", u)
	}
}

func TestCgroupLimit(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	for _, test := range []struct {
		what   string
		system fstest.MapFS
		want   int64
	}{
		{"no groups", fstest.MapFS{}, 0},
		{"version 2", fstest.MapFS{"proc/self/cgroup": file("0::/a/b\n"), "sys/fs/cgroup/a/b/memory.max": file("max\n"),
			"sys/fs/cgroup/a/memory.max": file("1000\n"), "sys/fs/cgroup/memory.max": file("2000\n")}, 1000},
		{"no limit", fstest.MapFS{"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("max\n")}, 0},
		{"a container", fstest.MapFS{"proc/self/cgroup": file("0::/../host\n"), "sys/fs/cgroup/memory.max": file("3000\n")}, 3000},
		{"version 1", fstest.MapFS{"proc/self/cgroup": file("5:cpu:/c\n4:memory,hugetlb:/m\n0::/\n"),
			"sys/fs/cgroup/memory/m/memory.limit_in_bytes": file("4000\n"), "sys/fs/cgroup/memory/memory.limit_in_bytes": file("9223372036854771712\n")}, 4000},
		{"nonsense", fstest.MapFS{"proc/self/cgroup": file("x\n1:y\n0::/\n"), "sys/fs/cgroup/memory.max": file("-1\n")}, 0},
	} {
		if got := cgroupLimit(test.system); got != test.want {
			t.Errorf("%s: %d, want %d", test.what, got, test.want)
		}
	}
}

// TestLimitMemory checks which limit comes first. It is not parallel, since the limit is the process's.
func TestLimitMemory(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	const group, given = 1 << 40, 1 << 41
	system := fstest.MapFS{"proc/self/cgroup": {Data: []byte("0::/\n")}, "sys/fs/cgroup/memory.max": {Data: []byte("1099511627776\n")}}
	for _, test := range []struct {
		environment string
		args        []string
		want, goes  int64 // goes: of the garbage collector
	}{
		{"", nil, group / 10 * 9, group / 10 * 9},
		{"", []string{"--max-memory", "2199023255552"}, given, given},
		{"", []string{"--max-memory", "0"}, 0, math.MaxInt64},
		{"1GiB", nil, 1 << 30, 1 << 30},
		{"1GiB", []string{"--max-memory", "2199023255552"}, given, 1 << 30},
		{"off", nil, 0, math.MaxInt64},
	} {
		t.Setenv("GOMEMLIMIT", test.environment)
		debug.SetMemoryLimit(map[string]int64{"1GiB": 1 << 30}[test.environment])
		if test.environment != "1GiB" {
			debug.SetMemoryLimit(math.MaxInt64)
		}
		set, err := option.Serve.Parse(test.args)
		if err != nil {
			t.Fatal(err)
		}
		if got := limitMemory(set, system); got != test.want || debug.SetMemoryLimit(-1) != test.goes {
			t.Errorf("%q %v: %d and %d, want %d and %d", test.environment, test.args, got, debug.SetMemoryLimit(-1), test.want, test.goes)
		}
	}
}

// TestMaxMemory has clients that take nothing of what they ask for, and more of it than the limit of the
// program allows: new clients are refused, long queues closed, and when the clients are gone it is as
// before.
func TestMaxMemory(t *testing.T) {
	t.Parallel()
	p := commandtest.Start(t, map[string]string{"flood.js": `
		var Module = this.Module = function(){ };
		var text = 'x'.repeat(10000);
		Module.prototype.onData = function(d, c){ while (c.bufferedAmount < 900000 && c.readyState == 1) c.send(text); };`},
		"--max-memory", "67108864")
	var clients []*websockettest.Client
	for range 100 {
		c, err := p.Connect("/flood")
		if err != nil {
			break // refused already
		}
		defer c.Conn.Close()
		_ = c.Conn.(*net.TCPConn).SetReadBuffer(4 << 10)
		_ = c.Write(1, "go") // a text
		clients = append(clients, c)
	}
	p.Wait("the limit", func() bool { return strings.Contains(p.Text(), "memory is short: new clients are refused") })
	p.Wait("a queue to be closed", func() bool {
		return strings.Contains(p.Text(), `cause=memory code=1006 error="the server is short of memory, and this queue is among the longest"`)
	})
	for _, c := range clients {
		_ = c.Conn.Close()
	}
	p.Wait("the end of it", func() bool { // there may have been several times of shortage
		log := p.Text()
		return strings.Count(log, "memory suffices again") >= strings.Count(log, "memory is short: new clients are refused")
	})
	p.Wait("a new client", func() bool {
		c, err := p.Connect("/flood")
		if err == nil {
			_ = c.Conn.Close()
		}
		return err == nil
	})
	if code := p.Stop(os.Interrupt); code != 0 {
		t.Errorf("exit %d", code)
	}
}
