package transport

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"unique"
)

// An admission is a handshake that goes ahead, on any transport. It holds a slot of the Server,
// which becomes its session's.
type admission struct {
	server       *Server
	request      *Request
	conversation Conversation
	answer       Answer
	options      *Options
	head         []byte // the first bytes that the session sends
	budget       *budget
	client       string // the client's address, for the log
}

// initialize makes s the session of the admission. Its carrier starts it.
func (a *admission) initialize(s *Session, c carrier, codec codec) {
	s.server, s.conversation, s.codec, s.carrier = a.server, a.conversation, withLimits(codec, a.server, a.options), c
	s.id, s.client = a.request.ID, a.client
	s.openAccount(a.server.tallies.of(a.request.Resource, a.request.Transport, a.request.Version), a.server.metering.Load())
	s.terms = unique.Make(terms{a.request.Resource, a.answer.Protocol, a.request.Version})
	s.options, s.opened, s.state = a.options, s.server.now(), stateOpen
	if a.budget != nil {
		s.share = &share{budget: a.budget}
	}
	if len(a.head) > 0 {
		b := s.queue.grow(len(a.head))
		b.B = append(b.B, a.head...)
	}
}

// cancel gives the slot back, because there will be no session.
func (a *admission) cancel() { a.server.release(a.client) }

// An inquiry is a request that asks for a session.
type inquiry struct {
	ctx     context.Context // ends when the client has hung up
	request *http.Request
	head    string // as Request.Head has it; "": not known
}

// headOf returns the head of the request as the resource is to see it.
func (q *inquiry) headOf(seen *http.Request) string {
	if seen == q.request && q.head != "" {
		return q.head
	}
	return headOf(seen)
}

// A refusal is the answer to a handshake, or another request, that is refused.
type refusal struct {
	status int
	reason reason
	why    string      // for the log
	body   string      // for the client
	header http.Header // may be nil

	resource string // for the log; "": that of the path
}

// refuse returns a refusal that tells the client the same as the log.
func refuse(status int, why string) *refusal {
	return &refusal{status: status, reason: reasonOf(status), why: why, body: why + "\n"}
}

// admit decides about a handshake, whatever its transport: it takes a slot, finds the resource,
// checks that the transport is served and the origin allowed, asks the resource, and makes the head
// of the answer.
//
// seen is the request as the resource is to see it.
func (s *Server) admit(q inquiry, seen *http.Request, open opening, name, path string) (_ *admission, refused *refusal) {
	r := q.request
	address, secure := s.client(r)
	if refused := s.takeSlot(address); refused != nil {
		return nil, refused
	}
	admitted := false
	defer func() {
		if !admitted {
			s.release(address)
		}
	}()
	resource, refused := s.find(name)
	if refused != nil {
		return nil, refused
	}
	name = resource.Name()
	defer func() {
		if refused != nil {
			refused.resource = name
		}
	}()
	asked, options := open.asked(), cmp.Or(resource.Options(), &s.options)
	if refused := options.check(asked.origins, asked.transport); refused != nil {
		return nil, refused
	}
	if !options.bringsCookies(r, asked.origins, secure) {
		var some bool
		if seen, some = withoutCookies(seen); some {
			s.logWithheld(name, r, asked.origins)
		}
	}
	told := q.headOf(seen)
	request := &Request{
		ID: rand.Text(), Head: told, Resource: name, Path: shared(told, path), Host: r.Host, RemoteAddress: address,
		Transport: asked.transport, Version: asked.version, Secure: secure, Protocols: asked.protocols,
	}
	own := ownQuery(r)
	request.Framed, request.MaxMessage = own.Get("frames") == "1", options.MaxMessage
	if name := own.Get("recover"); validRecovery(name) {
		request.Recovery = name
	}
	if len(asked.origins) > 0 {
		request.Origin = shared(told, asked.origins[0])
	}
	conversation, answer, refused := s.ask(q.ctx, resource, request, options)
	if refused != nil {
		return nil, refused
	}
	head, err := open.answer(options, secure, answer.Protocol, answer.Header)
	if err != nil {
		return nil, s.wrongAnswer(name, "a handshake", err)
	}
	if answer.Status != 0 {
		return nil, &refusal{status: answer.Status, reason: reasonModule, why: "the module refused", body: answer.Body, header: answer.Header}
	}
	admitted = true
	return &admission{
		server: s, request: request, conversation: conversation, answer: answer, options: options, head: head,
		budget: budgetOf(r), client: logAddress(r, address),
	}, nil
}

