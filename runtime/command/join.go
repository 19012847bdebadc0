package command

import (
	"context"
	"errors"

	"node.websocket/runtime"
	"node.websocket/runtime/command/option"
	"node.websocket/runtime/history"
	"node.websocket/transport"
)

// handler is the transport.Handler that joins transport to runtime, which do not import each other.
// No function of this file is called for a message, apart from the methods of the embedded Conn and
// Session.
type handler struct{ runtime *runtime.Runtime }

func (h handler) Resource(name string) (transport.Resource, error) {
	w, err := h.runtime.Resource(name)
	if err != nil {
		if errors.Is(err, runtime.ErrUnserved) {
			err = transport.ErrUnavailable
		}
		return nil, err
	}
	return resource{w}, nil
}

// resource is a resource of the runtime, as a transport.Resource.
type resource struct{ *runtime.Resource }

// Options returns what readOptions made of the version that serves.
func (r resource) Options() *transport.Options { return r.Resource.Options().(*transport.Options) }

// readOptions returns runtime.Options.ReadOptions: a function that returns the options of a
// resource's sessions and of its workers, which are the server's unless Module.options overrides them.
func readOptions(set option.Set) func(module map[string]any) (runtime.ModuleOptions, error) {
	return func(module map[string]any) (runtime.ModuleOptions, error) {
		own, err := set.Override(module)
		if err != nil {
			return runtime.ModuleOptions{}, err
		}
		return runtime.ModuleOptions{
			Read: transportOptions(own).WithDefaults(), Workers: option.Workers.In(own), TurnLimit: option.HandlerTimeout.In(own),
			History: history.NewLimits(option.History.In(own)), Requests: option.Requests.In(own), MaxQueue: option.MaxQueue.In(own),
		}, nil
	}
}

// transportOptions returns those of transport's options that users set by name.
func transportOptions(set option.Set) transport.Options {
	return transport.Options{
		Origins:          option.Origins.In(set),
		Protocols:        option.Protocols.In(set),
		Transports:       option.Transports.In(set),
		MaxMessage:       option.MaxMessage.In(set),
		MaxConnections:   option.MaxConnections.In(set),
		MaxPerAddress:    option.MaxConnectionsPerIP.In(set),
		MaxQueue:         option.MaxQueue.In(set),
		HighWater:        option.HighWaterMark.In(set),
		DropSlow:         option.OnSlow.In(set) == "drop",
		MessageRate:      option.RateLimit.In(set).Messages,
		ByteRate:         option.RateLimit.In(set).Bytes,
		HandshakeTimeout: option.HandshakeTimeout.In(set),
		Heartbeat:        option.PingInterval.In(set),
		HeartbeatTimeout: option.PongTimeout.In(set),
		IdleTimeout:      option.IdleTimeout.In(set),
		Compression:      option.Compression.In(set),
		ContextTakeover:  option.ContextTakeover.In(set),
		NoDrafts:         !option.Drafts.In(set),
		NoEventLoop:      !option.EventLoop.In(set),
		ResponseLimit:    option.ResponseLimit.In(set),
		Cookie:           option.Cookie.In(set),
		ProxyProtocol:    option.ProxyProtocol.In(set),
		TrustedProxies:   option.TrustProxy.In(set),
		ShutdownSpread:   option.ShutdownSpread.In(set),
		AccessLog:        option.AccessLog.In(set),
	}
}

// request is a transport.Request as a runtime.Request.
func request(t *transport.Request) runtime.Request {
	return runtime.Request{
		ID:            t.ID,
		Head:          t.Head,
		Path:          t.Path,
		Origin:        t.Origin,
		RemoteAddress: t.RemoteAddress,
		Secure:        t.Secure,
		Transport:     t.Transport,
		Version:       t.Version,
		Framed:        t.Framed,
		MaxMessage:    t.MaxMessage,
		Recovery:      t.Recovery,
	}
}

func (r resource) Open(ctx context.Context, t *transport.Request) (transport.Conversation, transport.Answer, error) {
	c, a, err := r.Resource.Open(ctx, request(t))
	if err != nil {
		return nil, transport.Answer{}, err
	}
	return connection{c}, transport.Answer{Status: a.Status, Header: a.Header, Body: a.Body, Protocol: a.Protocol}, nil
}

// Respond implements transport.Responder.
func (r resource) Respond(ctx context.Context, t *transport.Request, body []byte) (transport.Answer, error) {
	a, err := r.Resource.Respond(ctx, request(t), body)
	return transport.Answer{Status: a.Status, Header: a.Header, Body: a.Body}, err
}

// connection is a runtime.Conn as a transport.Conversation.
type connection struct{ *runtime.Conn }

func (c connection) Connected(s *transport.Session) { c.Conn.Connected(session{s}) }

func (c connection) Worker() transport.Worker { return c.Conn.Worker() }

// session is a transport.Session as a runtime.Session.
type session struct{ *transport.Session }

func (s session) SendPrepared(p runtime.Prepared) bool {
	return s.Session.SendPrepared(p.(*transport.Prepared))
}

// prepare is runtime.Options.Prepare.
func prepare(m runtime.Message) runtime.Prepared { return transport.Prepare(m) }
