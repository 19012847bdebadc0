package transport

import "testing"

func TestOrigins(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		allowed []string
		values  []string
		want    bool
	}{
		{[]string{"*"}, nil, true},
		{[]string{"*"}, []string{"https://a.com"}, true},
		{[]string{"*"}, []string{"null"}, true},
		{[]string{"*"}, []string{"nonsense"}, true},
		{[]string{"http://b.com", "*"}, []string{"https://a.com"}, true},

		{[]string{"http://a.com"}, nil, true},
		{[]string{"http://a.com"}, []string{"http://a.com"}, true},
		{[]string{"http://a.com"}, []string{"HTTP://A.Com"}, true},
		{[]string{"HTTP://A.Com"}, []string{"http://a.com"}, true},
		{[]string{"http://a.com/"}, []string{"http://a.com"}, true},
		{[]string{"http://a.com:80"}, []string{"http://a.com"}, true},
		{[]string{"http://a.com"}, []string{"http://a.com:80"}, true},
		{[]string{"https://a.com:443"}, []string{"https://a.com"}, true},
		{[]string{"http://a.com", "https://b.com:8443"}, []string{"https://b.com:8443"}, true},
		{[]string{"http://localhost:8080"}, []string{"http://localhost:8080"}, true},
		{[]string{"http://[::1]:8080"}, []string{"http://[::1]:8080"}, true},
		{[]string{"http://[::1]"}, []string{"http://[::1]:80"}, true},
		{[]string{"chrome-extension://abcdef"}, []string{"chrome-extension://abcdef"}, true},
		{[]string{"null"}, []string{"null"}, true},

		{[]string{"http://a.com"}, []string{"https://a.com"}, false},
		{[]string{"http://a.com"}, []string{"http://a.com:8080"}, false},
		{[]string{"http://a.com:8080"}, []string{"http://a.com"}, false},
		{[]string{"http://a.com"}, []string{"http://b.com"}, false},
		{[]string{"http://a.com"}, []string{"http://a.com.evil.com"}, false},
		{[]string{"http://a.com"}, []string{"http://evila.com"}, false},
		{[]string{"http://a.com"}, []string{"http://sub.a.com"}, false},
		{[]string{"http://a.com"}, []string{"http://a.com@evil.com"}, false},
		{[]string{"http://a.com"}, []string{"http://a.com/"}, false}, // only lists may have the slash
		{[]string{"http://a.com"}, []string{"http://a.com/x"}, false},
		{[]string{"http://a.com"}, []string{"http://a.com http://b.com"}, false},
		{[]string{"http://a.com"}, []string{"http://a.com", "http://a.com"}, false},
		{[]string{"http://a.com"}, []string{""}, false},
		{[]string{"http://a.com"}, []string{"null"}, false},
		{[]string{"null"}, []string{"http://null"}, false},
		{[]string{"http://a.com:0"}, []string{"http://a.com"}, false},
		{[]string{"a.com"}, []string{"http://a.com"}, false},
		{[]string{"a.com"}, []string{"a.com"}, false},
		{[]string{"http://*"}, []string{"http://a.com"}, false},
		{[]string{"http://*.a.com"}, []string{"http://*.a.com"}, false},
		{[]string{""}, []string{""}, false},
		{nil, []string{"http://a.com"}, false},
	} {
		if got := originAllowed(test.allowed, test.values); got != test.want {
			t.Errorf("allowed %q, sent %q: %v, want %v", test.allowed, test.values, got, test.want)
		}
	}
}

func TestOriginValid(t *testing.T) {
	t.Parallel()
	for listed, want := range map[string]bool{
		"*": true, "null": true, "http://a.com": true, "http://a.com/": true, "https://a.com:8443": true, "http://[::1]:1": true,
		"a.com": false, "": false, "http://": false, "http://a.com/x": false, "http://a.com:x": false, "http://a.com:70000": false,
		"http://*.a.com": false, "http://[::1": false, "http://[]": false, "1http://a.com": false, "http://a b": false,
	} {
		if got := ValidOrigin(listed); got != want {
			t.Errorf("%q: %v, want %v", listed, got, want)
		}
	}
}
