package environment

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/dop251/goja"

	"node.websocket/runtime/inspect"
)

const (
	// fetchesAtOnce is the number of requests that a VM has under way, each with a body in memory.
	fetchesAtOnce = 8
	// fetchTime bounds the time of one, with its redirects and its body.
	fetchTime = time.Minute
	// maxBody bounds the bytes of a response's body, after it has been decompressed.
	maxBody = 16 << 20
	// maxRedirects is that of the Fetch standard, §4.4.
	maxRedirects = 20
)

var errBody = fmt.Errorf("the body is longer than the limit of %d MiB", maxBody>>20)

// A fetched is a response whose body has arrived.
type fetched struct {
	*http.Response
	data []byte
}

// fetchHost gives js/fetch.js what sends requests.
func (e *Environment) fetchHost(set func(string, int, func(goja.FunctionCall) goja.Value)) {
	vm := e.vm
	set("kind", 1, func(call goja.FunctionCall) goja.Value { return vm.ToValue(inspect.Class(call.Argument(0))) })
	if !e.options.Permissions.Net.Grants() {
		return
	}
	client, requests := e.options.Permissions.NewClient(), &pool{most: fetchesAtOnce, limit: fetchTime}
	// send takes the method, the URL, a flat list of headers, the body or undefined, and what to do with a
	// redirect.
	set("send", 5, func(call goja.FunctionCall) goja.Value {
		method, url, headers, redirect := call.Argument(0).String(), call.Argument(1).String(), e.strings(call.Argument(2)), call.Argument(4).String()
		var body []byte
		if b := call.Argument(3); !goja.IsUndefined(b) {
			body = bytes.Clone(e.bytes(b))
		}
		return operation(e, requests, "fetch", func(ctx context.Context) (fetched, error) {
			r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
			if err != nil {
				return fetched{}, err
			}
			for i := 0; i+1 < len(headers); i += 2 {
				if strings.EqualFold(headers[i], "host") {
					continue // of the URL, which is what has been checked
				}
				r.Header.Add(headers[i], headerBytes(headers[i+1]))
			}
			c := *client
			c.CheckRedirect = func(_ *http.Request, via []*http.Request) error {
				switch {
				case redirect == "manual":
					return http.ErrUseLastResponse
				case redirect == "error":
					return errors.New("the answer is a redirect")
				case len(via) > maxRedirects:
					return fmt.Errorf("more than %d redirects", maxRedirects)
				}
				return nil
			}
			answer, err := c.Do(r)
			if err != nil {
				return fetched{}, err
			}
			defer answer.Body.Close()
			data, err := io.ReadAll(io.LimitReader(answer.Body, maxBody+1))
			if err == nil && len(data) > maxBody {
				err = errBody
			}
			return fetched{answer, data}, err
		}, func(f fetched) goja.Value {
			o, list := vm.NewObject(), []any{}
			for name, values := range f.Header {
				for _, value := range values {
					list = append(list, vm.ToValue(name), latin1([]byte(value)))
				}
			}
			_ = o.Set("status", f.StatusCode)
			_ = o.Set("statusText", strings.TrimSpace(strings.TrimPrefix(f.Status, fmt.Sprint(f.StatusCode))))
			_ = o.Set("url", f.Request.URL.String())
			_ = o.Set("headers", vm.NewArray(list...))
			_ = o.Set("body", vm.NewArrayBuffer(f.data))
			return o
		})
	})
}

// headerBytes returns the bytes of a header's text, whose characters they are (Fetch standard §2.2.2).
func headerBytes(text string) string {
	b := make([]byte, 0, len(text))
	for _, r := range text {
		b = append(b, byte(r)) // js/fetch.js has checked that it fits
	}
	return string(b)
}
