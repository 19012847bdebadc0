package command

import (
	"encoding/json"
	"fmt"
	"testing"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/transport/websocket"
)

const closer = `var Module = this.Module = function(){}, taken = [];
Module.prototype.onData = function(d, c){
	if (d === 'taken') return c.send(JSON.stringify(taken));
	if (d !== 'all') return c.close(+d, 'why');
	c.close();
	for (var code = -1; code <= 70000; code++) try { c.close(code); taken.push(code); } catch (e) { if (!(e instanceof TypeError)) throw e; }
};`

// TestCloseCodes compares the codes that connection.close takes with those that the transport sends.
func TestCloseCodes(t *testing.T) {
	t.Parallel()
	p := commandtest.Start(t, map[string]string{"test.js": closer})
	all := p.Dial("/test")
	all.SendText("all")
	all.WantClose(1000)
	c := p.Dial("/test")
	c.SendText("taken")
	var list []int
	if err := json.Unmarshal([]byte(c.Next()), &list); err != nil {
		t.Fatal(err)
	}
	taken := map[int]bool{}
	for _, code := range list {
		taken[code] = true
	}
	for code := -1; code <= 70000; code++ {
		if taken[code] != websocket.ValidCloseCode(code) {
			t.Errorf("%d: close takes it: %v, and it may be sent: %v", code, taken[code], websocket.ValidCloseCode(code))
		}
	}
	for _, code := range []int{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999} {
		c := p.Dial("/test")
		c.SendText(fmt.Sprint(code))
		c.Want(websocket.Close, string([]byte{byte(code >> 8), byte(code)})+"why")
	}
}
