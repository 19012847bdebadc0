package runtime

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"

	"github.com/dop251/goja"
)

// Subscriptions of modules in Redis. One that a file began while it was loaded ends with the file, as
// timers do, so that after a reload a message is not heard twice. One of a handler ends with the worker.

const (
	// maxSubscriptions is the number of subscriptions of one worker.
	maxSubscriptions = 10_000
	// maxHeard and maxHeardBytes bound the messages that wait for a worker, by their number and bytes.
	maxHeard      = 10_000
	maxHeardBytes = 32 << 20
)

// A redisChannel is the name of a channel, or a pattern of names.
type redisChannel struct {
	name    string
	pattern bool
}

// A redisListener is one subscription of a module.
type redisListener struct {
	function goja.Callable
	buffers  bool
	identity goja.Value      // the function that unsubscribe names
	context  context.Context // ends with the subscription
	end      context.CancelFunc
}

// A heard is a message for a listener.
type heard struct {
	listener *redisListener
	channel  string
	message  []byte
}

// size returns the bytes that a message is counted as while it waits.
func (h *heard) size() int { return len(h.channel) + len(h.message) + wordSize }

// redisSubscribe subscribes to a channel, or to a pattern: its name, whether it is a pattern, a function that is
// called with each message and its channel, whether messages become bytes, and the function by which
// unsubscribe knows it. It returns the promise of the beginning.
func (w *worker) redisSubscribe(call goja.FunctionCall) goja.Value {
	c := redisChannel{call.Argument(0).String(), call.Argument(1).ToBoolean()}
	function, _ := goja.AssertFunction(call.Argument(2)) // js/redis.js has checked it
	promise, resolve, reject := w.vm.NewPromise()
	l := &redisListener{function: function, buffers: call.Argument(3).ToBoolean(), identity: call.Argument(4)}
	l.context, l.end = context.WithCancel(w.operationContext())
	if !w.addListener(c, l) {
		l.end()
		_ = reject(w.errorObject(fmt.Errorf("redis: one worker has more than %d subscriptions", maxSubscriptions)))
		return w.vm.ToValue(promise)
	}
	w.commands.count++ // as for a command
	unsubscribe := w.resource.runtime.options.Redis.Subscribe(c.name, c.pattern, func(channel string, message []byte) {
		w.hear(heard{l, channel, message})
	}, func(err error) {
		if err != nil {
			l.end()
		}
		w.takeReplies(&command{commands: [][]string{{"SUBSCRIBE"}}, err: err, resolve: resolve, reject: reject})
	})
	context.AfterFunc(l.context, func() {
		unsubscribe()
		w.commands.mu.Lock()
		defer w.commands.mu.Unlock()
		w.commands.removeListenerLocked(c, l)
	})
	return w.vm.ToValue(promise)
}

// addListener adds a subscription, unless there are too many.
func (w *worker) addListener(c redisChannel, l *redisListener) bool {
	s := &w.commands
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.subscribed == maxSubscriptions {
		return false
	}
	s.subscribed++
	if s.subscriptions == nil {
		s.subscriptions = map[redisChannel]map[*redisListener]bool{}
	}
	if s.subscriptions[c] == nil {
		s.subscriptions[c] = map[*redisListener]bool{}
	}
	s.subscriptions[c][l] = true
	return true
}

// removeListenerLocked removes a subscription, if it is there.
func (s *commands) removeListenerLocked(c redisChannel, l *redisListener) {
	if !s.subscriptions[c][l] {
		return
	}
	s.subscribed--
	if delete(s.subscriptions[c], l); len(s.subscriptions[c]) == 0 {
		delete(s.subscriptions, c)
	}
}

// redisUnsubscribe ends subscriptions: those to an array of names, or to all; whether patterns are meant; and
// those of one function, or of all.
func (w *worker) redisUnsubscribe(call goja.FunctionCall) goja.Value {
	names, pattern, identity := call.Argument(0), call.Argument(1).ToBoolean(), call.Argument(2)
	s := &w.commands
	s.mu.Lock()
	defer s.mu.Unlock()
	end := func(c redisChannel) {
		for l := range s.subscriptions[c] {
			if c.pattern == pattern && (goja.IsUndefined(identity) || identity.SameAs(l.identity)) {
				l.end() // what it leads to waits for mu
				s.removeListenerLocked(c, l)
			}
		}
	}
	if goja.IsUndefined(names) {
		for c := range s.subscriptions {
			end(c)
		}
		return goja.Undefined()
	}
	o := names.ToObject(w.vm)
	for i := range int(o.Get("length").ToInteger()) {
		end(redisChannel{o.Get(strconv.Itoa(i)).String(), pattern})
	}
	return goja.Undefined()
}

// hear takes a message for a later turn. It is called by the Redis.
func (w *worker) hear(h heard) {
	s := &w.commands
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.heard) >= maxHeard || s.bytes+h.size() > maxHeardBytes {
		s.unheard++
		return
	}
	s.heard = append(s.heard, h)
	s.bytes += h.size()
	w.wantSettlingLocked()
}

// hearNext calls the listener of the message that has waited for longest, if there is one. It is called in a
// turn.
func (w *worker) hearNext() {
	s := &w.commands
	s.mu.Lock()
	if len(s.heard) == 0 {
		s.mu.Unlock()
		return
	}
	h := s.heard[0]
	s.heard[0] = heard{}
	s.heard = s.heard[1:]
	s.bytes -= h.size()
	unheard := 0
	if len(s.heard) == 0 {
		unheard, s.unheard = s.unheard, 0
	}
	s.mu.Unlock()
	if w.stopped {
		return
	}
	if h.listener.context.Err() == nil {
		w.Call(call{name: "redis subscription", function: func(goja.Value, ...goja.Value) (goja.Value, error) {
			message := w.redisText
			if h.listener.buffers {
				message = w.environment.Uint8Array // a copy, because all listeners get the same
			}
			return h.listener.function(goja.Undefined(), message(h.message), w.vm.ToValue(h.channel))
		}})
	}
	if unheard > 0 {
		w.logAt(slog.LevelWarn, "messages of subscriptions in Redis were dropped: the module takes too long for them", "messages", unheard)
	}
}
