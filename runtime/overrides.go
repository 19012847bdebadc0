package runtime

import (
	"fmt"
	"time"

	"github.com/dop251/goja"
)

// Overrides are what Module.options says for its resource. A zero field inherits the server's option.
type Overrides struct {
	Origins    []string
	Protocols  []string
	MaxMessage int           // bytes
	Heartbeat  time.Duration // in Module.options: seconds

	Compression *bool

	Transports    []string
	ResponseLimit int // bytes
	Cookie        *bool
}

// readOverrides reads Module.options. A name it does not know, or a value of the wrong kind, is an error: a misspelt
// limit that is silently none would be found too late.
func readOverrides(vm *goja.Runtime, v goja.Value) (o Overrides, err error) {
	if !given(v) {
		return o, nil
	}
	options, ok := v.(*goja.Object)
	if !ok {
		return o, fmt.Errorf("Module.options must be an object, such as {maxMessage: 65536}, not %v", v)
	}
	for _, name := range options.Keys() {
		value := options.Get(name)
		if !given(value) {
			continue
		}
		switch name {
		case "origins":
			o.Origins, err = stringList(vm, value)
		case "protocols":
			o.Protocols, err = stringList(vm, value)
		case "maxMessage":
			o.MaxMessage, err = byteCount(value)
		case "responseLimit":
			o.ResponseLimit, err = byteCount(value)
		case "transports":
			o.Transports, err = stringList(vm, value)
		case "cookie":
			b, ok := value.Export().(bool)
			if o.Cookie = &b; !ok {
				err = fmt.Errorf("want true or false")
			}
		case "heartbeat":
			n := value.ToFloat()
			if o.Heartbeat = time.Duration(n * float64(time.Second)); !(n >= 1 && n <= 86_400) {
				err = fmt.Errorf("want a number of seconds from 1 to 86400")
			}
		case "compression":
			on, ok := value.Export().(bool)
			if o.Compression = &on; !ok {
				err = fmt.Errorf("want true or false")
			}
		default:
			err = fmt.Errorf("no such option; there are origins, protocols, transports, maxMessage, heartbeat, compression, responseLimit and cookie")
		}
		if err != nil {
			return Overrides{}, fmt.Errorf("Module.options.%s: %w", name, err)
		}
	}
	return o, nil
}

func byteCount(v goja.Value) (int, error) {
	n := v.ToFloat()
	if !(n >= 1 && n <= 1<<30) {
		return 0, fmt.Errorf("want a number of bytes from 1 to %d", 1<<30)
	}
	return int(n), nil
}

func stringList(vm *goja.Runtime, v goja.Value) ([]string, error) {
	if s, ok := v.(goja.String); ok {
		return []string{s.String()}, nil
	}
	o, ok := v.(*goja.Object)
	if !ok || o.ClassName() != "Array" {
		return nil, fmt.Errorf("want a string or an array of strings")
	}
	list := []string{}
	var err error
	vm.ForOf(o, func(item goja.Value) bool {
		s, ok := item.(goja.String)
		if !ok {
			err = fmt.Errorf("want an array of strings, and %v is none", item)
			return false
		}
		list = append(list, s.String())
		return true
	})
	return list, err
}
