package option

import (
	"fmt"
	"io"
	"strings"
)

// PrintHelp writes the options for people at a terminal.
func (t Table) PrintHelp(w io.Writer) {
	width := 0
	for _, r := range t.all() {
		width = max(width, len(r.usage()))
	}
	for _, s := range t {
		fmt.Fprintf(w, "\n%s\n", s.title)
		for _, r := range s.rows {
			line := fmt.Sprintf("  %-*s  %s", width, r.usage(), r.Help)
			if r.Unit != "" && r.Default != "" {
				line += " (" + r.Default + ")"
			}
			if r.Variable != "" {
				line += " [" + r.Variable + "]"
			}
			fmt.Fprintln(w, strings.ReplaceAll(line, "`", ""))
		}
	}
}

// usage returns the option as it is written on the command line: "--port N".
func (r *row) usage() string { return strings.TrimSpace("--" + r.Name + " " + r.Unit) }

// markdown returns the table for the README.
func (t Table) markdown() string {
	var b strings.Builder
	b.WriteString("| option | default | in `Module.options` | |\n|---|---|---|---|\n")
	for _, r := range t.all() {
		module := ""
		if r.Module {
			module = "`" + r.property() + "`"
		}
		value := orNone(r.Default)
		if r.Unit == "" {
			value = ""
		}
		help := r.Help
		if r.Variable != "" {
			help += "; otherwise the environment's `" + r.Variable + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.usage(), value, module, help)
	}
	return b.String()
}
