package transport

import (
	"net/http/httptest"
	"testing"
)

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

// TestAsHandshake checks that a module sees its own path, in which encoded slashes stay encoded.
func TestAsHandshake(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		target string
		e      *endpoint
		want   string
	}{
		{"/A%2Fb%20c?x=%2F&nws=1", nil, "/A%2Fb%20c?x=%2F"},
		{"/A%2Fb/0/s/xhr?nws=1", &endpoint{base: `/A\b`}, "/A%2Fb"},
		{"/A%2Fb?x", nil, "/A%2Fb?x"},
	} {
		path := ""
		if c.e != nil {
			path = c.e.base
		} else if decoded, err := decodePath(c.target); err == nil {
			path = decoded
		}
		if r := asHandshake(httptest.NewRequest("GET", c.target, nil), c.e, path); r.RequestURI != c.want || r.URL.RequestURI() != c.want {
			t.Errorf("%s: %s and %s, want %s", c.target, r.RequestURI, r.URL.RequestURI(), c.want)
		}
	}
}
