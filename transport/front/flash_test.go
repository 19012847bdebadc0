package front

import (
	"strings"
	"testing"
)

func FuzzFlashRequest(f *testing.F) {
	for _, s := range []string{"", "<", flashRequest, flashRequest + "x", "<policy-file-request/>\r", "<POLICY"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		whole, err := isFlashRequest(data)
		if whole != strings.HasPrefix(string(data), flashRequest) || (err != nil) == strings.HasPrefix(flashRequest, string(data[:min(len(data), len(flashRequest))])) {
			t.Errorf("%q: %v, %v", data, whole, err)
		}
	})
}
