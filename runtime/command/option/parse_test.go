package option

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"node.websocket/runtime/history"
	"node.websocket/runtime/permission"
)

// TestParseOptions parses what a shell passes on.
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
		{"--modules|007", "8080 localhost [*] INFO 007"},
		{"--tls=false", "8080 localhost [*] INFO modules"},
	} {
		set, err := Serve.Parse(split(c.args))
		if got := fmt.Sprint(Port.In(set), " ", Host.In(set), " ", Origins.In(set), " ", Log.In(set), " ", Modules.In(set)); err != nil || got != c.want {
			t.Errorf("%s: %s, %v, want %s", c.args, got, err, c.want)
		}
	}
}

func TestTrustProxyOption(t *testing.T) {
	for args, want := range map[string]string{
		"--trust-proxy=10.1.2.3/8":                   "[10.0.0.0/8]",
		"--trust-proxy=10.0.0.0/8, fd00::/8,::1":     "[10.0.0.0/8 fd00::/8 ::1/128]",
		"--trust-proxy=['127.0.0.1','192.0.2.0/24']": "[127.0.0.1/32 192.0.2.0/24]",
		"--trust-proxy=::ffff:10.0.0.1":              "[10.0.0.1/32]",
	} {
		set, err := Serve.Parse(split(args))
		if got := fmt.Sprint(TrustProxy.In(set)); err != nil || got != want {
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
		"--tls-cert=":                  "the name of a file",
		"--tls-client-ca":              "it needs a value: the name of a file",
		"--acme-domain=localhost":      "a name such as 'chat.example.com'",
		"--acme-domain=https://a.com":  "a name such as 'chat.example.com'",
		"--acme-domain=a.com|--acme-directory=http://a": "an https:// URL",
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
		"--ping-interval=0":                             "1 to 86400",
		"--ping-interval=25h":                           "1 to 86400",
		"--ping-interval=2 m":                           "1 to 86400",
		"--pong-timeout=0":                              "1 to 86400",
		"--idle-timeout=-1":                             "0 to 604800",
		"--max-connections=0":                           "1 to 10000000",
		"--max-connections-per-ip=-1":                   "0 to 10000000",
		"--max-queue=100":                               "1024 to 1073741824",
		"--on-slow=wait":                                "it takes close or drop",
		"--rate-limit=-1":                               "a number from 0 to 1000000, or that and a number of bytes",
		"--rate-limit=1,2,3":                            "a number from 0",
		"--rate-limit=[]":                               "a number from 0",
		"--rate-limit=1,x":                              "a number from 0",
		"--allow-read=":                                 "a path, or a list of them; alone, it grants all",
		"--allow-read=a,,b":                             "a path, or a list of them",
		"--allow-read=[]":                               "a path, or a list of them",
		"--allow-read=[1]":                              "a path, or a list of them",
		"--allow-read=7":                                "a path, or a list of them",
	} {
		_, err := Serve.Parse(split(args))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %s", args, err, want)
		}
	}
}

func TestTransportOptions(t *testing.T) {
	all := "[websocket xhr-streaming xhr-polling eventsource htmlfile jsonp-polling]"
	for args, want := range map[string]string{
		"":                                        all + " 131072 false",
		"--transports=*":                          all + " 131072 false",
		"--transports|websocket":                  "[websocket] 131072 false",
		"--transports=['xhr-polling',htmlfile]":   "[xhr-polling htmlfile] 131072 false",
		"--response-limit=4096|--cookie":          all + " 4096 true",
		"--cookie|--response-limit=4096":          all + " 4096 true",
		"--cookie|true|--transports|*":            all + " 131072 true",
		"--cookie=false|--response-limit='65536'": all + " 65536 false",
	} {
		set, err := Serve.Parse(split(args))
		if got := fmt.Sprint(Transports.In(set), " ", ResponseLimit.In(set), " ", Cookie.In(set)); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", args, got, err, want)
		}
	}
}

func TestDurations(t *testing.T) {
	for value, want := range map[string]time.Duration{"90": 90 * time.Second, "90s": 90 * time.Second, "2m": 2 * time.Minute, "'1h30m'": 90 * time.Minute, "1500ms": 1500 * time.Millisecond} {
		set, err := Serve.Parse([]string{"--recovery-window=" + value})
		if got := RecoveryWindow.In(set); err != nil || got != want {
			t.Errorf("%s: %v, %v", value, got, err)
		}
	}
}

