package runtime

import (
	"strings"

	"github.com/dop251/goja"
)

// An inquiry is a request of a client, which is a message with a number, and the reply to it. The frames of
// an inquiry are messages as those of a [recovery]: a prefix, the number, a line feed, and the data.
//
// To the module, a request is a message like others, during which connection.reply is a function. The
// function may be kept, and called later. An inquiry ends with the reply; when onData fails; when onData
// returns and nothing has read connection.reply, so that no reply can follow; and when the client withdraws
// the request.
type inquiry struct {
	conn   *Conn
	number string
	reply  *goja.Object // connection.reply; nil: nothing has read it
	over   bool
}

// inquiries are the open ones of a connection. They are used only in a turn.
type inquiries struct {
	current *inquiry            // of the message that onData has, or had when it returned a promise that is pending; may be nil
	open    map[string]*inquiry // by their numbers; includes current
}

const (
	// frameRequest precedes the number and the data of a request of a client's.
	frameRequest = "\x00q"
	// frameWithdrawn precedes the number, without a line feed, of a request whose reply the client does not want any more.
	frameWithdrawn = "\x00x"
	// frameReply precedes the number and the data of a reply.
	frameReply = "\x00a"
	// frameRefused precedes the number of a request that gets no reply, and the reason, in plain words.
	frameRefused = "\x00e"
)

const (
	// maxInquiries is the number of inquiries of a connection that may be open. A further request is refused.
	maxInquiries = 1000
	// maxInquiryNumber is the length of the longest number, in digits.
	maxInquiryNumber = 16
)

// The reasons for which a request is refused. They tell nothing of the module's errors, which are not for clients.
const (
	refusedOff        = "the module takes no requests: Module.options.requests is off"
	refusedMany       = "too many requests are open"
	refusedFailed     = "the module has failed"
	refusedUnanswered = "the module has not replied"
)

// receiveRequest begins an inquiry, or refuses it. text is what follows the prefix. It returns the length of
// the number with its line feed, whether the rest is to be delivered to the module, and whether the frame
// was valid. It is called in a turn.
func (c *Conn) receiveRequest(text string) (head int, deliver, valid bool) {
	number, _, found := strings.Cut(text, "\n")
	w := c.worker
	of := w.inquiries[c]
	if !found || !isInquiryNumber(number) || of != nil && of.open[number] != nil {
		return 0, false, false
	}
	switch {
	case w.current == nil || !w.current.options.Requests:
		c.refuse(number, refusedOff)
		return 0, false, true
	case of != nil && len(of.open) >= maxInquiries:
		c.refuse(number, refusedMany)
		return 0, false, true
	}
	if of == nil {
		of = &inquiries{open: map[string]*inquiry{}}
		if w.inquiries == nil {
			w.inquiries = map[*Conn]*inquiries{}
		}
		w.inquiries[c] = of
	}
	of.current = &inquiry{conn: c, number: strings.Clone(number)}
	of.open[of.current.number] = of.current
	return len(number) + 1, true, true
}

// isInquiryNumber reports whether number is that of an inquiry.
func isInquiryNumber(number string) bool {
	return 0 < len(number) && len(number) <= maxInquiryNumber && strings.Trim(number, "0123456789") == ""
}

// refuse tells the client why a request gets no reply. It is called in a turn.
func (c *Conn) refuse(number, reason string) {
	if c.connected {
		c.touch()
		c.session.SendText(frameRefused + number + "\n" + reason)
	}
}

// withdraw ends the inquiry with this number, if it is open. It is called in a turn.
func (c *Conn) withdraw(number string) {
	if of := c.worker.inquiries[c]; of != nil && of.open[number] != nil {
		of.open[number].end()
	}
}

// end removes e from the open inquiries.
func (e *inquiry) end() {
	e.over = true
	of := e.conn.worker.inquiries[e.conn]
	if of == nil { // the connection is over
		return
	}
	delete(of.open, e.number)
	if len(of.open) == 0 && of.current == nil {
		delete(e.conn.worker.inquiries, e.conn)
	}
}

// endData is called when onData has returned, and its promise, if there was one, is settled. If the message was
// a request that has no reply, it is refused if onData has failed, or if no reply can follow. endData is
// called in a turn, after onError.
func (c *Conn) endData(failed bool) {
	of := c.worker.inquiries[c]
	if of == nil || of.current == nil {
		return
	}
	e := of.current
	of.current = nil
	switch {
	case e.over:
	case failed:
		c.refuse(e.number, refusedFailed)
	case e.reply == nil:
		c.refuse(e.number, refusedUnanswered)
	default:
		return // it is answered later
	}
	e.end()
}

// jsReply returns connection.reply: a function while onData has a request, otherwise undefined.
func (c *Conn) jsReply() goja.Value {
	of := c.worker.inquiries[c]
	if of == nil || of.current == nil {
		return goja.Undefined()
	}
	e := of.current
	if e.reply == nil {
		e.reply = c.worker.named("reply", 1, func(call goja.FunctionCall) goja.Value {
			return c.worker.vm.ToValue(e.answer(call.Argument(0)))
		}).ToObject(c.worker.vm)
	}
	return e.reply
}

// answer sends a reply, and returns what connection.send would. It returns false, too, if the inquiry is over.
func (e *inquiry) answer(data goja.Value) bool {
	c := e.conn
	if e.over || !c.connected {
		return false
	}
	m := c.worker.message("reply", data) // may run JavaScript, which may reply
	if e.over || !c.connected {
		return false
	}
	e.end()
	c.touch()
	m = framed(frameReply, e.number+"\n", m)
	if m.Binary {
		return c.session.SendBinary(m.Data)
	}
	return c.session.SendText(string(m.Data))
}
