package runtime

import (
	"bytes"
	"context"
	"errors"

	"github.com/dop251/goja"
)

// ErrProfiling is returned by [Profile] while another call is under way, because goja has one profiler for all
// VMs.
var ErrProfiling = errors.New("runtime: another profile is being made")

// Profile profiles the JavaScript of all runtimes of the process until ctx ends, and returns the profile in the
// form of pprof, gzipped. It samples the VMs that run a hundred times a second; a call of a
// few microseconds is seldom seen, however often it is made.
func Profile(ctx context.Context) ([]byte, error) {
	var profile bytes.Buffer
	if goja.StartProfile(&profile) != nil {
		return nil, ErrProfiling
	}
	<-ctx.Done()
	goja.StopProfile()
	return profile.Bytes(), nil
}
