package command

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestReadLiteral(t *testing.T) {
	for _, c := range []struct {
		in   string
		want any
	}{
		{`8080`, 8080.0}, {`'8080'`, "8080"}, {`"a"`, "a"}, {"`a`", "a"}, {`-1.5e3`, -1500.0}, {`0x1F`, 31.0}, {`010`, 10.0}, {` 7 `, 7.0},
		{`true`, true}, {`false`, false}, {`null`, nil}, {`undefined`, nil},
		{`plain`, "plain"}, {``, ""}, {`127.0.0.1`, "127.0.0.1"}, {`::1`, "::1"}, {`a b`, "a b"}, {`'a' + 'b'`, `'a' + 'b'`}, {`Infinity`, "Infinity"},
		{`'it\'s \x41\u0042\n'`, "it's AB\n"}, {`'open`, `'open`}, {"`${x}`", "`${x}`"}, {`'\u00'`, `'\u00'`},
		{`[]`, []any{}}, {`['a']`, []any{"a"}}, {`["a", 'b',]`, []any{"a", "b"}}, {`[1,[2,true],null]`, []any{1.0, []any{2.0, true}, nil}},
		{`[http://a.com]`, []any{"http://a.com"}}, {`[http://a.com,http://b.com:81]`, []any{"http://a.com", "http://b.com:81"}},
		{`[a`, `[a`}, {`[,]`, `[,]`}, {`['a' 'b']`, `['a' 'b']`}, {`process.exit()`, "process.exit()"}, {`{a: 1}`, "{a: 1}"},
		{strings.Repeat("[", 50), strings.Repeat("[", 50)},
	} {
		if got := readLiteral(c.in); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %#v, want %#v", c.in, got, c.want)
		}
	}
}

func FuzzReadLiteral(f *testing.F) {
	for _, s := range []string{`'a\'b'`, `[1,'b',[c]]`, "`${", `\`, `['`, `0x`, `"\u12`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if v := readLiteral(s); v == nil && !strings.Contains(s, "null") && !strings.Contains(s, "undefined") {
			t.Errorf("%q is nothing", s)
		}
	})
}

// Each line is what a shell hands over.
func TestParseOptions(t *testing.T) {
	for _, c := range []struct {
		args string // separated by "|"
		want string
	}{
		{"", "8080 localhost [*] INFO modules"},
		{"--port|9000", "9000 localhost [*] INFO modules"},
		{"--port=9000", "9000 localhost [*] INFO modules"},
		{"--port='9000'", "9000 localhost [*] INFO modules"},
		{"--host='127.0.0.1'", "8080 127.0.0.1 [*] INFO modules"},
		{"--host|::1", "8080 ::1 [*] INFO modules"},
		{"--origins=[http://a.com]", "8080 localhost [http://a.com] INFO modules"},
		{"--origins=['http://a.com','http://b.com']", "8080 localhost [http://a.com http://b.com] INFO modules"},
		{"--origins|http://a.com", "8080 localhost [http://a.com] INFO modules"},
		{"--origins=*", "8080 localhost [*] INFO modules"},
		{"--log|false", "8080 localhost [*] ERROR modules"},
		{"--log", "8080 localhost [*] INFO modules"},
		{"--log|--port|1", "1 localhost [*] INFO modules"},
		{"--log=debug", "8080 localhost [*] DEBUG modules"},
		{"--modules|20090101", "8080 localhost [*] INFO 20090101"},
		{"--tls=false", "8080 localhost [*] INFO modules"},
	} {
		o, err := parseOptions(split(c.args))
		if got := fmt.Sprint(o.port, " ", o.host, " ", o.origins, " ", o.logLevel, " ", o.modules); err != nil || got != c.want {
			t.Errorf("%s: %s, %v, want %s", c.args, got, err, c.want)
		}
	}
	o, err := parseOptions([]string{"--host", "example.org", "--port=81"})
	if err != nil || o.key() != "node.websocket.example.org.81" {
		t.Errorf("logKey: %q, %v", o.key(), err)
	}
}

