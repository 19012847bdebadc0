package transport

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// TestAccessLog checks that each answer to plain HTTP has a line, without the query, and only if it is asked for.
func TestAccessLog(t *testing.T) {
	t.Parallel()
	public := fstest.MapFS{"index.html": {Data: []byte("<!doctype html>index")}}
	h := &fakeHandler{conversation: func() *fakeConversation { return newConversation(t) }}
	for _, on := range []bool{true, false} {
		var log logBuffer
		_, address := serve(t, Options{Public: public, AccessLog: on, Log: log.logger()}, h)
		for _, target := range []string{"/?secret=1", "/no%20such", "/" + strings.Repeat("%C3%BC", 2000), "/health"} {
			answer, err := http.Get("http://" + address + target)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
		}
		if on { // a line may follow its answer
			waitFor(t, func() bool { return strings.Count(log.String(), "msg=request ") == 4 })
		}
		text := regexp.MustCompile(`client=\S+|duration=\S+|time=\S+ `).ReplaceAllString(log.String(), "")
		for _, want := range []string{
			"level=INFO msg=request  method=GET path=/ status=200 bytes=20 \n",
			"level=INFO msg=request  method=GET path=\"/no such\" status=404 bytes=26 \n",
			"level=INFO msg=request  method=GET path=/" + strings.Repeat("ü", 99) + "… status=404 bytes=",
			"level=INFO msg=request  method=GET path=/health status=200 bytes=3 \n",
		} {
			if strings.Contains(text, want) != on {
				t.Errorf("%v: %q in\n%s", on, want, text)
			}
		}
		if strings.Contains(text, "secret") {
			t.Errorf("the query is logged:\n%s", text)
		}
	}
}
