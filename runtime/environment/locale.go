package environment

import (
	"errors"
	"strings"

	"github.com/dop251/goja"

	"node.websocket/runtime/environment/locale"
)

// localeHost gives js/locale.js its functions, which are those of the package locale. A tag or an option
// that is not served is a RangeError.
func (e *Environment) localeHost(set func(string, int, func(goja.FunctionCall) goja.Value)) {
	vm := e.vm
	set("canonical", 1, func(call goja.FunctionCall) goja.Value {
		tag, err := locale.Canonical(call.Argument(0).String())
		e.rangeError(err)
		return vm.ToValue(tag)
	})
	set("served", 1, func(call goja.FunctionCall) goja.Value {
		_, err := locale.Negotiate([]string{call.Argument(0).String()})
		return vm.ToValue(err == nil)
	})
	set("fractionDigits", 1, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(locale.FractionDigits(call.Argument(0).String()))
	})
	set("number", 2, e.numberFormat)
	set("date", 2, e.dateFormat)
	set("collator", 2, e.collator)
	set("casing", 3, func(call goja.FunctionCall) goja.Value {
		convert, err := locale.Casing(e.tags(call.Argument(0)), call.Argument(1).ToBoolean())
		e.rangeError(err)
		if convert == nil {
			return goja.Undefined()
		}
		return stringValue(convert(call.Argument(2).String()))
	})
}

// rangeError throws an error of the package locale.
func (e *Environment) rangeError(err error) {
	if err == nil {
		return
	}
	if refused := (*locale.Error)(nil); errors.As(err, &refused) {
		panic(e.limiter.made(e.limiter.rangeErrors, refused.Error()))
	}
	panic(e.vm.NewGoError(err))
}

func (e *Environment) tags(v goja.Value) (tags []string) {
	if err := e.vm.ExportTo(v, &tags); err != nil {
		panic(err) // cannot happen: js/locale.js passes an array of strings
	}
	return tags
}

// negotiate returns the locale of the first argument, and reads the second into options.
func (e *Environment) negotiate(call goja.FunctionCall, options any) *locale.Locale {
	l, err := locale.Negotiate(e.tags(call.Argument(0)))
	e.rangeError(err)
	if err := e.vm.ExportTo(call.Argument(1), options); err != nil {
		panic(err) // cannot happen: js/locale.js has checked them
	}
	return l
}

// formatted returns the text of parts; or, if the second argument of a call is true, an array of arrays
// of a type and a text.
func (e *Environment) formatted(call goja.FunctionCall, parts []locale.Part) goja.Value {
	if !call.Argument(1).ToBoolean() {
		return stringValue(locale.Text(parts))
	}
	list := make([]any, len(parts))
	for i, p := range parts {
		list[i] = e.vm.NewArray(p.Type, stringValue(p.Text))
	}
	return e.vm.NewArray(list...)
}

func (e *Environment) numberFormat(call goja.FunctionCall) goja.Value {
	var options locale.NumberOptions
	l := e.negotiate(call, &options)
	f, err := l.NewNumber(options)
	e.rangeError(err)
	o := e.vm.NewObject()
	_ = o.Set("locale", l.Name)
	_ = o.Set("numberingSystem", f.NumberingSystem())
	_ = o.Set("format", func(call goja.FunctionCall) goja.Value {
		if text, ok := call.Argument(0).(goja.String); ok {
			if parts, ok := f.Decimal(text.String()); ok {
				return e.formatted(call, parts)
			}
		}
		return e.formatted(call, f.Float(call.Argument(0).ToFloat()))
	})
	_ = o.Set("plural", func(call goja.FunctionCall) goja.Value {
		return e.vm.ToValue(f.Plural(call.Argument(0).ToFloat(), call.Argument(1).ToBoolean()))
	})
	return o
}

func (e *Environment) dateFormat(call goja.FunctionCall) goja.Value {
	var options locale.DateOptions
	l := e.negotiate(call, &options)
	f, err := l.NewDate(options)
	e.rangeError(err)
	o := e.vm.NewObject()
	_ = o.Set("locale", l.Name)
	_ = o.Set("numberingSystem", f.NumberingSystem())
	_ = o.Set("timeZone", f.TimeZone)
	_ = o.Set("hourCycle", f.HourCycle)
	_ = o.Set("fields", f.Fields())
	_ = o.Set("format", func(call goja.FunctionCall) goja.Value {
		parts := f.Format(call.Argument(0).ToFloat())
		if call.Argument(1).ToBoolean() {
			return e.formatted(call, parts)
		}
		// As in V8: programs split such texts at spaces, and CLDR has put narrow ones before AM.
		return stringValue(strings.ReplaceAll(locale.Text(parts), "\u202f", " "))
	})
	return o
}

func (e *Environment) collator(call goja.FunctionCall) goja.Value {
	var options locale.CollatorOptions
	l := e.negotiate(call, &options)
	c := l.NewCollator(options)
	o := e.vm.NewObject()
	_ = o.Set("locale", l.Name)
	_ = o.Set("numeric", options.Numeric || l.Numeric())
	_ = o.Set("compare", func(call goja.FunctionCall) goja.Value {
		a, b := e.string(call.Argument(0)), e.string(call.Argument(1))
		e.limiter.items("compare", float64(a.Length()+b.Length()), solidLimit)
		return e.vm.ToValue(c.Compare(a.String(), b.String()))
	})
	return o
}

// aroundLocales leaves a built-in as it is if it is called without locales and options, whose position
// among the arguments is given; otherwise it calls the function of that name of js/locale.js with this
// before the arguments.
func aroundLocales(name string, at int, check func(*limiter, string, goja.FunctionCall)) func(*limiter, string, native) native {
	return func(l *limiter, builtin string, f native) native {
		return func(call goja.FunctionCall) goja.Value {
			check(l, builtin, call)
			if goja.IsUndefined(call.Argument(at)) && goja.IsUndefined(call.Argument(at+1)) {
				return l.nested(builtin, f, call)
			}
			return l.nested(builtin, func(call goja.FunctionCall) goja.Value {
				own, _ := goja.AssertFunction(l.locales().Get(name))
				v, err := own(goja.Undefined(), append([]goja.Value{call.This}, call.Arguments...)...)
				if err != nil {
					panic(err)
				}
				return v
			}, call)
		}
	}
}
