package option

import "maps"

// An Option is one row of the table. It gives its value in a [Set]:
//
//	port := option.Port.In(set)
type Option[T any] struct {
	*row
	def T
}

// A row is what all options have, whatever the type of their values.
type row struct {
	// Written in the table.

	// Name is the option's name on the command line, without the dashes. In Module.options and in
	// connection.server.options it is written in camelCase: "max-message" is maxMessage.
	Name string
	// Also is another spelling of Name.
	Also string
	// Unit stands for the value in the help. An option without one takes no value.
	Unit string
	// Help says what the option does, in a few words; code stands between backquotes.
	Help string
	// Default describes the default, as Help does. If it is empty, it is the value itself, or "" for none.
	Default string
	// Module is set if a module may override the option in Module.options.
	Module bool
	// Shown is set if modules see the value in connection.server.options.
	Shown bool

	// Set by add, for the kind of the option.

	accept string                   // completes "it takes"
	alone  bool                     // without a value it is true
	read   func(v any) (any, error) // returns a T
	show   func(s Set) any          // returns what modules see
}

// A kind is what an option of one type takes.
type kind[T any] interface {
	// accepts completes "it takes": "a number from 0 to 65535".
	accepts() string
	// read converts a value as readLiteral returns it, or refuses it. Its error completes
	// "Module.options.port: ".
	read(v any) (T, error)
	// text writes a value as the command line has it; "" for none.
	text(v T) string
}

// add makes an option and appends it to a section of the table.
func add[T any](to *section, r row, def T, k kind[T]) *Option[T] {
	o := &Option[T]{row: &r, def: def}
	r.accept = k.accepts()
	switch any(k).(type) {
	case truth, threshold:
		r.alone = true
	}
	if text := k.text(def); r.Default == "" && text != "" {
		r.Default = "`" + text + "`"
	}
	r.read = func(v any) (any, error) { return k.read(v) }
	r.show = func(s Set) any {
		if shown, ok := any(k).(interface{ show(v T) any }); ok {
			return shown.show(o.In(s))
		}
		return o.In(s)
	}
	to.rows = append(to.rows, &r)
	return o
}

// A Set holds the values of options. Those that it was not given have their defaults, so the zero Set has
// all defaults. A Set does not change; With makes another one.
type Set struct {
	given map[*row]any
}

// In returns the option's value in a set.
func (o *Option[T]) In(s Set) T {
	if v, ok := s.given[o.row]; ok {
		return v.(T)
	}
	return o.def
}

// GivenIn reports whether a set has a value for the option other than by default.
func (o *Option[T]) GivenIn(s Set) bool {
	_, ok := s.given[o.row]
	return ok
}

// With returns a set in which the option has the value v, and which is s otherwise.
func (o *Option[T]) With(s Set, v T) Set { return s.with(o.row, v) }

func (s Set) with(r *row, v any) Set {
	given := maps.Clone(s.given)
	if given == nil {
		given = map[*row]any{}
	}
	given[r] = v
	return Set{given}
}
