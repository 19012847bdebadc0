package runtime

import (
	"log/slog"
	"strings"

	"github.com/dop251/goja"
)

// installConnection makes the prototype that all connection objects of a VM share. Its properties are
// accessors whose setters define an own property of the object, because modules of 2009 assign
// connection.id and others.
func (w *worker) installConnection() {
	w.prototype = w.vm.NewObject()

	below, above := w.vm.ToValue(true), w.vm.ToValue(false)
	w.method("send", 1, func(c *Conn, call goja.FunctionCall) goja.Value {
		if c.send(call.Argument(0)) {
			return below
		}
		return above
	})
	w.method("close", 2, func(c *Conn, call goja.FunctionCall) goja.Value {
		code, reason := closeArguments(w, call)
		if c.session != nil {
			c.touch()
			c.shut = true
			c.session.Close(code, reason)
		}
		return goja.Undefined()
	})
	w.method("terminate", 0, func(c *Conn, _ goja.FunctionCall) goja.Value {
		if c.session != nil {
			c.shut = true
			c.session.Terminate()
		}
		return goja.Undefined()
	})
	w.method("ping", 1, func(c *Conn, call goja.FunctionCall) goja.Value {
		var payload []byte
		if data := call.Argument(0); !goja.IsUndefined(data) {
			var ok bool
			if payload, ok = w.environment.Bytes(data); !ok {
				payload = []byte(data.String())
			}
		}
		if len(payload) > maxControl {
			panic(w.vm.NewTypeError("ping: the data must not be longer than 125 bytes (RFC 6455 §5.5)"))
		}
		if c.connected {
			c.touch()
			c.session.Ping(payload)
		}
		return goja.Undefined()
	})
	w.method("pause", 0, func(c *Conn, _ goja.FunctionCall) goja.Value {
		c.paused = true
		return goja.Undefined()
	})
	w.method("resume", 0, func(c *Conn, _ goja.FunctionCall) goja.Value {
		c.paused = false
		c.goOn()
		return goja.Undefined()
	})
	w.method("log", 2, func(c *Conn, call goja.FunctionCall) goja.Value {
		c.logLine(call.Argument(0).String(), call.Argument(1))
		return goja.Undefined()
	})

	vm := w.vm
	text := func(name string, get func(c *Conn) string) {
		w.property(name, func(c *Conn) goja.Value { return vm.ToValue(get(c)) })
	}
	text("id", func(c *Conn) string { return c.id })
	text("transport", func(c *Conn) string { return c.usual.transport })
	text("remoteAddress", func(c *Conn) string { return c.remoteAddress })
	text("protocol", func(c *Conn) string {
		if c.session == nil {
			return ""
		}
		return c.session.Protocol()
	})
	w.property("version", func(c *Conn) goja.Value {
		if c.usual.version == "" {
			return goja.Null()
		}
		return vm.ToValue(c.usual.version)
	})
	w.property("secure", func(c *Conn) goja.Value { return vm.ToValue(c.usual.secure) })
	w.property("readyState", func(c *Conn) goja.Value { return vm.ToValue(c.readyState()) })
	w.property("bufferedAmount", func(c *Conn) goja.Value {
		if c.session == nil {
			return vm.ToValue(0)
		}
		if w.outbox.behind() {
			c.touch()
		}
		return vm.ToValue(c.session.BufferedAmount())
	})
	w.property("reply", func(c *Conn) goja.Value { return c.jsReply() })
	w.property("request", func(c *Conn) goja.Value { return c.jsRequest() })
	w.property("server", func(*Conn) goja.Value { return w.server })
	w.property("socket", func(c *Conn) goja.Value { return c.jsSocket() })
	w.showAs(w.prototype, "Connection", w.showConnection)
}

// readyState returns that of the WebSocket API, in a turn.
func (c *Conn) readyState() int {
	switch {
	case c.gone:
		return stateClosed
	case c.session == nil:
		return stateConnecting
	}
	return c.session.ReadyState()
}

// The values of WebSocket.readyState that the runtime uses.
const (
	stateConnecting = 0
	stateOpen       = 1
	stateClosing    = 2
	stateClosed     = 3
)

const maxControl = 125 // bytes of a control frame's payload (RFC 6455 §5.5)

