package transport

import "testing"

// TestFramePolicy checks which pages may contain the frame, through which a page of another site
// could otherwise speak with the server.
func TestFramePolicy(t *testing.T) {
	t.Parallel()
	for want, origins := range map[string][]string{
		"":                       {"http://a.com", "*"},
		"frame-ancestors 'none'": {"null"},
		"frame-ancestors http://a.com https://b.com:81": {"http://a.com/", "https://b.com:81", "; script-src *"},
	} {
		if got := framePolicy(origins); got != want {
			t.Errorf("%q: %q, want %q", origins, got, want)
		}
	}
}
