package environment

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"
)

// TestTypesOfBuiltins checks that the command types declares each built-in module, and no other.
func TestTypesOfBuiltins(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../command/starter/types.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	var declared []string
	for _, m := range regexp.MustCompile(`(?m)^declare module '([^'*]+)'`).FindAllStringSubmatch(string(text), -1) {
		declared = append(declared, m[1])
	}
	slices.Sort(declared)
	if want := slices.Sorted(maps.Keys(builtins)); !slices.Equal(declared, want) {
		t.Errorf("types.d.ts declares %q, want %q", declared, want)
	}
}
