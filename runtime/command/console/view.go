package console

import (
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"node.websocket/transport"
)

const (
	// mostCommand is the most bytes of what a page sends at once.
	mostCommand = 16 << 10
	// mostWaiting is the number of waiting bytes above which a page is sent nothing new. What it misses of the log
	// follows as far as that is kept, and of all else it gets the latest.
	mostWaiting = 256 << 10
	// tokenTimeout is the time that a page has to send its token.
	tokenTimeout = 10 * time.Second
	// mostRows is the most rows of a table that a page gets.
	mostRows = 200
)

// The codes with which a page is closed, for reasons of the console's own.
const (
	closeTryLater  = 1013
	closeForbidden = 4403
)

// A view is an open page. It implements transport.Conversation.
type view struct {
	console *Console
	session session     // fixed by Connected
	timer   *time.Timer // fixed by Connected: ends the wait for the token; nil: there is no token
	refused bool        // only in Receive: nothing more is taken

	// Only in the Console's goroutine.
	line   uint64 // the number of the next line of the log
	begun  bool   // the page has got what does not change
	shown  query  // what the page has last got
	synced bool   // it has got the state of the last tick

	mu sync.Mutex

	// Guarded by mu.
	admitted bool
	query    query
}

// A session has the methods of a transport.Session that a view needs.
type session interface {
	ID() string
	ReadyState() int
	BufferedAmount() int
	SendText(data string) bool
	Flush()
	Close(code int, reason string)
}

// A query selects the part of a table that a page wants to see.
type query struct {
	Table  string `json:"table"`  // "connections", "topics", or "" for none
	Offset int    `json:"offset"` // of the first row
	Limit  int    `json:"limit"`
	Sort   string `json:"sort"` // a column
	Down   bool   `json:"down"` // the largest first
	Filter string `json:"filter"`
}

// A command is a message from a page.
type command struct {
	Token *string `json:"token"`
	Query *query  `json:"query"`
	Close *struct {
		ID     string `json:"id"`
		Code   int    `json:"code"`
		Reason string `json:"reason"`
	} `json:"close"`
}

// Connected implements transport.Conversation.
func (v *view) Connected(s *transport.Session) {
	v.session = s
	if v.console.options.Token == "" {
		v.admit()
		return
	}
	v.timer = time.AfterFunc(tokenTimeout, func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		if !v.admitted {
			s.Close(closeForbidden, "no token came")
		}
	})
	s.SendText(`{"need":"token"}`)
	s.Flush()
}

// admit begins to show the page something.
func (v *view) admit() {
	v.mu.Lock()
	v.admitted = true
	v.mu.Unlock()
	if !v.console.join(v) {
		v.session.Close(closeTryLater, "as many consoles are open as there may be; close one, and come again")
	}
}

// Receive implements transport.Conversation.
func (v *view) Receive(batch []transport.Message) (taken int) {
	for _, m := range batch {
		if !v.refused {
			v.receive(m.Data)
		}
	}
	return len(batch)
}

// ReceiveInRound implements transport.Conversation.
func (v *view) ReceiveInRound(batch []transport.Message) (taken int) { return v.Receive(batch) }

func (v *view) receive(data []byte) {
	var c command
	if err := json.Unmarshal(data, &c); err != nil {
		v.refuse("not a command")
		return
	}
	v.mu.Lock()
	admitted := v.admitted
	v.mu.Unlock()
	switch {
	case !admitted && c.Token != nil && v.console.isToken(*c.Token):
		v.admit()
	case !admitted:
		v.console.log.Warn("a console was refused: its token is wrong", slog.String("id", v.session.ID()))
		v.refuse("the token is wrong")
		return
	case c.Token != nil: // a page that has come back sends it in any case
	}
	if q := c.Query; q != nil {
		q.Offset, q.Limit = max(q.Offset, 0), min(max(q.Limit, 0), mostRows)
		v.mu.Lock()
		v.query = *q
		v.mu.Unlock()
		v.console.stir()
	}
	if c.Close != nil {
		v.console.closeSession(c.Close.ID, c.Close.Code, c.Close.Reason)
	}
}

// refuse closes the page for good. What it has sent after the mistake is not looked at: so a connection can try one
// token, and make one line of the log.
func (v *view) refuse(why string) {
	v.refused = true
	v.session.Close(closeForbidden, why)
}

// Worker implements transport.Conversation.
func (v *view) Worker() transport.Worker { return worker{} }

// Ending implements transport.Conversation.
func (v *view) Ending() {}

// Drained implements transport.Conversation. The page can be sent something again.
func (v *view) Drained() { v.console.stir() }

// Disconnected implements transport.Conversation.
func (v *view) Disconnected(int, string) {
	if v.timer != nil {
		v.timer.Stop()
	}
	v.console.leave(v)
}

// A worker runs the views, of which none waits for another. It implements transport.Worker.
type worker struct{}

func (worker) Round(f func()) bool {
	f()
	return true
}

// closeSession closes a client's session.
func (c *Console) closeSession(id string, code int, reason string) {
	for _, s := range c.server.Sessions() {
		if s.ID() == id {
			c.log.Info("closed from the console", slog.String("id", id), slog.Int("code", code), slog.String("reason", reason))
			s.Dismiss(code, reason)
			return
		}
	}
}
