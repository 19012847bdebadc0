package option

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the README's table again")

// TestReadme compares the README's table with markdown; -update writes it.
func TestReadme(t *testing.T) {
	const file, begin, end = "../../../README.md", "<!-- Options: go generate ./runtime/command/option -->\n", "<!-- /Options -->"
	readme, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(readme), begin)
	table, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("README.md has no %q and %q", begin, end)
	}
	want := "\n" + Serve.markdown() + "\n"
	switch {
	case table == want:
	case *update:
		if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("the README's table is not that of the options; run: go generate ./runtime/command/option\n%s", want)
	}
}

// TestHelp checks that the help lists every option in lines of at most 120 columns.
func TestHelp(t *testing.T) {
	for _, table := range []Table{Serve, Logs, Check, Test, New, Types, Connect} {
		var b bytes.Buffer
		table.PrintHelp(&b)
		for _, r := range table.all() {
			if !strings.Contains(b.String(), "  --"+r.Name) {
				t.Errorf("no --%s", r.Name)
			}
		}
		for line := range strings.SplitSeq(b.String(), "\n") {
			if len([]rune(line)) > 120 || strings.Contains(line, "`") {
				t.Errorf("%d columns: %s", len([]rune(line)), line)
			}
		}
	}
}

// TestTable checks that every row is complete, that no name is taken twice, and that each default,
// as it is written, is accepted.
func TestTable(t *testing.T) {
	for _, table := range []Table{Serve, Logs, Check, Test, New, Types, Connect} {
		names := map[string]bool{}
		for _, r := range table.all() {
			for _, name := range []string{r.Name, r.Also, r.property()} {
				if name != "" && name != r.Name && names[name] {
					t.Errorf("%s is there twice", name)
				}
				names[name] = true
			}
			if r.Name == "" || r.Help == "" || r.accept == "" {
				t.Errorf("--%s is not complete", r.Name)
			}
			text, isCode := strings.CutPrefix(r.Default, "`")
			text, isValue := strings.CutSuffix(text, "`")
			if isCode && isValue && r.Name != "logKey" {
				if _, err := r.read(readLiteral(text)); err != nil {
					t.Errorf("--%s %s: %v", r.Name, text, err)
				}
			}
		}
	}
	if len(Serve.all()) < 30 {
		t.Errorf("%d options", len(Serve.all()))
	}
}