// takeSlot is acquire. It returns the refusal of the request if there is no slot.
func (s *Server) takeSlot(address string) *refusal {
	err := s.acquire(address)
	if err == nil {
		return nil
	}
	f := refuse(http.StatusServiceUnavailable, err.Error())
	f.reason = slotReasons[err]
	f.header = http.Header{"Retry-After": {"10"}}
	if err == errShuttingDown {
		f.header.Set("Connection", "close") // over HTTP/2 it makes a GOAWAY, and the client's next stream comes by a new connection
	}
	return f
}

// slotReasons has the reason for each error of acquire.
var slotReasons = map[error]reason{
	errFull: reasonFull, errManyOfOne: reasonAddress, errMemory: reasonMemory, errShuttingDown: reasonShutdown,
}

// check checks what every request of a session needs: an allowed origin, and that one of these
// transports is served, if there are any.
func (o *Options) check(origins []string, transports ...string) *refusal {
	switch {
	case len(transports) > 0 && !slices.ContainsFunc(transports, o.serves):
		return refuse(http.StatusNotFound, "this transport is not served")
	case !originAllowed(o.Origins, origins):
		return refuse(http.StatusForbidden, "the origin is not allowed")
	}
	return nil
}

// find returns the resource with a name, or the refusal of a request for it.
func (s *Server) find(name string) (Resource, *refusal) {
	resource, err := s.handler.Resource(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, refuse(http.StatusNotFound, errResource.Error())
	case errors.Is(err, ErrUnavailable):
		f := refuse(http.StatusServiceUnavailable, ErrUnavailable.Error())
		f.reason = reasonUnavailable
		f.header = http.Header{"Retry-After": {"60"}}
		return nil, f
	case err != nil:
		return nil, refuse(http.StatusInternalServerError, "the module fails to load")
	}
	return resource, nil
}

// ask asks a resource about a handshake. An answer that makes no sense is logged and refused.
func (s *Server) ask(ctx context.Context, resource Resource, request *Request, options *Options) (Conversation, Answer, *refusal) {
	wait := newPatience(ctx, s.options.HandshakeTimeout)
	defer wait.end()
	conversation, answer, err := resource.Open(wait, request)
	if refused := unanswered(ctx, wait, err); refused != nil {
		return conversation, answer, refused
	}
	switch {
	case answer.Status != 0 && (answer.Status < 200 || answer.Status > 599):
		err = errors.New("a handshake is refused with a status of 200 to 599, not " + strconv.Itoa(answer.Status))
	case answer.Status == 0 && conversation == nil:
		err = errors.New("there is no conversation to connect to")
	}
	if err != nil {
		return conversation, answer, s.wrongAnswer(request.Resource, "a handshake", err)
	}
	if answer.Protocol == "" && answer.Status == 0 {
		answer.Protocol = favourite(request.Protocols, options.Protocols)
	}
	return conversation, answer, nil
}

// unanswered returns the refusal of a request for which a resource has returned this error, or nil if
// there is none. ctx is the client's, and wait bounds it by the resource's time.
func unanswered(ctx, wait context.Context, err error) *refusal {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return tooLate("the client hung up, or its time was over")
	case wait.Err() != nil:
		return tooLate("the module took too long to answer")
	}
	return refuse(http.StatusInternalServerError, "the module failed")
}

// tooLate returns the refusal of a request that could not be answered in time.
func tooLate(why string) *refusal {
	f := refuse(http.StatusServiceUnavailable, why)
	f.reason = reasonTimeout
	return f
}

// wrongAnswer logs what is wrong with a module's answer to what. The client is not told.
func (s *Server) wrongAnswer(resource, what string, err error) *refusal {
	s.log.Error("a module's answer to "+what+" is wrong", slog.String("resource", resource), slog.String("error", err.Error()))
	return refuse(http.StatusInternalServerError, "the module failed")
}

// favourite returns the first of the offered subprotocols that is served, or "".
func favourite(offered, served []string) string {
	for _, p := range offered {
		if slices.Contains(served, p) {
			return p
		}
	}
	return ""
}
