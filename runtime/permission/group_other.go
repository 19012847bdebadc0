//go:build !unix

package permission

import (
	"os"
	"os/exec"
)

// There are no process groups and no signals here: a program is ended by itself.

func lead(*exec.Cmd) {}

func endGroup(*exec.Cmd) {}

func signalOf(*os.ProcessState) string { return "" }
