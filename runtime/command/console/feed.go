package console

import (
	"encoding/json"
	"time"

	"node.websocket/runtime"
	"node.websocket/transport"
)

const (
	// tick is the interval at which the pages get the state of the server.
	tick = time.Second
	// rest is the pause of the goroutine after it has sent something, so that many lines of the log go
	// together.
	rest = 50 * time.Millisecond
	// mostLines is the most lines of the log in one message.
	mostLines = 200
)

// A message is one to a page. What is left out has not changed.
type message struct {
	Hello   *hello    `json:"hello,omitempty"`
	Lost    uint64    `json:"lost,omitempty"` // lines of the log that are missing before Log
	Log     []logLine `json:"log,omitempty"`
	Modules []module  `json:"modules"` // null: as before
	Figures []figures `json:"figures,omitempty"`
	Table   *table    `json:"table,omitempty"`
}

// A hello is the first part of the first message to a page.
type hello struct {
	Transports []string `json:"transports"`
	Tick       int64    `json:"tick"` // in milliseconds
}

// join adds a page. It returns false if there are too many.
func (c *Console) join(v *view) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.open) >= mostOpen {
		return false
	}
	c.open[v] = true
	if !c.running {
		c.running = true
		go c.run() // ends with the last page
	}
	c.stir()
	return true
}

// leave removes a page, if it is there.
func (c *Console) leave(v *view) {
	c.mu.Lock()
	delete(c.open, v)
	c.mu.Unlock()
	c.stir()
}

// views returns the open pages. If there are none, the goroutine has to end.
func (c *Console) views() []*view {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.open) == 0 {
		c.running = false
		c.runtime.TimeTurns(false)
		c.server.MeterSessions(false)
		return nil
	}
	views := make([]*view, 0, len(c.open))
	for v := range c.open {
		views = append(views, v)
	}
	return views
}

// run sends to the open pages, until there are none.
func (c *Console) run() {
	c.runtime.TimeTurns(true)
	c.server.MeterSessions(true)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	s := snapshot{console: c}
	s.take()
	for {
		views := c.views()
		if len(views) == 0 {
			return
		}
		again := false
		for _, v := range views {
			again = v.show(&s) || again
		}
		if again {
			c.stir()
		}
		pause := time.NewTimer(rest)
		<-pause.C
		select {
		case <-ticker.C:
			s.take()
			for _, v := range views {
				v.synced = false
			}
		case <-c.wake:
		}
	}
}

// show sends the page what is new. It reports whether there is more that can be sent at once.
func (v *view) show(s *snapshot) (more bool) {
	if v.session.ReadyState() != 1 || v.session.BufferedAmount() > mostWaiting {
		return false
	}
	var m message
	if !v.begun {
		v.begun = true
		m.Hello = &hello{Transports: transport.Transports(), Tick: tick.Milliseconds()}
		m.Figures = s.history
		m.Modules = s.modules()
	}
	lines, next, lost := v.console.tail.lines.after(v.line, mostLines)
	if v.line > 0 {
		m.Lost = lost
	}
	v.line = next
	for i, size := 0, 0; i < len(lines); i++ {
		if size > mostWaiting {
			v.line -= uint64(len(lines) - i)
			more = true
			break
		}
		l := lines[i].line()
		m.Log = append(m.Log, l)
		size += l.size()
	}
	v.mu.Lock()
	q := v.query
	v.mu.Unlock()
	if !v.synced || q != v.shown {
		m.Table = s.table(q)
		v.shown = q
	}
	if !v.synced || len(lines) > 0 { // a line may tell of a reload
		m.Modules = s.modules()
	}
	if !v.synced && m.Figures == nil && len(s.history) > 0 {
		m.Figures = s.history[len(s.history)-1:]
	}
	v.synced = true
	if m.Table == nil && m.Modules == nil && m.Log == nil {
		return false
	}
	data, err := json.Marshal(m)
	if err != nil {
		return false // cannot happen: these types have no functions, channels or cycles
	}
	v.session.SendText(string(data))
	v.session.Flush()
	return more || len(lines) == mostLines
}

// A module is one as the page gets it.
type module struct {
	Resource    string   `json:"resource"`
	File        string   `json:"file"`
	Version     int      `json:"version"`
	Workers     int      `json:"workers"`
	Connections int      `json:"connections"`
	Loaded      int64    `json:"loaded,omitempty"` // in Unix milliseconds
	Reloads     uint64   `json:"reloads"`
	Errors      uint64   `json:"errors"`
	Failure     *problem `json:"failure,omitempty"`
	Fault       *problem `json:"fault,omitempty"`
}

type problem struct {
	Time    int64  `json:"time"` // in Unix milliseconds
	In      string `json:"in"`
	Message string `json:"message"`
	At      string `json:"at,omitempty"`
	Detail  string `json:"detail,omitempty"`
	Version string `json:"version,omitempty"`
}

// modules returns the modules as they are now.
func (s *snapshot) modules() []module {
	states := s.console.runtime.Modules()
	modules := make([]module, 0, len(states))
	for _, m := range states {
		one := module{
			Resource: "/" + m.Resource, File: m.File, Version: m.Version, Workers: m.Workers, Connections: m.Connections,
			Reloads: m.Reloads, Errors: m.Errors, Failure: problemOf(m.Failure), Fault: problemOf(m.Fault),
		}
		if !m.Loaded.IsZero() {
			one.Loaded = m.Loaded.UnixMilli()
		}
		modules = append(modules, one)
	}
	return modules
}

func problemOf(p *runtime.Problem) *problem {
	if p == nil {
		return nil
	}
	return &problem{p.Time.UnixMilli(), p.In, cut(p.Message), p.At, cut(p.Detail), p.Version}
}