func TestTrustProxyOption(t *testing.T) {
	for args, want := range map[string]string{
		"--trust-proxy=10.1.2.3/8":                   "[10.0.0.0/8]",
		"--trust-proxy=10.0.0.0/8, fd00::/8,::1":     "[10.0.0.0/8 fd00::/8 ::1/128]",
		"--trust-proxy=['127.0.0.1','192.0.2.0/24']": "[127.0.0.1/32 192.0.2.0/24]",
		"--trust-proxy=::ffff:10.0.0.1":              "[10.0.0.1/32]",
	} {
		o, err := parseOptions(split(args))
		if got := fmt.Sprint(o.proxy.trust); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", args, got, err, want)
		}
	}
}

func TestBadOptions(t *testing.T) {
	for args, want := range map[string]string{
		"--port=99999":                 `--port: "99999" is not accepted; it takes a number from 0 to 65535`,
		"--port=1.5":                   "0 to 65535",
		"--port=[1]":                   "0 to 65535",
		"--port":                       "--port: it needs a value: a number",
		"--port|--host|x":              "--port: it needs a value",
		"--prot|1":                     "--prot: no such option; --port is one",
		"--":                           "two dashes",
		"port=1":                       "two dashes",
		"-p|1":                         "two dashes",
		"--origins=http://a/b":         "it takes '*', an origin",
		"--origins=http://*.a.com":     "it takes '*', an origin",
		"--origins=http://a.com:99999": "it takes '*', an origin",
		"--origins=[1]":                "it takes '*', an origin",
		"--origins=[]":                 "it takes '*', an origin",
		"--tls=yes":                    "it takes true or false",
		"--tls-cert=a":                 "--tls-cert and --tls-key: one needs the other",
		"--tls-key=a":                  "--tls-cert and --tls-key: one needs the other",
		"--tls-cert=":                  "the name of a file",
		"--tls-client-ca":              "it needs a value: the name of a file",
		"--acme-domain=localhost":      "a name such as 'chat.example.com'",
		"--acme-domain=https://a.com":  "a name such as 'chat.example.com'",
		"--acme-cache=a":               "they need --acme-domain",
		"--acme-domain=a.com|--acme-directory=http://a": "an https:// URL",
		"--acme-domain=a.com|--tls-cert=a|--tls-key=b":  "not both",
		"--trust-proxy=a.com":                           "an address, a range such as 10.0.0.0/8",
		"--trust-proxy=10.0.0.0/33":                     "an address, a range",
		"--trust-proxy=10.0.0.1,":                       "an address, a range",
		"--trust-proxy":                                 "--trust-proxy: it needs a value",
		"--compression=1":                               "--compression: \"1\" is not accepted; it takes true or false",
		"--context-takeover=no":                         "it takes true or false",
		"--drafts=7":                                    "it takes true or false",
		"--proxy-protocol=2":                            "it takes true or false",
		"--flash-policy-port=0":                         "a number from 1 to 65535",
		"--log=loud":                                    "true, false, debug",
		"--log=[1]":                                     "true, false, debug",
		"--max-message=0":                               "1 to 1073741824",
		"--heartbeat=0":                                 "1 to 86400",
		"--origins=process.exit":                        "it takes '*', an origin",
		"--transports=xhr":                              "it takes '*' or a list of websocket",
		"--transports=[]":                               "it takes '*' or a list of websocket",
		"--response-limit=0":                            "1 to 1073741824",
		"--protocols=v1,v2":                             `--protocols: "v1,v2" is not accepted; it takes a name such as 'v1', or a list of them`,
		"--protocols=['a','b c']":                       "a name such as 'v1'",
		"--cookie=yes":                                  "true or false",
	} {
		_, err := parseOptions(split(args))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %s", args, err, want)
		}
	}
}

// The help names every option, and nothing in it is wider than a terminal reads well.
func TestHelp(t *testing.T) {
	var b bytes.Buffer
	printHelp(&b)
	for _, g := range flagGroups {
		for _, f := range g.flags {
			if !strings.Contains(b.String(), "  --"+f.name) {
				t.Errorf("no --%s", f.name)
			}
		}
	}
	for _, line := range strings.Split(b.String(), "\n") {
		if len(line) > 120 {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
}

func split(args string) []string {
	if args == "" {
		return nil
	}
	return strings.Split(args, "|")
}
