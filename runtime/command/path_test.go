package command

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/transport/websocket"
)

// TestEncodedSlash checks that a slash that a client has encoded is a part of its segment, in handshakes, plain
// requests and the paths of SockJS.
func TestEncodedSlash(t *testing.T) {
	t.Parallel()
	const module = `exports.onConnect = function(c){ c.send([c.request.params.id, c.request.path, c.request.url].join(' ')); };
exports.onData = function(){ };
exports.onRequest = function(request){ return 'plain ' + request.params.id + ' ' + request.path + ' ' + request.url; };`
	p := commandtest.Start(t, map[string]string{"rooms/[id].js": module, "a/b.js": module})
	for _, c := range []struct{ path, want string }{
		{"/rooms/a%2Fb?q=%2F", "a/b /rooms/a/b /rooms/a%2Fb?q=%2F"},
		{"/Rooms/a%2fb/0/s1/websocket", `o|a["a/b /Rooms/a/b /Rooms/a%2Fb"]`},
		{"/rooms/a%252Fb", "a%2Fb /rooms/a%2Fb /rooms/a%252Fb"},
		{"/a/b", " /a/b /a/b"},
	} {
		client := p.Dial(c.path)
		for _, want := range strings.Split(c.want, "|") {
			client.Want(websocket.Text, want)
		}
	}
	for _, c := range []struct{ method, path, want string }{
		{"GET", "/rooms/a%2Fb", "plain a/b /rooms/a/b /rooms/a%2Fb"},
		{"POST", "/rooms/a%2Fb/0/s2/xhr", "o\n"},
		{"POST", "/rooms/a%2Fb/0/s2/xhr", `a["a/b /rooms/a/b /rooms/a%2Fb"]` + "\n"},
		{"GET", "/a/b", "plain undefined /a/b /a/b"},
		{"GET", "/a%2Fb", "there is no such resource\n"},
		{"GET", "/rooms%2Fa", "there is no such resource\n"},
	} {
		request, err := http.NewRequest(c.method, "http://"+p.Address()+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || string(body) != c.want {
			t.Errorf("%s: %d %q %v, want %q", c.path, response.StatusCode, body, err, c.want)
		}
	}
}