// method defines a method of connection objects.
func (w *worker) method(name string, length int, f func(c *Conn, call goja.FunctionCall) goja.Value) {
	v := w.named(name, length, func(call goja.FunctionCall) goja.Value { return f(w.connOf(name, call.This), call) })
	_ = w.prototype.DefineDataProperty(name, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// property defines a property of connection objects that a module may overwrite.
func (w *worker) property(name string, get func(c *Conn) goja.Value) {
	getter := w.named("get "+name, 0, func(call goja.FunctionCall) goja.Value { return get(w.connOf(name, call.This)) })
	setter := w.named("set "+name, 1, func(call goja.FunctionCall) goja.Value {
		if o, ok := call.This.(*goja.Object); ok {
			_ = o.DefineDataProperty(name, call.Argument(0), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
		}
		return goja.Undefined()
	})
	_ = w.prototype.DefineAccessorProperty(name, getter, setter, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// connOf returns the connection on which the method name was called. It throws a TypeError if this is
// not a connection.
func (w *worker) connOf(name string, this goja.Value) *Conn {
	if c := w.call.conn; c != nil && this == c.object { // most often
		return c
	}
	if c := w.conns.of(this); c != nil {
		return c
	}
	panic(w.vm.NewTypeError("connection." + name + " was called on something that is no connection; pass the method on as function(x){ connection." + name + "(x); }"))
}

// jsObject returns the connection's object in JavaScript.
func (c *Conn) jsObject() *goja.Object {
	if c.object == nil {
		c.object = c.worker.vm.CreateObject(c.worker.prototype)
		c.worker.conns.set(c.object, c)
	}
	return c.object
}

// send queues a message: a string as text, binary data as binary, and any other value as the text of
// String(data), as in 2009.
func (c *Conn) send(data goja.Value) bool {
	if !c.connected {
		return false
	}
	c.touch()
	switch data := data.(type) {
	case goja.String:
		return c.sendText(data.String())
	case *goja.Object:
		if b, ok := c.worker.environment.Bytes(data); ok {
			if c.usual.framed && startsFrame(Message{Data: b}) {
				b = append([]byte(frameData), b...)
			}
			return c.session.SendBinary(b)
		}
		return c.sendText(c.worker.textOf("send", data))
	}
	return c.sendText(data.String())
}

func (c *Conn) sendText(text string) bool {
	if c.usual.framed && strings.HasPrefix(text, "\x00") {
		text = frameData + text
	}
	return c.session.SendText(text)
}

// textOf returns the text of an object that a module sends, String(data) as in 2009. That of most objects
// says nothing of what is in them, so it warns, once for each version of a file.
func (w *worker) textOf(method string, data *goja.Object) string {
	text := data.String()
	if !strings.HasPrefix(text, "[object ") {
		return text
	}
	frames := framesOf(w.vm.CaptureCallStack(0, nil))
	if v := w.current; v != nil && len(frames) > 0 && !v.warned[frames[0].file] {
		if v.warned == nil {
			v.warned = map[string]bool{}
		}
		v.warned[frames[0].file] = true
		w.logAt(slog.LevelWarn, method+" was given an object, and sends the text "+text+"; use JSON.stringify(data)", "at", frames[0].place())
	}
	return text
}

// closeArguments reads the arguments of close: a code that a server may send, 1000 by default, and a
// reason of up to 123 bytes.
func closeArguments(w *worker, call goja.FunctionCall) (int, string) {
	code := 1000
	if v := call.Argument(0); !goja.IsUndefined(v) {
		code = int(v.ToInteger())
		if !maySendCode(code) {
			panic(w.vm.NewTypeError("close: the code must be 1000 to 1003, 1007 to 1014, or 3000 to 4999"))
		}
	}
	reason := ""
	if v := call.Argument(1); !goja.IsUndefined(v) {
		reason = v.String()
		if len(reason) > maxControl-2 {
			panic(w.vm.NewTypeError("close: the reason must not be longer than 123 bytes"))
		}
	}
	return code, reason
}

// maySendCode reports whether a Close frame may carry the code (RFC 6455 §7.4 and its registry): 1004,
// 1005, 1006 and 1015 are never sent, and 1016 to 2999 have no meaning yet. The transport has the same
// rule; a test of runtime/command compares the two.
func maySendCode(code int) bool {
	return 1000 <= code && code <= 1003 || 1007 <= code && code <= 1014 || 3000 <= code && code <= 4999
}

// logLine is connection.log(message, type). type is one of 2009's types, or is logged as it is.
func (c *Conn) logLine(message string, kind goja.Value) {
	level := slog.LevelInfo
	attrs := []any{"client", c.remoteAddress, "id", c.id}
	if !goja.IsUndefined(kind) {
		switch k := kind.String(); k {
		case "debug":
			level = slog.LevelDebug
		case "info":
		case "warn", "warning":
			level = slog.LevelWarn
		case "error":
			level = slog.LevelError
		default:
			attrs = append(attrs, "type", k)
		}
	}
	c.worker.logAt(level, message, attrs...)
}

// jsSocket makes connection.socket, for modules of 2009.
func (c *Conn) jsSocket() goja.Value {
	vm := c.worker.vm
	o := vm.NewObject()
	_ = o.Set("remoteAddress", c.remoteAddress)
	_ = o.Set("close", c.worker.named("close", 0, func(goja.FunctionCall) goja.Value {
		if c.session != nil {
			c.touch()
			c.shut = true
			c.session.Close(1000, "")
		}
		return goja.Undefined()
	}))
	_ = c.jsObject().DefineDataProperty("socket", o, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	return o
}
