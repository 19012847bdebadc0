package option

import "maps"

// An Option is one row of the table, and the way to its value in a [Set]:
//
//	port := option.Port.In(set)
type Option[T any] struct {
	*row
	def T
}

// A row is the part of an Option that does not depend on its type.
type row struct {
	// These are written in the table.

	// Name is the option's name on the command line, without the dashes. In Module.options and in
	// connection.server.options it is written in camelCase: "max-message" is maxMessage.
	Name string
	// Also is another spelling of Name, and of its name in JavaScript.
	Also string
	// Needs is the name of the option without which this one has no effect in the server; "": none.
	Needs string
	// Unit stands for the value in the help. An option without a unit needs no value.
	Unit string
	// Variable is an environment variable of another program's choice, such as a host's PORT, that has the
	// value unless the option's own variable is set; "": none.
	Variable string
	// Help describes the option in a few words; code is in backquotes.
	Help string
	// Default describes the default, in the same form. If it is empty, add sets it to the value; it remains
	// empty for no value.
	Default string
	// Module reports whether Module.options may override the option.
	Module bool
	// Shown reports whether connection.server.options has the option.
	Shown bool

	// These are set by add.

	accept         string                   // completes "it takes "
	written, shown string                   // the TypeScript types of the values that read takes and show returns
	def            string                   // the default, as it is written on the command line; "": none
	alone          bool                     // whether it is true without a value
	values         []string                 // the words that it takes; nil: others
	verbatim       bool                     // what looks like a number is the text that was written
	more           func(before, v any) any  // returns the value of an option that is given again; nil: the last one
	read           func(v any) (any, error) // returns a T
	show           func(s Set) any          // returns the value for JavaScript
	hide           func(literal any) any    // returns a value without what nobody may see; nil: all is shown
	warn           func(v any) string       // returns what is dangerous about a value that read accepts; nil: nothing
}

// A kind has the values that options of one type accept.
type kind[T any] interface {
	// accepts completes "it takes": "a number from 0 to 65535".
	accepts() string
	// read converts a value of the types that readLiteral returns, or refuses it. Its error completes
	// "Module.options.port: ".
	read(v any) (T, error)
	// text returns a value as it is written on the command line; "" for none.
	text(v T) string
}

// add makes an option and appends its row to a section.
func add[T any](to *section, r row, def T, k kind[T]) *Option[T] {
	o := &Option[T]{row: &r, def: def}
	r.accept = k.accepts()
	switch any(k).(type) {
	case truth, threshold, grant, console:
		r.alone = true
	case text, several:
		r.verbatim = true
	}
	if k, ok := any(k).(interface{ choices() []string }); ok {
		r.values = k.choices()
	}
	if k, ok := any(k).(interface{ more(before, v any) any }); ok {
		r.more = k.more
	}
	r.def = k.text(def)
	if r.Default == "" && r.def != "" {
		r.Default = "`" + r.def + "`"
	}
	r.read = func(v any) (any, error) { return k.read(v) }
	if k, ok := any(k).(interface{ typescript() string }); ok {
		r.written, r.shown = k.typescript(), k.typescript()
	}
	if k, ok := any(k).(interface{ shownTypescript() string }); ok {
		r.shown = k.shownTypescript()
	}
	if k, ok := any(k).(interface{ hide(literal any) any }); ok {
		r.hide = k.hide
	}
	if k, ok := any(k).(interface{ warn(v any) string }); ok {
		r.warn = k.warn
	}
	r.show = func(s Set) any {
		if shown, ok := any(k).(interface{ show(v T) any }); ok {
			return shown.show(o.In(s))
		}
		return o.In(s)
	}
	to.rows = append(to.rows, &r)
	return o
}

// A Set holds the values of options; those that were not given have their defaults, so that the zero
// Set is all defaults. A Set never changes: With and Override return new ones.
type Set struct {
	given    map[*row]given
	warnings []string
}

// given is the value of an option that has one.
type given struct {
	value   any    // a T
	literal any    // the value before it was read; nil if With or Override has set it
	source  source // the zero source if With or Override has set it
}

// A source is the place that a value comes from.
type source struct {
	place string // a file and line, "node.toml:3"; "": the name tells it
	name  string // "--port", "NODE_WEBSOCKET_PORT", or in a file "port"
}

func (s source) String() string {
	if s.place == "" {
		return s.name
	}
	return s.place + ": " + s.name
}

// Warnings returns a line for each value that is accepted and dangerous, as a rule none.
func (s Set) Warnings() []string { return s.warnings }

// In returns the option's value in s.
func (o *Option[T]) In(s Set) T {
	if g, ok := s.given[o.row]; ok {
		return g.value.(T)
	}
	return o.def
}

// GivenIn reports whether s has a value for the option that is not just the default.
func (o *Option[T]) GivenIn(s Set) bool {
	_, ok := s.given[o.row]
	return ok
}

// With returns a copy of s in which the option is v.
func (o *Option[T]) With(s Set, v T) Set { return s.with(o.row, given{value: v}) }

func (s Set) with(r *row, g given) Set {
	all := maps.Clone(s.given)
	if all == nil {
		all = map[*row]given{}
	}
	all[r] = g
	return Set{all, s.warnings}
}
