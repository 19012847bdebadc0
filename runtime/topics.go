package runtime

import (
	"fmt"
	"log/slog"
	"slices"
	"unsafe"

	"github.com/dop251/goja"

	"node.websocket/runtime/history"
	"node.websocket/runtime/topic"
)

// installTopics makes those methods of connection objects that are about topics.
func (w *worker) installTopics() {
	vm := w.vm
	topics := w.resource.runtime.topics
	w.method("subscribe", 1, func(c *Conn, call goja.FunctionCall) goja.Value {
		pattern, presence := w.pattern("subscribe", call), w.presenceOption(call.Argument(1))
		if !c.subscribe(pattern) {
			return vm.ToValue(false)
		}
		w.resource.runtime.presences.set(c, pattern, presence)
		return vm.ToValue(true)
	})
	w.method("unsubscribe", 1, func(c *Conn, call goja.FunctionCall) goja.Value {
		pattern := w.pattern("unsubscribe", call)
		if w.outbox.behind() {
			c.touch() // catches up, with what it is still subscribed to
		}
		w.resource.runtime.presences.set(c, pattern, nil)
		was := topics.Unsubscribe(&c.subscriptions, pattern)
		if was && c.usual.recovery != nil && c.connected {
			c.touch()
			c.session.SendText(frameUnsubscribed + pattern)
		}
		return vm.ToValue(was)
	})
	w.method("isSubscribed", 1, func(c *Conn, call goja.FunctionCall) goja.Value {
		return vm.ToValue(topics.Subscribed(&c.subscriptions, w.pattern("isSubscribed", call)))
	})
	w.method("publish", 2, func(c *Conn, call goja.FunctionCall) goja.Value {
		return vm.ToValue(w.publish(w.name("publish", call), call.Argument(1), c))
	})
	w.property("subscriptions", func(c *Conn) goja.Value {
		patterns := topics.Patterns(&c.subscriptions)
		values := make([]any, len(patterns))
		for i, p := range patterns {
			values[i] = p
		}
		return vm.NewArray(values...)
	})
}

// pattern returns the first argument of a method, which must be what one can subscribe to.
func (w *worker) pattern(method string, call goja.FunctionCall) string {
	return w.topicArgument(method, call, topic.CheckPattern)
}

// name returns the first argument of a method, which must be what one can publish on.
func (w *worker) name(method string, call goja.FunctionCall) string {
	return w.topicArgument(method, call, topic.CheckName)
}

func (w *worker) topicArgument(method string, call goja.FunctionCall, check func(string) error) string {
	s, ok := call.Argument(0).(goja.String)
	if !ok {
		panic(w.vm.NewTypeError(method + ": the topic must be a string"))
	}
	name := s.String()
	if err := check(name); err != nil {
		panic(w.vm.NewTypeError(method + ": " + err.Error()))
	}
	return name
}

// subscribe subscribes c to a pattern. It returns false if c is not open, or has too many subscriptions.
func (c *Conn) subscribe(pattern string) bool {
	w := c.worker
	if !c.connected {
		return false
	}
	if w.outbox.behind() {
		c.touch() // what was published before is not for this subscription
	}
	switch w.resource.runtime.topics.Subscribe(c, &c.subscriptions, pattern) {
	case topic.Left:
		return false
	case topic.Full:
		if w.toldFull != w.current {
			w.toldFull = w.current
			w.logAt(slog.LevelWarn, fmt.Sprintf("subscribe returned false, because a connection can have %d subscriptions; it is not said again in this version", topic.MaxSubscriptions))
		}
		return false
	case topic.Added:
		if c.usual.recovery != nil {
			c.tellSubscribed(pattern)
		}
	}
	return true
}

// publish publishes data on a name, for all subscribers except one, after the turn. It reports whether
// this node has any.
func (w *worker) publish(name string, data goja.Value, except *Conn) bool {
	r := w.resource.runtime
	if limit := w.limit(name); limit.Messages > 0 {
		// It is kept before the audience is looked up, so that whoever subscribes meanwhile finds it in one of the two.
		m := w.message("publish", data)
		place := w.keep(name, m, limit, except)
		return w.deliverHere(m, place, r.audience(name, except), except)
	}
	audience := r.audience(name, except)
	if audience.IsEmpty() && r.options.Bus == nil {
		return false
	}
	m := w.message("publish", data)
	heard := w.deliverHere(m, "", audience, except)
	if r.options.Bus != nil {
		r.options.Bus.Publish(name, m)
	}
	return heard
}

// audience returns who hears what is published on a name, or nobody if that is but one.
func (r *Runtime) audience(name string, but *Conn) topic.Audience[*Conn] {
	if but == nil {
		return r.topics.Audience(name)
	}
	return r.topics.Others(name, but)
}

// deliverHere delivers a message to this node's audience except one. It reports whether there is any.
func (w *worker) deliverHere(m Message, place string, audience topic.Audience[*Conn], except *Conn) bool {
	if audience.IsEmpty() {
		return false
	}
	p := w.resource.runtime.publication(m, place)
	p.except, p.audience = except, audience
	w.outbox.publish(p, len(m.Data))
	return true
}

// broadcast sends data to every open connection of the resource except one, after the turn.
func (w *worker) broadcast(data, except goja.Value) {
	not := w.conns.of(except)
	if w.resource.connections() == 0 {
		return
	}
	m := w.message("broadcast", data)
	p := w.resource.runtime.publication(m, "")
	p.except, p.resource = not, w.resource
	w.outbox.publish(p, len(m.Data))
}

// message returns the message that a value stands for as an argument of a method: a string as text, binary
// data as binary, and any other value as the text of String(data). Its data never changes.
func (w *worker) message(method string, data goja.Value) Message {
	if b, ok := w.environment.Bytes(data); ok {
		return Message{Binary: true, Data: slices.Clone(b)}
	}
	var text string
	if o, ok := data.(*goja.Object); ok {
		text = w.textOf(method, o)
	} else {
		text = data.String()
	}
	return Message{Data: unsafe.Slice(unsafe.StringData(text), len(text))}
}

// receive delivers what another node has published. It is called by the bus.
func (r *Runtime) receive(name string, e history.Entry) {
	audience := r.topics.Audience(name)
	if audience.IsEmpty() {
		return
	}
	m, at := Message{Binary: e.Binary, Data: e.Data}, ""
	if e.Publisher != "" {
		at = place(name, "", e.Publisher, e.Number)
	}
	p := r.publication(m, at)
	p.audience, p.author = audience, e.Except
	r.received.publish(p, len(m.Data))
	if r.received.begin() {
		go r.received.run() // ends when it is delivered; what arrives meanwhile is delivered together
	}
}

// noteWanted tells the bus of the first subscription to a pattern, and of the end of the last.
func (r *Runtime) noteWanted(pattern string, wanted bool) {
	switch {
	case r.options.Bus == nil:
	case wanted:
		r.options.Bus.Subscribe(pattern)
	default:
		r.options.Bus.Unsubscribe(pattern)
	}
}