func TestOverride(t *testing.T) {
	set, err := Serve.Parse([]string{"--origins", "http://a.com", "--max-message", "5", "--port", "1"})
	if err != nil {
		t.Fatal(err)
	}
	own, err := set.Override(map[string]any{
		"origins": "http://b.com", "protocols": []any{"v1", "v2"}, "heartbeat": 1.5, "compression": true, "transports": "*",
		"responseLimit": int64(4096), "cookie": nil, "handlerTimeout": 0.5, "pongTimeout": int64(5), "idleTimeout": int64(60), "maxQueue": int64(4096), "highWaterMark": int64(1000), "onSlow": "drop", "rateLimit": []any{int64(10), int64(4096)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"origins", Origins.In(own), []string{"http://b.com"}}, {"protocols", Protocols.In(own), []string{"v1", "v2"}},
		{"maxMessage", MaxMessage.In(own), 5}, {"heartbeat", PingInterval.In(own), 1500 * time.Millisecond}, {"compression", Compression.In(own), true},
		{"transports", Transports.In(own), Transports.def}, {"responseLimit", ResponseLimit.In(own), 4096}, {"cookie", Cookie.In(own), false},
		{"handlerTimeout", HandlerTimeout.In(own), 500 * time.Millisecond}, {"pongTimeout", PongTimeout.In(own), 5 * time.Second}, {"idleTimeout", IdleTimeout.In(own), time.Minute},
		{"maxQueue", MaxQueue.In(own), 4096}, {"highWaterMark", HighWaterMark.In(own), 1000}, {"onSlow", OnSlow.In(own), "drop"}, {"rateLimit", RateLimit.In(own), Rate{10, 4096}}, {"the server's rateLimit", RateLimit.In(set), Rate{}},
		{"port", Port.In(own), 1}, {"the server's origins", Origins.In(set), []string{"http://a.com"}}, {"the server's heartbeat", PingInterval.In(set), 25 * time.Second},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestBadOverrides(t *testing.T) {
	list := func(items ...any) []any { return items }
	for want, options := range map[string]map[string]any{
		"maxMesage: no such option; there are workers, handlerTimeout, history, origins, protocols, maxMessage, maxQueue, highWaterMark, requests, onSlow, rateLimit, pingInterval, pongTimeout, idleTimeout, compression, transports, responseLimit and cookie": {"maxMesage": int64(1)},
		"port: no such option": {"port": int64(1)}, "handshakeTimeout: no such option": {"handshakeTimeout": int64(1)}, "max-message: no such option": {"max-message": int64(1)},
		"highWaterMark: 4097 is above maxQueue, 4096: ":       {"maxQueue": int64(4096), "highWaterMark": int64(4097)},
		"highWaterMark: 2000000 is above maxQueue, 1048576: ": {"highWaterMark": int64(2000000)},
		"compression: want true or false":                     {"compression": "yes"}, "cookie: want true or false": {"cookie": int64(1)},
		"responseLimit: want a number of bytes from 1 to 1073741824": {"responseLimit": int64(0)}, "maxMessage: want a number of bytes": {"maxMessage": "10 MB"},
		"maxMessage: want a number": {"maxMessage": 1.5}, "heartbeat: want a number of seconds from 1 to 86400": {"heartbeat": 0.5},
		"origins: want a string or an array of strings":                                                                                {"origins": int64(1)},
		"origins: want an array of strings, and 1 is none":                                                                             {"origins": list("http://a.com", int64(1))},
		"origins: want '*', an origin such as 'http://a.com', or a list of them, not [\"http:\"]":                                      {"origins": "http:"},
		"rateLimit: want a number from 0 to 1000000, or that and a number of bytes":                                                    {"rateLimit": list(1.5)},
		"protocols: want a name such as 'v1', or a list of them, not [\"v1,v2\"]":                                                      {"protocols": list("v1,v2")},
		"transports: want '*' or a list of websocket, xhr-streaming, xhr-polling, eventsource, htmlfile, jsonp-polling, not [\"xhr\"]": {"transports": list("xhr")},
		"transports: want '*' or a list of":                                                                                            {"transports": list()},
	} {
		_, err := Set{}.Override(options)
		if err == nil || !strings.HasPrefix(err.Error(), "Module.options."+want) {
			t.Errorf("%v: %v, want %s", options, err, want)
		}
	}
}

// TestShown checks the names and values of 2009.
func TestShown(t *testing.T) {
	set, err := Serve.Parse([]string{"--origins=['http://a.com','http://b.com']", "--log=warn", "--logKey=mine"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"port": 8080, "host": "localhost", "origins": []string{"http://a.com", "http://b.com"}, "log": false, "logKey": "mine", "tls": false}
	if got := set.Shown(); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := (Set{}).Shown()["origins"]; got != "*" {
		t.Errorf("one origin: %v", got)
	}
}

// TestTypes checks that every option that JavaScript sets or sees has a type.
func TestTypes(t *testing.T) {
	set, err := Serve.Parse([]string{"--origins=['http://a.com','http://b.com']"})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range Serve.all() {
		if r.Module && (r.written == "" || !strings.Contains(ModuleTypes(), "  "+r.property()+"?: "+r.written+";\n")) {
			t.Errorf("Module.options.%s has no type", r.property())
		}
		if r.Shown && !strings.Contains(ShownTypes(), "  "+r.property()+": "+r.shown+";\n") {
			t.Errorf("server.options.%s has no type", r.property())
		}
		if want, ok := map[string]string{"string": "string", "int": "number", "bool": "boolean", "[]string": "string | string[]"}[fmt.Sprintf("%T", r.show(set))]; r.Shown && (!ok || r.shown != want) {
			t.Errorf("server.options.%s is %T, of the type %s", r.property(), r.show(set), r.shown)
		}
	}
}