func TestRateLimit(t *testing.T) {
	for args, want := range map[string]Rate{
		"": {}, "--rate-limit=0": {}, "--rate-limit=5": {5, 0}, "--rate-limit='5'": {5, 0}, "--rate-limit=5,1000": {5, 1000},
		"--rate-limit='5, 1000'": {5, 1000}, "--rate-limit=[0,1000]": {0, 1000},
	} {
		set, err := Serve.Parse(split(args))
		if got := RateLimit.In(set); err != nil || got != want {
			t.Errorf("%s: %v, %v, want %v", args, got, err, want)
		}
	}
}

func TestHistory(t *testing.T) {
	for args, want := range map[string]map[string]history.Limit{
		"": nil, "--history=5": {"*": {Messages: 5}}, "--history|'5'": {"*": {Messages: 5}}, "--history=0": {"*": {}},
		"--history=room/*=100, news=0": {"room/*": {Messages: 100}, "news": {}}, "--history=5:60": {"*": {Messages: 5, Window: time.Minute}},
		"--history=room/*=100:2m, a:b=3": {"room/*": {Messages: 100, Window: 2 * time.Minute}, "a:b": {Messages: 3}},
	} {
		set, err := Serve.Parse(split(args))
		if got := History.In(set); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v, want %v", args, got, err, want)
		}
	}
	for _, args := range []string{"--history", "--history=10001", "--history=-1", "--history=room/*", "--history=room*=5", "--history==5", "--history=a=b", "--history=[5]", "--history=5:", "--history=5:0", "--history=:5", "--history=a=5:90000", "--history=a=1,a=2", "--history=a=1, a=1"} {
		if set, err := Serve.Parse(split(args)); err == nil {
			t.Errorf("%s: %v", args, History.In(set))
		}
	}
	own, err := Set{}.Override(map[string]any{"history": map[string]any{"room/*": int64(7)}})
	if got := History.In(own); err != nil || !reflect.DeepEqual(got, map[string]history.Limit{"room/*": {Messages: 7}}) {
		t.Errorf("%v, %v", got, err)
	}
	own, err = Set{}.Override(map[string]any{"history": map[string]any{"room/*": map[string]any{"messages": int64(7), "window": "1h"}, "news": map[string]any{"messages": int64(1)}}})
	if got := History.In(own); err != nil || !reflect.DeepEqual(got, map[string]history.Limit{"room/*": {Messages: 7, Window: time.Hour}, "news": {Messages: 1}}) {
		t.Errorf("%v, %v", got, err)
	}
	if text := (kept{}).text(History.In(own)); text != "news=1,room/*=7:3600" {
		t.Error(text)
	}
	for _, bad := range []any{
		map[string]any{"a": map[string]any{}}, map[string]any{"a": map[string]any{"window": int64(5)}}, map[string]any{"a": map[string]any{"messages": int64(5), "windows": int64(5)}},
		map[string]any{"a": map[string]any{"messages": int64(5), "window": int64(0)}},
		map[string]any{"a*": int64(7)}, map[string]any{"a": "x"}, true, 1.5} {
		if _, err := (Set{}).Override(map[string]any{"history": bad}); err == nil {
			t.Errorf("%v is accepted", bad)
		}
	}
}

func TestGrants(t *testing.T) {
	for args, want := range map[string]permission.List{
		"":                                {},
		"--allow-read":                    {All: true},
		"--allow-read|--tls":              {All: true},
		"--allow-read=true":               {All: true},
		"--allow-read=false":              {},
		"--allow-read=/srv, news.json":    {Names: []string{"/srv", "news.json"}},
		"--allow-read|/srv":               {Names: []string{"/srv"}},
		"--allow-read=['a,b', '/srv c/']": {Names: []string{"a,b", "/srv c/"}},
	} {
		set, err := Serve.Parse(split(args))
		if got := AllowRead.In(set); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v, want %+v", args, got, err, want)
		}
	}
	for _, name := range []string{"allowRead", "allow-read"} {
		if _, err := (Set{}).Override(map[string]any{name: true}); err == nil {
			t.Errorf("Module.options.%s grants", name)
		}
	}
}

func split(args string) []string {
	if args == "" {
		return nil
	}
	return strings.Split(args, "|")
}

// TestHighWaterMark checks that the server tells of a mark that is never reached.
func TestHighWaterMark(t *testing.T) {
	for args, want := range map[string]int{"": 0, "--high-water-mark=2000 --max-queue=2000": 0, "--high-water-mark=2001 --max-queue=2000": 1, "--max-queue=2000": 1, "--high-water-mark=2000000": 1} {
		set, err := Serve.Parse(strings.Fields(args))
		if lines := Serve.Ineffective(set); err != nil || len(lines) != want {
			t.Errorf("%s: %q, %v", args, lines, err)
		}
	}
}
