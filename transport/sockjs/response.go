package sockjs

import "strings"

// The names of the transports.
const (
	XHRStreaming = "xhr-streaming"
	XHRPolling   = "xhr-polling"
	EventSource  = "eventsource"
	HTMLFile     = "htmlfile"
	JSONPPolling = "jsonp-polling"
)

// A Response is the form of the responses in which one of the transports sends frames. It is not to
// be changed.
type Response struct {
	Transport   string
	ContentType string
	Single      bool // one frame ends the response; otherwise it streams
	Callback    bool // it is a script that calls a function, whose name the client gives

	prelude func(callback string, extended bool) string
	frame   func(dst, frame []byte, callback string) []byte
}

// Prelude returns what a streaming response begins with, before the first frame. callback is a
// ValidCallback if the transport has one. extended is for client.js.
func (r *Response) Prelude(callback string, extended bool) string {
	return r.prelude(callback, extended)
}

// AppendFrame appends a frame as the transport writes it into its response. callback is as for
// Prelude.
func (r *Response) AppendFrame(dst, frame []byte, callback string) []byte {
	return r.frame(dst, frame, callback)
}

// ResponseTo returns the form of the response to a request for the given action, the last segment of
// its path; nil if that action takes no frames.
func ResponseTo(action string) *Response { return responses[action] }

var responses = map[string]*Response{
	"xhr": {
		Transport: XHRPolling, ContentType: "application/javascript; charset=UTF-8", Single: true,
		frame: appendXHR,
	},
	"xhr_streaming": {
		Transport: XHRStreaming, ContentType: "application/javascript; charset=UTF-8",
		prelude: func(string, bool) string { return xhrPrelude },
		frame:   appendXHR,
	},
	"eventsource": {
		Transport: EventSource, ContentType: "text/event-stream",
		prelude: func(string, bool) string { return "\r\n" },
		frame:   appendEvent,
	},
	"htmlfile": {
		Transport: HTMLFile, ContentType: "text/html; charset=UTF-8", Callback: true,
		prelude: htmlPage,
		frame:   appendScript,
	},
	"jsonp": {
		Transport: JSONPPolling, ContentType: "application/javascript; charset=UTF-8", Single: true, Callback: true,
		frame: appendCall,
	},
}

// xhrPrelude makes browsers that hold back the beginning of a response show it to the page.
var xhrPrelude = strings.Repeat("h", 2048) + "\n"

func appendXHR(dst, frame []byte, _ string) []byte { return append(append(dst, frame...), '\n') }

// appendEvent appends an event. Clients of SockJS decode URI components in it, so "%" is encoded.
func appendEvent(dst, frame []byte, _ string) []byte {
	dst = append(dst, "data: "...)
	for _, b := range frame {
		if b == '%' {
			dst = append(dst, "%25"...)
		} else {
			dst = append(dst, b)
		}
	}
	return append(dst, "\r\n\r\n"...)
}

// htmlPrelude is prescribed by SockJS, as is its least length.
const (
	htmlPrelude = `<!doctype html>
<html><head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
</head><body><h2>Don't panic!</h2>
  <script>
    document.domain = document.domain;
    var c = parent.%s;
    c.start();
    function p(d) {c.message(d);};
    window.onload = function() {c.stop();};
  </script>`
	minHTML = 1024 // bytes
)

func htmlPage(callback string, extended bool) string {
	page := strings.Replace(htmlPrelude, "%s", callback, 1)
	if extended { // client.js keeps to one origin, and today's browsers warn about the line
		page = strings.Replace(page, "    document.domain = document.domain;\n", "", 1)
	}
	return page + strings.Repeat(" ", max(0, minHTML-len(page))) + "\r\n\r\n"
}

func appendScript(dst, frame []byte, _ string) []byte {
	dst = appendQuoted(append(dst, "<script>\np("...), frame, true)
	return append(dst, ");\n</script>\r\n"...)
}

// appendCall appends a script. The comment keeps the callback's name, which the client chooses, from
// being the first bytes of a response that is taken for something other than a script.
func appendCall(dst, frame []byte, callback string) []byte {
	dst = append(append(append(dst, "/**/"...), callback...), '(')
	return append(appendQuoted(dst, frame, true), ");\r\n"...)
}

// maxCallback is the most bytes of a callback's name.
const maxCallback = 128

// ValidCallback reports whether name may be a callback's. It becomes part of a script, so it has only
// letters, digits and "-_.".
func ValidCallback(name string) bool {
	return name != "" && len(name) <= maxCallback &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == ""
}
