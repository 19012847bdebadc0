package runtime

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"node.websocket/runtime/permission"
)

func TestFetch(t *testing.T) {
	t.Parallel()
	var elsewhere *httptest.Server
	gone := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Add("Set-Cookie", "a=1")
		w.Header().Add("Set-Cookie", "b=2")
		w.Header().Set("X-Latin", "\xe9")
		w.WriteHeader(201)
		_, _ = io.WriteString(w, r.Method+" "+r.Header.Get("X-A")+" "+r.Header.Get("Content-Type")+" "+string(body))
	})
	mux.HandleFunc("/json", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, `{"a":[1]}`) })
	mux.HandleFunc("/near", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/json", http.StatusFound) })
	mux.HandleFunc("/far", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, http.StatusFound) })
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/endless", http.StatusFound) })
	mux.HandleFunc("/huge", func(w http.ResponseWriter, r *http.Request) {
		for piece := make([]byte, 1<<20); ; { // 1 GB and more
			if _, err := w.Write(piece); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/silent", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-gone:
		}
	})
	server := httptest.NewServer(mux)
	elsewhere = httptest.NewServer(mux)
	t.Cleanup(func() { close(gone); server.Close(); elsewhere.Close() })
	host := strings.TrimPrefix(server.URL, "http://")
	other := strings.TrimPrefix(elsewhere.URL, "http://")
	port := host[strings.LastIndexByte(host, ':')+1:]

	r, _ := newRuntimeWith(t, map[string]string{"test.js": tryModule}, Options{Permissions: permission.Set{Net: permission.List{Names: []string{host, "localhost:" + port}}}})
	_, s := connect(t, r, "test")
	denied := "ERR_ACCESS_DENIED connecting to " + other + " is not granted to modules; the server would have to be started with --allow-net=" + other
	for code, want := range map[string]string{
		`const r = await fetch('URL/echo', {method: 'post', headers: {'X-A': 'é'}, body: 'text'}); return [r.status, r.ok, r.statusText, r.url, r.redirected, r.headers.get('x-latin'), r.headers.getSetCookie(), await r.text()]`: "201,true,Created,URL/echo,false,é,a=1,b=2,POST \ufffd text/plain;charset=UTF-8 text",
		`return await (await fetch(new URL('URL/echo'), {method: 'PUT', body: new URLSearchParams({a: 'b c'})})).text()`:                                                                                                           "PUT  application/x-www-form-urlencoded;charset=UTF-8 a=b+c",
		`return await (await fetch(new Request('URL/echo', {method: 'PATCH', body: new Uint8Array([104, 105])}))).text()`:                                                                                                          "PATCH   hi",
		`return await (await fetch('URL/echo', {method: 'POST', body: new Blob(['blob'], {type: 'a/b'}).stream()})).text()`:                                                                                                        "POST   blob",
		`return JSON.stringify(await (await fetch('URL/json')).json())`:                                                                                                                                                            `{"a":[1]}`,
		`return (await (await fetch('http://localhost:PORT/json')).bytes()).length`:                                                                                                                                                "9",
		`const r = await fetch('URL/json'); const {value} = await r.body.getReader().read(); return [value.length, r.bodyUsed]`:                                                                                                    "9,true",
		`const r = await fetch('URL/json'), c = r.clone(); return await r.text() == await c.text()`:                                                                                                                                "true",
		`const r = await fetch('URL/json'); await r.text(); return await r.text()`:                                                                                                                                                 "TypeError Body is unusable: Body has already been read",
		`const r = await fetch('URL/near'); return [r.status, r.redirected, r.url]`:                                                                                                                                                "200,true,URL/json",
		`const r = await fetch('URL/near', {redirect: 'manual'}); return [r.status, r.headers.get('location')]`:                                                                                                                    "302,/json",
		`return await fetch('URL/near', {redirect: 'error'})`:                                                                                                                                                                      `TypeError fetch failed: Get "/json": the answer is a redirect`,
		`return await fetch('URL/endless')`:                                  `TypeError fetch failed: Get "/endless": more than 20 redirects`,
		`return await fetch('URL/far')`:                                      denied,
		`return await fetch('OTHER/json')`:                                   denied,
		`return await fetch('URL/huge')`:                                     "TypeError fetch failed: the body is longer than the limit of 16 MiB",
		`return await fetch('URL/silent', {signal: AbortSignal.timeout(1)})`: "23 The operation was aborted due to timeout",
		`const a = new AbortController(), p = fetch('URL/silent', {signal: a.signal}); a.abort(new Error('enough')); return await p`: "Error enough",
		`return await fetch('file:///etc/passwd')`:                                                   "TypeError fetch failed",
		`return await fetch('URL/json', {headers: {'a b': 'c'}})`:                                    `TypeError Headers: "a b" is an invalid header name`,
		`return await fetch('URL/json', {headers: {a: 'b\r\nc: d'}})`:                                "TypeError Headers: an invalid header value",
		`return await new Response(new Blob(['x'])).text() + (await Response.json({a: 1}).json()).a`: "x1",
	} {
		replace := strings.NewReplacer("URL/", server.URL+"/", "OTHER", elsewhere.URL, "PORT", port)
		code, want := replace.Replace(code), replace.Replace(want)
		if got := tried(t, s, code); got != want {
			t.Errorf("%s\n gives %q\n want  %q", code, got, want)
		}
	}
}
