package sockjs

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzQuoted checks that a quoted text is JSON for itself, and that it cannot end a script.
func FuzzQuoted(f *testing.F) {
	for _, s := range []string{"", "a", "\"\\\n\r\t\x00\x1f\x7f", "</script>", "ü€😀", "\u2028\ufeff\uffff\u200b\u200c", strings.Repeat("x\u2060", 100)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			s = strings.ToValidUTF8(s, "?")
		}
		for _, script := range []bool{false, true} {
			quoted := appendQuoted(nil, s, script)
			var back string
			if err := json.Unmarshal(quoted, &back); err != nil || back != s {
				t.Fatalf("%q: %s, error %v", s, quoted, err)
			}
			if bytes.ContainsAny(quoted, "\n\r\u2028\u2029\x00") || script && bytes.Contains(quoted, []byte("<")) {
				t.Fatalf("%q: %s", s, quoted)
			}
			if got, _, err := readAll(t, quoted, false, true); s != "" && (err != nil || got[0] != s) {
				t.Fatalf("%q: %q, error %v", s, got, err)
			}
		}
		frame, n := AppendFrame(nil, AppendClose(AppendText(nil, s), 3000, s), 10)
		if !bytes.HasPrefix(frame, []byte("a[\"")) || n != len(frame)-2 {
			t.Fatalf("%q: %s, %d", s, frame, n)
		}
	})
}
