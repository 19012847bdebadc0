package soak

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"node.websocket/runtime/command/commandtest"
)

// A usage has the resources that a process uses.
type usage struct {
	resident    int64 // KiB
	descriptors int
	threads     int
}

func (u usage) String() string {
	return fmt.Sprintf("%d MiB, %d descriptors, %d threads", u.resident>>10, u.descriptors, u.threads)
}

// within reports whether u is as little as before, but for what a process keeps that has used peak KiB.
func (u usage) within(before usage, peak int64) bool {
	return u.resident <= before.resident+keptMemory+peak/keptOfPeak && u.descriptors <= before.descriptors+keptDescriptors
}

const (
	// keptMemory is twice the 32 MiB for which the program does not give memory back: garbage as much as
	// that, and what it needed for the first time. In KiB.
	keptMemory = 64 << 10
	// keptOfPeak is the part of the most memory that Go keeps: what describes the heap never shrinks, and pages stay in
	// which a few objects are left, because Go does not move them. After ten minutes and a peak of 1,285 MiB these were
	// 26 MiB, as MSpan and GCSys, and 44 MiB, by which HeapInuse was more than HeapAlloc.
	keptOfPeak = 20
	// keptLive is for what is still used when all clients have gone, and was not before: caches, and what modules keep.
	// In bytes of HeapAlloc, so it finds what the bound on pages does not.
	keptLive = 32 << 20
	// keptDescriptors is for those of a connection that somebody else makes at that moment.
	keptDescriptors = 1
	// keptGoroutines is for those of pools.
	keptGoroutines = 3
)

func usageOf(pid int) (u usage, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return u, err
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		n, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		switch name {
		case "VmRSS":
			u.resident = n
		case "Threads":
			u.threads = int(n)
		}
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	u.descriptors = len(files)
	return u, err
}

// A monitor follows what a program uses.
type monitor struct {
	t        *testing.T
	name     string
	program  *commandtest.Process
	profiles string // the URL of the program's profiles
	before   usage
	live     int64         // bytes of the heap that are in use, before
	cpu      time.Duration // used since begin
	began    time.Time
	peak     atomic.Int64 // KiB
	stop     chan struct{}
}

// watch begins to follow a program, which has served nobody yet, until the test ends.
func watch(t *testing.T, name string, p *commandtest.Process) *monitor {
	t.Helper()
	m := &monitor{t: t, name: name, program: p, stop: make(chan struct{})}
	m.before = m.now()
	t.Cleanup(func() { close(m.stop) })
	go func() { // ends with the test
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-m.stop:
				return
			case <-tick.C:
				if u, err := usageOf(p.PID()); err == nil && u.resident > m.peak.Load() {
					m.peak.Store(u.resident)
				}
			}
		}
	}()
	return m
}

// begin and end bound the time whose CPU is measured.
func (m *monitor) begin() { m.cpu, m.began = -cpuOf(m.program.PID()), time.Now() }

func (m *monitor) end() {
	m.cpu += cpuOf(m.program.PID())
	elapsed := time.Since(m.began)
	m.t.Logf("%s: %.0f %% of a core", m.name, 100*m.cpu.Seconds()/elapsed.Seconds())
}

// cpuOf returns the CPU time of a process so far, user and system, with that of the children it has waited
// for; 0 if it has ended.
func cpuOf(pid int) time.Duration {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, _ := strings.Cut(string(text), ") ")
	return ticks(strings.Fields(after), 11, 12, 13, 14) // of its children, too
}

// busyTime returns the CPU time that all processes of the machine have used so far.
func busyTime() time.Duration {
	text, _ := os.ReadFile("/proc/stat")
	line, _, _ := strings.Cut(string(text), "\n")
	return ticks(strings.Fields(line), 1, 2, 3, 6, 7, 8)
}

// ticks adds up fields in units of USER_HZ, which is 100 on all Linux that Go runs on.
func ticks(fields []string, at ...int) (d time.Duration) {
	for _, i := range at {
		if i < len(fields) {
			n, _ := strconv.Atoi(fields[i])
			d += time.Duration(n) * (time.Second / 100)
		}
	}
	return d
}

func (m *monitor) now() usage {
	m.t.Helper()
	u, err := usageOf(m.program.PID())
	if err != nil {
		m.t.Error(err)
	}
	return u
}

// settle waits until the program uses as little as before. At most that takes 20 s until a client that
// does not answer is dead, 5 s for the sessions of requests, and 20 s until memory is given back once more,
// because what these held was not garbage the first time.
func (m *monitor) settle() {
	m.t.Helper()
	start, after := time.Now(), m.now()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !after.within(m.before, m.peak.Load()) && time.Since(start) < settleLimit {
		<-tick.C
		after = m.now()
	}
	m.t.Logf("%s: before %v; at most %d MiB; after %v, %.1f s after the last client\n%s", m.name, m.before, m.peak.Load()>>10, after, time.Since(start).Seconds(), m.account())
	if live := m.heap(); live > m.live+keptLive {
		m.t.Errorf("%s uses %d MiB of its heap, and used %d before", m.name, live>>20, m.live>>20)
	}
	if !after.within(m.before, m.peak.Load()) {
		m.t.Errorf("%s has not given back what it used: %v before, %v after %v", m.name, m.before, after, settleLimit)
	}
}

// account returns Go's own account of the program's memory, after a collection, in bytes.
func (m *monitor) account() string {
	request, err := http.NewRequest("GET", m.profiles+"heap?gc=1&debug=1", nil)
	if err != nil {
		return err.Error()
	}
	request.Close = true // a connection that is kept would count as the program's
	r, err := http.DefaultClient.Do(request)
	if err != nil {
		return err.Error()
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return err.Error()
	}
	return strings.Join(accounts.FindAllString(string(text), -1), "; ")
}

// heap returns how many bytes of the program's heap are in use, after a collection.
func (m *monitor) heap() int64 {
	m.t.Helper()
	account := m.account()
	text, found := strings.CutPrefix(account, "HeapAlloc = ")
	text, _, _ = strings.Cut(text, ";")
	n, err := strconv.ParseInt(text, 10, 64)
	if !found || err != nil {
		m.t.Errorf("%s: its account is %q", m.name, account)
	}
	return n
}

var accounts = regexp.MustCompile(`(?m)\b(HeapAlloc|HeapInuse|HeapIdle|HeapReleased|Stack|MSpan|GCSys|OtherSys|BuckHashSys) = .*$`)

const settleLimit = 45 * time.Second

var goroutine = regexp.MustCompile(`(?m)^goroutine \d+ .*\[`)

// goroutines ends the program and returns how many goroutines it had, from what Go prints at SIGQUIT.
func (m *monitor) goroutines() int {
	m.t.Helper()
	from := len(m.program.Text())
	if code := m.program.Stop(syscall.SIGQUIT); code != 2 {
		m.t.Errorf("%s: exit %d at SIGQUIT", m.name, code)
	}
	return len(goroutine.FindAllString(m.program.Text()[from:], -1))
}
