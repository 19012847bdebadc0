package runtime

import (
	"fmt"
	"time"

	"github.com/dop251/goja"

	"node.websocket/runtime/history"
)

// ModuleOptions are the result of Options.ReadOptions for the Module.options of a version.
type ModuleOptions struct {
	// Read holds the result of Resource.Options while the version serves.
	Read any
	// Workers is the number of workers that run the module. 0 means 1.
	Workers int
	// TurnLimit bounds the time of one call of the version, once it serves. 0 means Options.TurnLimit.
	TurnLimit time.Duration
	// History has the limits of the topics that the version publishes on. The zero value keeps no messages. A
	// window of zero is Options.RecoveryWindow.
	History history.Limits
	// Requests lets clients send requests, to which connection.reply replies.
	Requests bool
	// MaxQueue is the number of bytes that may wait for a client. What it has missed is sent in pieces that are
	// smaller. 0 means that there is room for 128 KiB.
	MaxQueue int
}

// readOptions passes the value of Module.options to Options.ReadOptions, without the properties that
// are undefined or null. It must be called within protect.
func (v *version) readOptions(value goja.Value) (read ModuleOptions, err error) {
	reader := v.worker.resource.runtime.options.ReadOptions
	if reader == nil {
		return ModuleOptions{Workers: 1}, nil
	}
	options := map[string]any{}
	if given(value) {
		object, ok := value.(*goja.Object)
		if !ok {
			return read, fmt.Errorf("Module.options must be an object, such as {maxMessage: 65536}, not %v", value)
		}
		for _, name := range object.Keys() {
			if option := object.Get(name); given(option) {
				options[name] = option.Export()
			}
		}
	}
	read, err = reader(options)
	read.Workers = max(read.Workers, 1)
	if read.History.Any() {
		r := v.worker.resource.runtime
		r.keeps.Store(true)
		for old := r.shortest.Load(); ; old = r.shortest.Load() {
			if r.shortest.CompareAndSwap(old, int64(read.History.Shortest(time.Duration(old)))) {
				break
			}
		}
	}
	return read, err
}
