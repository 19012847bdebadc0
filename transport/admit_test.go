package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// admitHandler is a fakeHandler that also serves "narrow", with other options.
type admitHandler struct {
	*fakeHandler
	narrow *Options
}

func (h admitHandler) Resource(name string) (Resource, error) {
	if name == "narrow" {
		return narrowed{h.fakeHandler, h.narrow}, nil
	}
	return h.fakeHandler.Resource(name)
}

// narrowed is a resource with options of its own.
type narrowed struct {
	*fakeHandler
	own *Options
}

func (r narrowed) Name() string { return "narrow" }

func (r narrowed) Options() *Options { return r.own }

// TestAdmit checks that handshakes are refused for the same reasons, with the same status and log
// line, on every transport.
func TestAdmit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		what, path, origin string
		options            Options
		open               func(context.Context, *fakeConversation) (Answer, error)
		status             int
		cause, header      string
	}{
		{what: "unknown", path: "/unknown", status: 404, cause: "there is no such resource"},
		{what: "broken", path: "/broken", status: 500, cause: "the module fails to load"},
		{what: "unavailable", path: "/unavailable", status: 503, header: "Retry-After", cause: "the resource is not served for a while; try again in a minute"},
		{what: "transport", path: "/narrow", status: 404, cause: "this transport is not served"},
		{what: "origin", path: "/a", origin: "https://b.com", options: Options{Origins: []string{"https://a.com"}}, status: 403,
			cause: "the origin is not allowed"},
		{what: "full", path: "/a", options: Options{MaxConnections: 1}, status: 503, header: "Retry-After",
			cause: "the server has as many connections as it takes; try again later"},
		{what: "throws", path: "/a", status: 500, cause: "the module failed",
			open: func(context.Context, *fakeConversation) (Answer, error) { return Answer{}, errors.New("x") }},
		{what: "header", path: "/a", status: 500, cause: "the module failed",
			open: func(context.Context, *fakeConversation) (Answer, error) {
				return Answer{Header: http.Header{"Connection": {"x"}}}, nil
			}},
		{what: "refuses", path: "/a", status: 401, cause: "the module refused", header: "Www-Authenticate",
			open: func(context.Context, *fakeConversation) (Answer, error) {
				return Answer{Status: 401, Body: "no", Header: http.Header{"Www-Authenticate": {"Basic"}}}, nil
			}},
	} {
		for _, transport := range []string{"websocket", "xhr", "eventsource", "jsonp"} {
			t.Run(test.what+"/"+transport, func(t *testing.T) {
				var log logBuffer
				test.options.Log = log.logger()
				h := oneConversation(newConversation(t))
				h.open = test.open
				narrow := Options{Transports: []string{"htmlfile"}}
				s, address := serve(t, test.options, admitHandler{h, narrow.WithDefaults()})
				taken := 0
				if test.what == "full" {
					taken = 1
					if err := s.acquire("192.0.2.1"); err != nil {
						t.Fatal(err)
					}
					defer s.release("192.0.2.1")
				}
				c := dial(t, address)
				path := test.path
				if transport != "websocket" {
					path += "/0/s/" + transport + "?c=x"
				}
				origin := ""
				if test.origin != "" {
					origin = "Origin: " + test.origin + "\r\n"
				}
				switch transport {
				case "websocket":
					c.raw([]byte(handshake(path, origin)))
				case "xhr":
					c.raw([]byte("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n" + origin + "\r\n"))
				default:
					c.raw([]byte("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + origin + "\r\n"))
				}
				r, err := http.ReadResponse(c.in, nil)
				if err != nil {
					t.Fatal(err)
				}
				io.Copy(io.Discard, r.Body)
				if r.StatusCode != test.status || test.header != "" && r.Header.Get(test.header) == "" {
					t.Errorf("%s, header %v; want %d and %s", r.Status, r.Header, test.status, test.header)
				}
				want := fmt.Sprintf("status=%d cause=%q", test.status, test.cause)
				if test.what == "unknown" && transport != "websocket" {
					want = "status=404" // without a resource, it is a page that is missing
				}
				if got := log.String(); strings.Count(got, "msg=refused") != 1 || !strings.Contains(got, want) {
					t.Errorf("log: %s\nwant one line with %s", got, want)
				}
				s.mu.Lock()
				defer s.mu.Unlock()
				if s.slots != taken {
					t.Errorf("%d slots are taken", s.slots)
				}
			})
		}
	}
}
