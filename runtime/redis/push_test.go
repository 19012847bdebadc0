package redis

import (
	"strings"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
)

// A meddler lets others change the keys between the look at them and the transaction.
type meddler struct {
	redis.Conn
	meddle func()
}

func (m *meddler) Send(command string, args ...any) error {
	if f := m.meddle; command == "MULTI" && f != nil {
		m.meddle = nil
		f()
	}
	return m.Conn.Send(command, args...)
}

// TestLateTransaction checks that a batch whose transaction is late, because the connection hung,
// notices that it has been written.
func TestLateTransaction(t *testing.T) {
	t.Parallel()
	server := anyRedis(t)
	connect := func() redis.Conn {
		conn, release, err := server.connect(t.Context(), 10*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(release)
		return conn
	}
	p := push{list: "log", mark: "log:writer:x", trimmed: "log:trimmed", before: 0, after: 2, max: 100, lines: []string{"a", "b"}}
	late := &meddler{Conn: connect(), meddle: func() {
		if result, err := p.byScript(connect(), closedMark); err != nil || !result.written || !result.forgotten {
			t.Errorf("the other: %+v, %v", result, err)
		}
	}}
	if result, ok, err := p.byTransaction(late, closedMark); ok || err != nil {
		t.Errorf("late: %+v, %v, %v", result, ok, err)
	}
	if result, ok, err := p.byTransaction(late, closedMark); !ok || err != nil || result.written || result.mark != 2 {
		t.Errorf("once more: %+v, %v, %v", result, ok, err)
	}
	if result, err := p.byScript(connect(), closedMark); err != nil || result.written || result.mark != 2 {
		t.Errorf("by script: %+v, %v", result, err)
	}
	if list := strings.Join(entries(t, server, "log"), ""); list != "ab" {
		t.Errorf("the list is %s", list)
	}

	// If the list becomes something else, no mark may be left without the lines.
	p.before, p.after = 2, 4
	late.meddle = func() { do(t, server, "SET", "log", "x") }
	for range 2 {
		result, ok, err := p.byTransaction(late, closedMark)
		if ok || result.written {
			t.Errorf("no list: %+v, %v", result, err)
		}
	}
	if mark, err := redis.String(do(t, server, "GET", p.mark), nil); mark != "2" || err != nil {
		t.Errorf("the mark is %s, %v", mark, err)
	}
}
