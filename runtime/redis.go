package runtime

import (
	"bytes"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/dop251/goja"
)

// A Redis carries out the commands of require('redis').
type Redis interface {
	// Send sends commands together, and returns at once; those of one goroutine are sent in order. done is
	// called once, with one reply for each command: nil, an int64, a string, a []byte, a []any of these, or
	// an error; or with the error for which there are none. take is called with the size in bytes of each part of a
	// reply, and returns whether that is to be kept. Both may be called on other goroutines, and do not wait.
	Send(commands [][]string, take func(bytes int) bool, done func(replies []any, err error))

	// Subscribe calls listen, in order, for each message that is published on a channel, or with pattern,
	// on those whose names match it. ready is called once, when that has begun, or with the error if it has not.
	// Both are called on other goroutines, and do not wait. listen may be called once more after unsubscribe.
	Subscribe(name string, pattern bool, listen func(name string, message []byte), ready func(error)) (unsubscribe func())
}

const (
	// maxCommands is the number of Redis commands of one worker that may wait for their replies.
	maxCommands = 10_000
	// maxCommandBytes is the number of bytes of their arguments.
	maxCommandBytes = 64 << 20
	// maxReply is the number of bytes of the replies to one call.
	maxReply = 32 << 20
	// maxReplies is the number of bytes of all replies that wait for their turn.
	maxReplies = 64 << 20
	// wordSize is the number of bytes that an argument counts for beside its text.
	wordSize = 32
)

// A command is one call of a module's to Redis, until its promise is settled.
type command struct {
	commands        [][]string
	size            int
	buffers         bool  // texts become Buffers
	single          bool  // the promise is that of one reply, and not of an array
	conn            *Conn // whose handler has asked, or nil
	resolve, reject func(any) error

	taken   int // bytes of the replies; used by the goroutine that reads them, until it calls done
	replies []any
	err     error
}

// commands holds a worker's commands.
type commands struct {
	count, size int           // of those that are not settled; only in a turn
	refuse      goja.Callable // makes the object of an error that Redis has answered with; only in a turn
	taken       atomic.Int64  // bytes of replies that are not settled

	mu sync.Mutex

	// guarded by mu
	answered []*command // oldest first
	settling bool       // a turn is on its way, or under way, that settles these, or calls listeners
	heard    []heard    // oldest first
	unheard  int        // messages for which there was no room
	bytes    int        // of heard

	subscriptions map[redisChannel]map[*redisListener]bool // that have not ended
	subscribed    int                                      // the number of these
}

// redisHost makes what js/redis.js sends commands with, or nil if there is no Redis.
func (w *worker) redisHost() goja.Value {
	if w.resource.runtime.options.Redis == nil {
		return nil
	}
	host := w.vm.NewObject()
	_ = host.Set("send", w.named("send", 2, func(call goja.FunctionCall) goja.Value {
		return w.sendCommands(call.Argument(0), call.Argument(1).ToBoolean())
	}))
	_ = host.Set("sendOne", w.named("sendOne", 2, func(call goja.FunctionCall) goja.Value {
		return w.sendCommand(call.Argument(0), call.Argument(1).ToBoolean())
	}))
	_ = host.Set("refuse", w.named("refuse", 1, func(call goja.FunctionCall) goja.Value {
		w.commands.refuse, _ = goja.AssertFunction(call.Argument(0))
		return goja.Undefined()
	}))
	_ = host.Set("subscribe", w.named("subscribe", 5, w.redisSubscribe))
	_ = host.Set("unsubscribe", w.named("unsubscribe", 3, w.redisUnsubscribe))
	return host
}

// sendCommands sends commands, an array of arrays of strings and bytes. It returns the promise of the array
// of their replies, of which some may be Error objects.
func (w *worker) sendCommands(list goja.Value, buffers bool) goja.Value {
	return w.send(&command{buffers: buffers}, func(c *command) {
		w.each(list, func(words goja.Value) { c.commands = append(c.commands, w.words(words, &c.size)) })
	})
}

// sendCommand sends a command, an array of strings and bytes. It returns the promise of its reply, which is rejected
// if that is an error.
func (w *worker) sendCommand(words goja.Value, buffers bool) goja.Value {
	return w.send(&command{buffers: buffers, single: true}, func(c *command) {
		c.commands = [][]string{w.words(words, &c.size)}
	})
}

