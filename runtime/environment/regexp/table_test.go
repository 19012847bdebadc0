package regexp

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
)

// A tableCase is a pattern with texts, and what Node 24 makes of them.
type tableCase struct {
	Pattern []uint16 `json:"p"`
	Shown   string   `json:"s"`
	Flags   string   `json:"f"`
	Error   int      `json:"e"`
	Texts   [][3]any `json:"t"` // UTF-16 units, the place to begin at, and the bounds or nil
}

func ints[T ~uint16 | ~int32](v any) []T {
	list, ok := v.([]any)
	if !ok {
		return nil
	}
	numbers := make([]T, len(list))
	for i, n := range list {
		numbers[i] = T(int32(n.(float64)))
	}
	return numbers
}

// TestTable compares matches with Node's. testdata/table.js makes the table of random patterns.
func TestTable(t *testing.T) {
	t.Parallel()
	name := "testdata/table.json"
	if n := os.Getenv("RETABLE"); n != "" {
		name = n
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var cases []tableCase
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	bad := 0
	for _, c := range cases {
		flags, ok := ParseFlags(c.Flags)
		if !ok {
			t.Fatal(c.Flags)
		}
		re, err := Compile(c.Pattern, flags)
		if (err != nil) != (c.Error == 1) {
			t.Errorf("/%s/%s: %v", c.Shown, c.Flags, err)
			bad++
		}
		if err != nil {
			continue
		}
		var m Matcher
		for _, text := range c.Texts {
			units, want := ints[uint16](text[0]), ints[int32](text[2])
			got, err := Match(re, &m, units, int(text[1].(float64)))
			if err != nil || !slices.Equal(got, want) {
				bad++
				t.Errorf("/%s/%s on %q %v from %v: %v %v\nwant %v", c.Shown, c.Flags, string(decode(units)), units, text[1], got, err, want)
			}
			if ascii, ok := bytesOf(units); ok {
				if got, err := Match(re, &m, ascii, int(text[1].(float64))); err != nil || !slices.Equal(got, want) {
					t.Errorf("/%s/%s on %q from %v: %v %v\nwant %v", c.Shown, c.Flags, ascii, text[1], got, err, want)
				}
			}
		}
		if bad > 20 {
			t.FailNow()
		}
	}
}

func bytesOf(units []uint16) (text []byte, ok bool) {
	text = []byte{}
	for _, u := range units {
		if u > 127 {
			return nil, false
		}
		text = append(text, byte(u))
	}
	return text, true
}
