package sockjs

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// readAllOf returns all messages of a body.
func readAllOf(t testing.TB, p []byte, extended, single bool) (texts []string, b *Body, err error) {
	b, err = ParseBody(p, extended, single)
	if err != nil {
		return nil, nil, err
	}
	for {
		m, ok := b.Next()
		if !ok {
			return texts, b, nil
		}
		if !m.Binary && !utf8.Valid(m.Data) {
			t.Errorf("%q is not UTF-8", m.Data)
		}
		kind := ""
		if m.Binary {
			kind = "binary "
		}
		texts = append(texts, kind+string(m.Data))
	}
}

// FuzzBody compares the messages of a body with what encoding/json makes of it.
func FuzzBody(f *testing.F) {
	for _, s := range []string{
		``, `[]`, `["a"]`, ` [ "a" , "b" ] `, `["a",]`, `[,"a"]`, `["a" "b"]`, `["a"]]`, `[["a"]]`, `["\ud83d\ude00\ud83d\\\/\b\f\n\r\t"]`, `["\u12"]`, `["a`, `["\"]`,
		"[\"\x00\"]", "[\"\xff\"]", `{"a":1}`, `[1]`, `[null]`, `"a"`, `[["AAAA"],"x",[1000,"bye"]]`, `[[1000,"bye"],"x"]`, `[[100,"x"]]`, `[[0100,"x"]]`, `[["A==="]]`, `[["AP8="]]`, `[[]]`, `[["\u0041AAA"]]`,
	} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, p []byte, extended bool) {
		var raw []json.RawMessage
		jsonErr := json.Unmarshal(p, &raw)
		if bytes.Equal(bytes.TrimSpace(p), []byte("null")) {
			jsonErr = ErrJSON
		}
		got, b, err := readAllOf(t, bytes.Clone(p), extended, false)
		if err == nil && jsonErr != nil {
			t.Fatalf("%q is taken, and is no array: %v", p, jsonErr)
		}
		if jsonErr != nil || !utf8.Valid(p) {
			if err == nil {
				t.Fatalf("%q is taken", p)
			}
			return
		}
		var want []string
		valid := true
	elements:
		for _, element := range raw {
			var text string
			var list []json.RawMessage
			switch {
			case element[0] == '"' && json.Unmarshal(element, &text) == nil:
				want = append(want, text)
			case extended && json.Unmarshal(element, &list) == nil && len(list) == 1 && list[0][0] == '"' && isBase64(list[0][1:len(list[0])-1]):
				data, _ := base64.StdEncoding.DecodeString(string(list[0][1 : len(list[0])-1]))
				want = append(want, "binary "+string(data))
			case extended && json.Unmarshal(element, &list) == nil && len(list) == 2 && len(list[0]) == 4 && strings.Trim(string(list[0]), "0123456789") == "" && list[1][0] == '"':
				if err == nil && (!b.Closes || json.Unmarshal(list[1], &text) != nil || b.Reason != text) {
					t.Fatalf("%q: closes %v with %d %q", p, b.Closes, b.Code, b.Reason)
				}
				break elements
			default:
				valid = false
				break elements
			}
		}
		if !valid {
			if err == nil {
				t.Fatalf("%q is taken", p)
			}
			return
		}
		if err != nil {
			if b == nil && extended { // the rest after a close is checked too
				return
			}
			t.Fatalf("%q: %v", p, err)
		}
		if strings.Join(got, "\x00|") != strings.Join(want, "\x00|") || len(got) != len(want) {
			t.Fatalf("%q: %q, want %q", p, got, want)
		}
	})
}

// FuzzForm checks that FormField returns nothing that is not in the form, as jsonp_send gets it.
func FuzzForm(f *testing.F) {
	for _, s := range []string{``, `d=`, `d=%5B%22x%22%5D`, `i=1&d=%5B%22a+b%22%5D`, `d=%5`, `d=%zz`, `d`, `&&d=[]&d=x`, `D=x`, `d=["%c3%bc"]`, `d=%00`, "d=[\"\xff\"]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		value, err := FormField(bytes.Clone(p))
		if err != nil {
			return
		}
		if len(value) > len(p) || !bytes.Contains(p, []byte("d=")) {
			t.Fatalf("%q: %q", p, value)
		}
		readAllOf(t, value, false, false)
		readAllOf(t, value, true, true)
	})
}
