package option

import "strings"

// ModuleTypes returns the properties of Module.options, as those of an interface in TypeScript.
func ModuleTypes() string {
	return typesOf(func(r *row) bool { return r.Module }, func(r *row) string { return r.property() + "?: " + r.written })
}

// ShownTypes is ModuleTypes for connection.server.options.
func ShownTypes() string {
	return typesOf(func(r *row) bool { return r.Shown }, func(r *row) string { return r.property() + ": " + r.shown })
}

func typesOf(has func(r *row) bool, property func(r *row) string) string {
	var b strings.Builder
	for _, r := range Serve.all() {
		if has(r) {
			b.WriteString("  /** " + strings.ReplaceAll(r.Help, "*/", "* /") + " */\n  " + property(r) + ";\n")
		}
	}
	return b.String()
}

// The TypeScript types of what options of each kind accept.

func (number) typescript() string  { return "number" }
func (seconds) typescript() string { return "number" }
func (truth) typescript() string   { return "boolean" }
func (text) typescript() string    { return "string" }
func (words) typescript() string   { return "string | string[]" }
func (rates) typescript() string   { return "number | [messages: number, bytes: number]" }
func (kept) typescript() string {
	return "number | Record<string, number | { messages: number; window?: number }>"
}
func (k choice) typescript() string { return "'" + strings.Join(k, "' | '") + "'" }

// The TypeScript type of what is shown, for kinds that show another value than they accept.

func (threshold) shownTypescript() string { return "boolean" }
