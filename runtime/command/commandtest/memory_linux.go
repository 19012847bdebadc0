package commandtest

import (
	"bytes"
	"os"
	"strconv"
)

// Memory returns the resident memory of the process in bytes.
func (p *Process) Memory() int64 {
	p.t.Helper()
	status, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/statm")
	if err != nil {
		p.t.Fatal(err)
	}
	fields := bytes.Fields(status) // the size, the resident part, … in pages
	if len(fields) < 2 {
		p.t.Fatalf("statm: %q", status)
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		p.t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}
