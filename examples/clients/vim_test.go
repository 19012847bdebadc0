package clients

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// countingModule answers with what it was sent, with how many messages its connection has sent, and
// with the save that wrote the code.
const countingModule = `var save = 0;
var Module = this.Module = function(){ this.count = 0; };
Module.prototype.onData = function(data, connection){ connection.send(data + ' ' + ++this.count + ' ' + save); };
`

// TestReloadByVim saves with the real vim, in each way that it can be told to.
func TestReloadByVim(t *testing.T) {
	t.Parallel()
	vim, err := exec.LookPath("vim")
	if err != nil {
		if vim, err = exec.LookPath("vim.tiny"); err != nil {
			commandtest.Missing(t, "vim is not installed")
		}
	}
	p := commandtest.Start(t, map[string]string{"test.js": countingModule})
	c := p.Dial("/test")
	for i, options := range []string{"backupcopy=yes", "backupcopy=no", "backupcopy=auto", "backup backupcopy=no", "nobackup nowritebackup noswapfile"} {
		save := exec.Command(vim, "-u", "NONE", "-N", "-es", "-c", "set "+options, "-c", fmt.Sprintf("%%s/save = %d/save = %d/", i, i+1), "-c", "wq", "test.js")
		save.Dir = p.Dir
		if out, err := save.CombinedOutput(); err != nil {
			t.Fatalf("vim, set %s: %v\n%s", options, err, out)
		}
		p.Wait("set "+options, func() bool { c.SendText("x"); return strings.HasSuffix(c.Next(), fmt.Sprint(" ", i+1)) })
	}
	for line := range strings.Lines(p.Text()) {
		if strings.Contains(line, "deleted; version") { // on a busy machine vim may take long to put the new file in its place
			continue
		}
		for _, unwanted := range []string{"ERROR", "WARN", "disconnected"} {
			if strings.Contains(line, unwanted) {
				t.Errorf("%s:\n%s", unwanted, p.Text())
			}
		}
	}
}