// send sends what read reads, and returns the promise of it.
func (w *worker) send(c *command, read func(*command)) goja.Value {
	promise, resolve, reject := w.vm.NewPromise()
	c.conn, c.resolve, c.reject = w.call.conn, resolve, reject
	if ex := w.vm.Try(func() { read(c) }); ex != nil {
		_ = reject(ex.Value())
		return w.vm.ToValue(promise)
	}
	s := &w.commands
	if s.count+len(c.commands) > maxCommands || s.size+c.size > maxCommandBytes {
		_ = reject(w.errorObject(fmt.Errorf("redis: too many commands wait for Redis: %d commands or %d MiB in one worker; await their promises", maxCommands, maxCommandBytes>>20)))
		return w.vm.ToValue(promise)
	}
	s.count += len(c.commands)
	s.size += c.size
	w.resource.runtime.options.Redis.Send(c.commands, func(bytes int) bool {
		if c.taken+bytes > maxReply || s.taken.Load()+int64(bytes) > maxReplies {
			return false
		}
		c.taken += bytes
		s.taken.Add(int64(bytes))
		return true
	}, func(replies []any, err error) {
		c.replies, c.err = replies, err
		w.takeReplies(c)
	})
	return w.vm.ToValue(promise)
}

// each calls f for each element of an array that js/redis.js has made.
func (w *worker) each(list goja.Value, f func(goja.Value)) {
	o := list.ToObject(w.vm)
	for i := range int(o.Get("length").ToInteger()) {
		f(o.Get(strconv.Itoa(i)))
	}
}

// words reads the words of a command, and adds their size.
func (w *worker) words(list goja.Value, size *int) (words []string) {
	w.each(list, func(v goja.Value) {
		word := ""
		if text, ok := v.(goja.String); ok {
			word = text.String()
		} else {
			b, _ := w.environment.Bytes(v) // js/redis.js has checked it
			word = string(b)
		}
		if *size += len(word) + wordSize; *size > maxCommandBytes {
			panic(w.vm.NewGoError(fmt.Errorf("redis: the arguments have more than %d MiB", maxCommandBytes>>20)))
		}
		words = append(words, word)
	})
	return words
}

// takeReplies takes the replies to one call, for the next turn. It is called by the Redis.
func (w *worker) takeReplies(c *command) {
	s := &w.commands
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answered = append(s.answered, c)
	w.wantSettlingLocked()
}

// wantSettlingLocked lets a turn come in which promises are settled and listeners called.
func (w *worker) wantSettlingLocked() {
	if s := &w.commands; !s.settling && !w.isLost() {
		s.settling = true
		go w.post(w.settleCommands) // ends with its turn; the Redis does not wait for JavaScript
	}
}

// settleCommands settles promises and calls listeners, in a turn. It makes way for others that want the turn.
func (w *worker) settleCommands() {
	s := &w.commands
	for {
		s.mu.Lock()
		if s.settling = len(s.answered)+len(s.heard) > 0; !s.settling {
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		if c := w.nextReplies(); c != nil && !w.stopped {
			w.Call(call{conn: c.conn, name: "redis", function: func(goja.Value, ...goja.Value) (goja.Value, error) {
				return goja.Undefined(), w.settleCommand(c)
			}})
		}
		w.hearNext()
		if w.makeWay() {
			w.post(w.settleCommands)
			return
		}
	}
}

// nextReplies removes and returns the first call that is to be settled, or returns nil.
func (w *worker) nextReplies() *command {
	s := &w.commands
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.answered) == 0 {
		return nil
	}
	c := s.answered[0]
	s.answered[0] = nil
	s.answered = s.answered[1:]
	s.count -= len(c.commands)
	s.size -= c.size
	s.taken.Add(int64(-c.taken))
	return c
}

// settleCommand settles the promise of one call. It must be called within Call.
func (w *worker) settleCommand(c *command) error {
	if c.err != nil {
		return c.reject(w.errorObject(fmt.Errorf("redis: %s: %w", c.commands[0][0], c.err)))
	}
	if c.single {
		reply := w.replyValue(c.replies[0], c.buffers)
		if _, refused := c.replies[0].(error); refused {
			return c.reject(reply)
		}
		return c.resolve(reply)
	}
	replies := make([]any, len(c.replies))
	for i, reply := range c.replies {
		replies[i] = w.replyValue(reply, c.buffers)
	}
	return c.resolve(w.vm.NewArray(replies...))
}

// redisText returns the text of bytes as UTF-8.
func (w *worker) redisText(b []byte) goja.Value {
	if bytes.HasPrefix(b, byteOrderMark) {
		b = append(byteOrderMark[:3:3], b...) // so that its own stays
	}
	return w.environment.Text(b)
}

// byteOrderMark is taken away by Text where it is at the beginning.
var byteOrderMark = []byte("\ufeff")

// replyValue makes the JavaScript value of a reply.
func (w *worker) replyValue(reply any, buffers bool) goja.Value {
	switch v := reply.(type) {
	case nil:
		return goja.Null()
	case []byte:
		if buffers {
			return w.environment.Uint8ArrayOf(v)
		}
		return w.redisText(v)
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = w.replyValue(item, buffers)
		}
		return w.vm.NewArray(items...)
	case error:
		o, err := w.commands.refuse(goja.Undefined(), w.vm.ToValue(v.Error()))
		if err != nil {
			return w.errorValue(err)
		}
		return o
	}
	return w.vm.ToValue(reply)
}
