package runtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dop251/goja"

	"node.websocket/runtime/topic"
)

const (
	// maxPresence is the length of the JSON text of what a connection gives with a subscription, in bytes.
	maxPresence = 1024
	// maxMembers is the number of subscribers of a topic that presence lists.
	maxMembers = 1000
	// maxPolls is the number of promises of subscribers and presence that a worker may wait for.
	maxPolls = 100
	// pollLimit is the time in which nodes have to answer. One that does not counts as gone.
	pollLimit = 2 * time.Second
)

// presences holds the data that connections have given with their subscriptions, if any. Any goroutine
// may use it.
type presences struct {
	mu    sync.Mutex
	given map[*Conn]map[string]json.RawMessage // guarded by mu; by pattern
}

// set notes what c gives with its subscription to a pattern; nil: nothing.
func (p *presences) set(c *Conn, pattern string, data json.RawMessage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	own := p.given[c]
	switch {
	case data == nil && own == nil:
	case data == nil:
		if delete(own, pattern); len(own) == 0 {
			delete(p.given, c)
		}
	case own == nil:
		if p.given == nil {
			p.given = map[*Conn]map[string]json.RawMessage{}
		}
		own = map[string]json.RawMessage{}
		p.given[c] = own
		fallthrough
	default:
		own[strings.Clone(pattern)] = data
	}
}

// drop forgets c.
func (p *presences) drop(c *Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.given, c)
}

// of returns what c has given with the subscription by which it hears a name: the one to that or, of the
// others, the one with the longest pattern.
func (p *presences) of(c *Conn, name string) json.RawMessage {
	p.mu.Lock()
	defer p.mu.Unlock()
	own := p.given[c]
	if data := own[name]; data != nil {
		return data
	}
	longest := ""
	for pattern := range own {
		if prefix, wild := strings.CutSuffix(pattern, "*"); wild && strings.HasPrefix(name, prefix) && len(pattern) > len(longest) {
			longest = pattern
		}
	}
	return own[longest]
}

// presenceOption returns the presence in the options of subscribe as JSON, or nil. A number is no mistake: forEach
// and map pass an index, as in topics.forEach(connection.subscribe, connection).
func (w *worker) presenceOption(options goja.Value) json.RawMessage {
	if !given(options) || goja.IsNumber(options) {
		return nil
	}
	o, ok := options.(*goja.Object)
	if !ok {
		panic(w.vm.NewTypeError("subscribe: the options must be an object: {presence: data}"))
	}
	v := o.Get("presence")
	if v == nil || goja.IsUndefined(v) {
		return nil
	}
	text, err := w.stringifyJSON(goja.Undefined(), v)
	if err != nil {
		panic(w.throwable(err))
	}
	s, ok := text.(goja.String)
	if !ok {
		panic(w.vm.NewTypeError("subscribe: presence has no JSON text, because it is a function or a symbol"))
	}
	if s.Length() > maxPresence || len(s.String()) > maxPresence {
		panic(w.vm.NewTypeError("subscribe: the JSON text of presence must not be longer than %d bytes", maxPresence))
	}
	return json.RawMessage(s.String())
}

// A poll is a question to all nodes about a topic.
type poll struct {
	Topic   string `json:"topic"`
	Members bool   `json:"members,omitempty"` // not only their number
}

// A turnout is the answer of one node.
type turnout struct {
	Count   int      `json:"count"`
	Members []member `json:"members,omitempty"` // none if there are more than maxMembers
}

// A member is a subscriber of a topic.
type member struct {
	ID   string          `json:"id"`
	Data json.RawMessage `json:"data,omitempty"`
}

// count answers a poll for this node.
func (r *Runtime) count(p poll) turnout {
	if !p.Members {
		return turnout{Count: r.topics.Count(p.Topic)}
	}
	all := r.topics.Subscribers(p.Topic)
	t := turnout{Count: len(all)}
	if len(all) > maxMembers {
		return t
	}
	for _, c := range all {
		t.Members = append(t.Members, member{c.id, r.presences.of(c, p.Topic)})
	}
	return t
}

// answer answers the poll of another node. It is called by the bus.
func (r *Runtime) answer(question []byte) []byte {
	var p poll
	if json.Unmarshal(question, &p) != nil || topic.CheckPattern(p.Topic) != nil {
		return nil
	}
	answer, _ := json.Marshal(r.count(p)) // the data are JSON, so it cannot fail
	return answer
}

// installPolls adds the methods of server that ask all nodes.
func (w *worker) installPolls(method func(name string, v goja.Value)) {
	method("subscribers", w.named("subscribers", 1, func(call goja.FunctionCall) goja.Value {
		return w.poll("subscribers", call, false, func(t turnout) (goja.Value, error) { return w.vm.ToValue(t.Count), nil })
	}))
	method("presence", w.named("presence", 1, func(call goja.FunctionCall) goja.Value {
		return w.poll("presence", call, true, func(t turnout) (goja.Value, error) {
			if t.Count > maxMembers {
				return nil, fmt.Errorf("presence: the topic has %d subscribers; it lists %d at most, and server.subscribers counts them", t.Count, maxMembers)
			}
			slices.SortFunc(t.Members, func(a, b member) int { return strings.Compare(a.ID, b.ID) })
			text, err := json.Marshal(append([]member{}, t.Members...)) // not null
			if err != nil {
				return nil, err
			}
			return w.parsed(text)
		})
	}))
}

// poll returns a promise of what finish makes of the answers of all nodes.
func (w *worker) poll(method string, call goja.FunctionCall, members bool, finish func(turnout) (goja.Value, error)) goja.Value {
	promise, resolve, reject := w.vm.NewPromise()
	r, p := w.resource.runtime, poll{Members: members}
	settle := func(others []turnout, err error) error {
		var value goja.Value
		if err == nil {
			value, err = finish(sum(append(others, r.count(p))))
		}
		if err != nil {
			return reject(w.errorValue(err))
		}
		return resolve(value)
	}
	ex := w.vm.Try(func() { p.Topic = strings.Clone(w.pattern(method, call)) })
	switch {
	case ex != nil:
		_ = reject(ex.Value())
	case r.options.Bus == nil:
		_ = settle(nil, nil)
	case w.polls >= maxPolls:
		_ = settle(nil, fmt.Errorf("%s: the module waits for %d answers already; await their promises", method, maxPolls))
	default:
		w.polls++
		ctx := w.operationContext()
		var others []turnout
		var err error
		w.background(method, func() { others, err = r.askOthers(ctx, p) }, func() error {
			w.polls--
			if err != nil {
				err = fmt.Errorf("%s: %w", method, err)
			}
			return settle(others, err)
		})
	}
	return w.vm.ToValue(promise)
}

// askOthers returns the answers of other nodes.
func (r *Runtime) askOthers(ctx context.Context, p poll) (others []turnout, err error) {
	ctx, cancel := context.WithTimeout(ctx, pollLimit)
	defer cancel()
	question, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	answers, err := r.options.Bus.Ask(ctx, question)
	if err != nil {
		return nil, err
	}
	for _, a := range answers {
		var t turnout
		if json.Unmarshal(a, &t) != nil {
			return nil, errors.New("another node answers what this version of node.websocket does not understand")
		}
		others = append(others, t)
	}
	return others, nil
}

// sum adds up the answers of all nodes.
func sum(nodes []turnout) (all turnout) {
	for _, t := range nodes {
		all.Count += t.Count
		all.Members = append(all.Members, t.Members...)
	}
	return all
}
