package inspect

import (
	"strings"

	"github.com/dop251/goja"
)

// ErrorProperties returns what Inspect prints of an error below its stack, one property on each line or more:
// its code and others that were put there, its cause, and the errors of an AggregateError. It returns "" if
// there are none, and for what is no error. Like Inspect it does not throw.
func (i *Inspector) ErrorProperties(v goja.Value) (text string) {
	o, ok := v.(*goja.Object)
	if !ok || IsProxy(o) || o.ClassName() != "Error" {
		return ""
	}
	s := &inspection{Inspector: i, options: defaults, left: LineLimit, steps: stepLimit}
	if ex := i.vm.Try(func() {
		f := &shape{}
		f.constructor, f.isNull = s.constructorName(o, 0)
		f.tag = s.tagOf(o)
		if done, _ := s.describe(o, f, 0); done {
			return
		}
		s.seen, s.current = append(s.seen, o), 1
		var lines []string
		for _, key := range f.keys {
			if s.exhausted() {
				lines = append(lines, "...")
				break
			}
			lines = append(lines, s.named(s.own(o, key), key, 1, false))
		}
		text = strings.Join(lines, "\n")
	}); ex != nil {
		return ""
	}
	return text
}
