package runtime

import (
	"fmt"

	"github.com/dop251/goja"
)

// readOptions passes the value of Module.options to Options.ReadOptions, without the properties that
// are undefined or null. It must be called within protect.
func (v *version) readOptions(value goja.Value) (read any, workers int, err error) {
	reader := v.worker.resource.runtime.options.ReadOptions
	if reader == nil {
		return nil, 1, nil
	}
	options := map[string]any{}
	if given(value) {
		object, ok := value.(*goja.Object)
		if !ok {
			return nil, 0, fmt.Errorf("Module.options must be an object, such as {maxMessage: 65536}, not %v", value)
		}
		for _, name := range object.Keys() {
			if option := object.Get(name); given(option) {
				options[name] = option.Export()
			}
		}
	}
	read, workers, err = reader(options)
	return read, max(workers, 1), err
}
