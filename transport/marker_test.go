package transport

import "testing"

func TestMarker(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"": "|", "a=b": "a=b|", "nws=1": "|nws=1", "nws=1&n=2": "|nws=1&n=2", "a=b&nws=1&t=x": "a=b|nws=1&t=x", "anws=1": "anws=1|", "a=nws=1": "a=nws=1|",
	} {
		if page, own := cutMarker(query); page+"|"+own != want {
			t.Errorf("%q: %q and %q", query, page, own)
		}
	}
}
