package console

import (
	"context"
	"maps"
	"net/url"
	"slices"

	"node.websocket/transport"
)

// A watched is a module's resource, whose clients tell whether the server is reached from elsewhere. It implements
// transport.Responder.
//
// A proxy on this machine may be set up so that its clients look like programs of this machine, as with nothing but
// proxy_pass and Upgrade in nginx. But browsers tell the origin of their page, and such a proxy passes it on. So once
// a module has accepted somebody from elsewhere, the console is closed to those without a token.
type watched struct {
	transport.Responder
	console *Console
}

// watch returns a resource of a module, watched if need be.
func (c *Console) watch(r transport.Resource) transport.Resource {
	if responder, ok := r.(transport.Responder); ok && c.options.Token == "" && !c.elsewhere.Load() {
		return watched{responder, c}
	}
	return r
}

// Open implements transport.Resource.
func (w watched) Open(ctx context.Context, r *transport.Request) (transport.Conversation, transport.Answer, error) {
	conversation, answer, err := w.Responder.Open(ctx, r)
	if err == nil && answer.Status == 0 {
		w.console.notice(r)
	}
	return conversation, answer, err
}

// notice closes the console if a request is from elsewhere.
func (c *Console) notice(r *transport.Request) {
	page, err := url.Parse(r.Origin)
	local := err == nil && (page.Host == "" || IsLocalName(page.Host)) // "" is for a file, and for no page
	if local && IsLocalName(r.Host) && !isForwarded(r.Head) || c.elsewhere.Swap(true) {
		return
	}
	c.log.Warn("the console is closed, because clients of other machines reach this server: open it with --console, which makes a token",
		"origin", r.Origin, "host", r.Host)
	c.mu.Lock()
	views := slices.Collect(maps.Keys(c.open))
	c.mu.Unlock()
	for _, v := range views {
		v.session.Close(closeForbidden, "clients of other machines reach this server")
	}
}
